"""What is refused on page Errors: the threshold of page Reject, if it is wanted."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import ui
from core.training.runs import Run
from ui import loaded
from ui.scores import SCORES
from ui.threshold import threshold_slider


class Refusal(NamedTuple):
    """A score on the test images and the threshold over which they are refused."""

    score: str
    uncertainty: NDArray[np.floating]  # (num_samples,)
    threshold: float
    rejected: NDArray[np.bool_] | None  # (num_samples,); None if every image is answered


def choose_refusal(run: Run) -> Refusal:
    """Ask whether to refuse, by which score and from which threshold on."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        score = ui.choice("Score", SCORES, key="score", help="Larger is less certain.")
        with st.container(width=300):
            threshold = threshold_slider(loaded.scored(run, "validation", score).curve, f"{run.name} {score}")
        refuse = st.toggle(
            "Leave out what is refused", key="refuse", bind="query-params",
            help="Images whose score is above the threshold of page Reject count as “don't know”.",
        )  # fmt: skip
    uncertainty = loaded.scored(run, "test", score).uncertainty
    return Refusal(score, uncertainty, threshold, uncertainty > threshold if refuse else None)
