"""The risk of a run's validation images and its exact bound, at every threshold of a score."""

import streamlit as st

from core.metrics import guarantee
from core.metrics.guarantee import RiskCurve
from core.training import runs
from core.training.runs import Run
from ui.loaded.data import key_of, predictions
from ui.loaded.scores import scored


def risk_curve(run: Run, score: str, delta: float) -> RiskCurve:
    """Risk and bound on validation; each bound may fail with probability delta by itself."""
    return _risk_curve(**key_of(run), score=score, delta=delta)


@st.cache_resource(max_entries=24, show_spinner=False)
def _risk_curve(name: str, finished_at: float, score: str, delta: float) -> RiskCurve:
    run = runs.find(name)
    uncertainty = scored(run, "validation", score).uncertainty
    return guarantee.risk_curve(uncertainty, predictions(run, "validation").correct, delta)
