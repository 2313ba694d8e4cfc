"""What is refused on page Errors: by the threshold that all pages share, if the viewer wants it applied."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.decision import Decision
from core.training.runs import Run
from core.views.palette import DONT_KNOW
from ui.decision import Threshold, by_slider, choose_score, decide


class Refusal(NamedTuple):
    """The decision, and which test images are refused: (num_samples,), or None if every image is answered."""

    decision: Decision
    rejected: NDArray[np.bool_] | None


def choose_refusal(run: Run) -> Refusal | None:
    """Ask whether to refuse, and, in a popover, by which score and above which threshold; None while the score is not here."""
    refuse = st.toggle(
        "Apply the threshold (add “don't know”)", key="refuse", bind="query-params",
        help=f"Images whose uncertainty is above the threshold are refused: they count as “{DONT_KNOW}”, not as errors.",
    )  # fmt: skip
    folded = st.popover("Threshold", icon=":material/tune:")
    with folded:
        score = choose_score(run)

    def by_folded_slider(asked: Threshold) -> float:
        with folded:
            return by_slider(asked)

    decision = decide(run, score, by_folded_slider)
    return None if decision is None else Refusal(decision, decision.refused if refuse else None)
