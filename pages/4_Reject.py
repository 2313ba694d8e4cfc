"""Reject: one threshold trades how much is answered against how often the answer is right."""

import streamlit as st

import ui
from core.metrics.confusion import confusion_matrix
from core.metrics.samples import SampleFilter, chosen_samples
from core.metrics.selective import (
    accuracy_coverage_curve,
    reject_outcome,
    threshold_at_accuracy,
    threshold_at_coverage,
)
from core.views import charts
from ui.gallery import gallery
from ui.scores import SCORES

run = ui.page(
    "Reject",
    "Refuse what the classifier is unsure of: coverage falls, accuracy rises. The threshold is **chosen on the "
    "validation images** and **verified on the test images**.",
)
validation, test = ui.predictions(run, "validation"), ui.predictions(run, "test")
BY = ("coverage", "accuracy", "threshold")


def fix_threshold() -> None:
    """A click on the curve: from now on the threshold is set by its value."""
    if picked := st.session_state.curve.selection.get("pick"):
        st.session_state.by, st.session_state.threshold = "threshold", picked[0]["threshold"]


def chosen_threshold(curve, uncertainty) -> float | None:
    """The threshold that the viewer asks for by value, by coverage or by wanted accuracy on validation."""
    by = st.segmented_control("Set by", BY, default=BY[0], required=True, key="by", bind="query-params")
    if by == "threshold":
        low, high = float(uncertainty.min()), float(uncertainty.max())
        start = threshold_at_coverage(curve, 0.97)
        return st.slider("Threshold", low, high, start, (high - low) / 500, "%.4f", key="threshold", bind="query-params")
    if by == "coverage":
        share = st.slider("Coverage wanted (%)", 1.0, 100.0, 97.0, 0.1, "%.1f", key="coverage", bind="query-params")
        return threshold_at_coverage(curve, share / 100)
    worst = float(100 * curve.accuracy[-1])
    share = st.slider("Accuracy wanted (%)", worst, 100.0, (worst + 100) / 2, 0.01, "%.2f", key="accuracy", bind="query-params")
    return threshold_at_accuracy(curve, share / 100)


@st.fragment
def reject() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = ui.choice("Score", SCORES, key="score", help="What the threshold is set on. Larger is less certain.")
        others = st.multiselect("Compare with", [other for other in SCORES if other != name], key="also", bind="query-params", width=280)
        zoom = ui.choice("Coverage from", ("80 %", "0 %", "50 %", "90 %", "95 %"), key="from")
        banded = st.toggle("95 % band", key="band", bind="query-params", help="Bootstrap over the test images, 1,000 resamples.")
    curves = [
        charts.ScoreCurves(
            label,
            *(accuracy_coverage_curve(SCORES[label].of(split), split.correct) for split in (validation, test)),
        )
        for label in (name, *others)
    ]
    uncertainty = SCORES[name].of(test)
    left, right = st.columns([1.5, 1])
    with left:
        threshold = chosen_threshold(curves[0].validation, SCORES[name].of(validation))
    if threshold is None:
        st.warning("No threshold reaches this accuracy on the validation images. Ask for less.", icon=":material/block:")
        return
    outcome = reject_outcome(uncertainty, test.correct, threshold)
    ui.metrics(...)


reject()
