"""One threshold, set by value, by coverage, by accuracy or by a click on the curve."""

import numpy as np
import streamlit as st

from core.metrics.selective import AccuracyCoverageCurve, threshold_at_accuracy, threshold_at_coverage


def pick_threshold() -> None:
    """A click on the curve fixes the threshold of the point."""
    if picked := st.session_state.curve.selection.get("pick"):
        st.session_state.threshold = picked[0]["threshold"]


def ask_for(what: str, curve: AccuracyCoverageCurve) -> None:
    """Turn a wanted coverage or accuracy on validation into the threshold that gives it."""
    find = {"coverage": threshold_at_coverage, "accuracy": threshold_at_accuracy}[what]
    threshold = find(curve, st.session_state[what] / 100)
    if threshold is None:
        st.toast("No threshold is that accurate on the validation images: ask for less.", icon=":material/block:")
    else:
        st.session_state.threshold, st.session_state.asked = threshold, (what, threshold)


def threshold_slider(curve: AccuracyCoverageCurve, name: str) -> float:
    """The threshold by value.

    Args:
        curve: of the validation split.
        name: of what the threshold is for, a run and a score; what was fixed for it on another page is taken over.
    """
    fixed = f"threshold of {name}"
    low, high = float(curve.threshold[0]), max(float(curve.threshold[-1]), float(curve.threshold[0]) + 1e-6)
    if fixed in st.session_state and "threshold" not in st.session_state and "threshold" not in st.query_params:
        st.session_state.threshold = min(max(st.session_state[fixed], low), high)
    elif not low <= st.session_state.get("threshold", low) <= high:
        # It was fixed for another run.
        st.session_state.threshold = min(max(st.session_state.threshold, low), high)
    threshold = st.slider(
        "Threshold", low, high, threshold_at_coverage(curve, 0.97), (high - low) / 500, "%.4f",
        key="threshold", bind="query-params", help="An image is answered iff its score is at most this.",
    )  # fmt: skip
    st.session_state[fixed] = threshold
    return threshold


def chosen_threshold(curve: AccuracyCoverageCurve, name: str) -> float:
    """Three sliders for one threshold: by value, by coverage and by accuracy, all on validation; as `threshold_slider`."""
    by_value, by_coverage, by_accuracy = st.columns(3)
    with by_value:
        threshold = threshold_slider(curve, name)
    # The other two show where the threshold is on the validation curve; the one being moved is left in peace.
    place = max(int(np.searchsorted(curve.threshold, threshold, side="right")) - 1, 0)
    for what, values in (("coverage", curve.coverage), ("accuracy", curve.accuracy)):
        if st.session_state.get("asked") != (what, threshold):
            st.session_state[what] = float(100 * values[place])
    by_coverage.slider(
        "Coverage on validation (%)", 0.0, 100.0, step=0.1, format="%.1f", key="coverage",
        on_change=ask_for, args=("coverage", curve), help="Share of the validation images that are answered.",
    )  # fmt: skip
    worst = min(float(100 * curve.accuracy.min()), 99.0)
    by_accuracy.slider(
        "Accuracy on validation (%)", worst, 100.0, step=0.01, format="%.2f", key="accuracy",
        on_change=ask_for, args=("accuracy", curve), help="Wanted accuracy of the answered validation images.",
    )  # fmt: skip
    return threshold
