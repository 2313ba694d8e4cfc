"""What is refused on page Errors: by the threshold that all pages share, if the viewer wants it applied."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.decision import Decision
from core.training.runs import Run
from core.views.palette import DONT_KNOW
from ui.decision import by_slider, choose_score, decide


class Refusal(NamedTuple):
    """The decision, and which test images are refused: (num_samples,), or None if every image is answered."""

    decision: Decision
    rejected: NDArray[np.bool_] | None


def choose_refusal(run: Run) -> Refusal | None:
    """Ask whether to refuse, by which score and from which threshold on; None while the score is not here."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        score = choose_score(run)
        with st.container(width=300):
            decision = decide(run, score, by_slider)
        refuse = st.toggle(
            "Apply the threshold (add “don't know”)", key="refuse", bind="query-params",
            help=f"Images whose uncertainty is above the threshold are refused: they count as “{DONT_KNOW}”, not as errors.",
        )  # fmt: skip
    return None if decision is None else Refusal(decision, decision.refused if refuse else None)
