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


def chosen_threshold(curve: AccuracyCoverageCurve) -> float:
    """Three sliders for one threshold: by value, by coverage and by accuracy, all on validation."""
    by_value, by_coverage, by_accuracy = st.columns(3)
    low, high = float(curve.threshold[0]), float(curve.threshold[-1])
    threshold = by_value.slider(
        "Threshold", low, max(high, low + 1e-6), threshold_at_coverage(curve, 0.97), (high - low) / 500 or 1e-6, "%.4f",
        key="threshold", bind="query-params", help="An image is answered iff its score is at most this.",
    )  # fmt: skip
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
