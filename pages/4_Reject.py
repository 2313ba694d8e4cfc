"""Reject: one threshold trades how much is answered against how often the answer is right."""

import numpy as np
import streamlit as st

import ui
from core.metrics.confusion import confusion_matrix
from core.metrics.rejection import reject_outcome
from core.metrics.samples import SampleFilter, chosen_samples
from core.metrics.selective import (
    AccuracyCoverageCurve,
    accuracy_coverage_curve,
    threshold_at_accuracy,
    threshold_at_coverage,
)
from core.views import charts
from ui.gallery import gallery
from ui.sample import open_sample, opened_sample, sample_dialog
from ui.scores import SCORES

run = ui.page(
    "Reject",
    "Refuse what the classifier is unsure of: coverage falls, accuracy rises. The threshold is **chosen on the "
    "validation images** and **verified on the test images**.",
)
validation, test = ui.predictions(run, "validation"), ui.predictions(run, "test")
ZOOM = {"80 %": 0.8, "0 %": 0.0, "50 %": 0.5, "90 %": 0.9, "95 %": 0.95}
PAGE_SIZE = 12


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
        st.session_state.threshold = threshold


def chosen_threshold(curve: AccuracyCoverageCurve) -> float:
    """Three sliders for one threshold: by value, by coverage and by accuracy, all on validation."""
    by_value, by_coverage, by_accuracy = st.columns(3)
    low, high = float(curve.threshold[0]), float(curve.threshold[-1])
    threshold = by_value.slider(
        "Threshold", low, max(high, low + 1e-6), threshold_at_coverage(curve, 0.97), (high - low) / 500 or 1e-6, "%.4f",
        key="threshold", bind="query-params", help="An image is answered iff its score is at most this.",
    )  # fmt: skip
    # The other two show where the threshold is on the validation curve, and move it.
    place = max(int(np.searchsorted(curve.threshold, threshold, side="right")) - 1, 0)
    st.session_state.coverage = float(100 * curve.coverage[place])
    st.session_state.accuracy = float(100 * curve.accuracy[place])
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


@st.fragment
def reject() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = ui.choice("Score", SCORES, key="score", help="What the threshold is set on. Larger is less certain.")
        others = [other for other in SCORES if other != name]
        also = st.multiselect("Compare with", others, key="also", bind="query-params", width=280)
        zoom = ui.choice("Chart from coverage", ZOOM, key="from", help="Where the horizontal axis begins.")
        band = st.toggle(
            "95 % band",
            key="band",
            bind="query-params",
            help="Bootstrap over the test images: 1,000 resamples, 95 % of them inside.",
        )
    scores = [
        charts.ScoreCurves(
            label,
            *(accuracy_coverage_curve(SCORES[label].of(split), split.correct) for split in (validation, test)),
        )
        for label in (name, *also)
    ]
    threshold = chosen_threshold(scores[0].validation)
    uncertainty = SCORES[name].of(test)
    outcome = reject_outcome(uncertainty, test.correct, threshold)
    ui.metrics(
        ("Threshold", f"{threshold:.4f}", f"answered iff the score is at most this. {SCORES[name].explanation}"),
        ("Coverage", ui.percent(outcome.coverage), f"{outcome.num_accepted:,} test images are answered"),
        ("Accuracy", ui.percent(outcome.accuracy_accepted), f"without refusing: {ui.percent(test.accuracy)}"),
        ("Refused right", ui.percent(outcome.accuracy_rejected), "how often the refused answer would have been right"),
        ("Errors left", f"{outcome.errors_left:,}", "wrong answers among the answered"),
        ("Errors caught", f"{outcome.errors_caught:,}", f"wrong answers among the {outcome.num_rejected:,} refused"),
    )  # fmt: skip
    left, right = st.columns([1.6, 1])
    with left:
        chart = charts.accuracy_coverage(
            scores,
            charts.curve_preview(scores[0], test.num_samples, ZOOM[zoom]),
            (outcome.coverage, outcome.accuracy_accepted) if outcome.num_accepted else None,
            least_coverage=ZOOM[zoom],
            bands=ui.bands(run, name) if band else None,
        )
        st.altair_chart(
            chart,
            key="curve",
            on_select=pick_threshold,
            selection_mode=["pick"],
            alt="Accuracy against coverage",
        )
        st.caption(
            "The numbers under the pointer are those of the test images: looking at them while choosing is looking."
        )
    with right:
        chart = charts.score_histogram(uncertainty, test.correct, threshold, SCORES[name].axis)
        st.altair_chart(chart, alt="Histogram of the score, right and wrong answers")
    refused = chosen_samples(test, uncertainty, SampleFilter(above=threshold))
    left, right = st.columns([1, 1.25])
    with left:
        matrix = confusion_matrix(test, rejected=uncertainty > threshold)
        columns = [*test.class_names, "don't know"]
        st.altair_chart(charts.confusion_heatmap(matrix, test.class_names, columns), alt="Confusion matrix")
    with right:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Refused: {len(refused):,}**, the least certain first")
            num_pages = max(-(-len(refused) // PAGE_SIZE), 1)
            number = st.pagination(num_pages, key="page", max_visible_pages=5) if num_pages > 1 else 1
        images = ui.images(run, "test")
        if images is not None and len(refused):
            shown = refused[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
            clicked = gallery(images, test, shown, [f"{uncertainty[sample]:.3f}" for sample in shown], key="refused")
            if clicked is not None:
                open_sample(clicked)
                st.rerun()


reject()
if opened_sample(test.num_samples) is not None:
    uncertainty = SCORES[st.session_state.score].of(test)
    sample_dialog(ui.images(run, "test"), test, chosen_samples(test, uncertainty, SampleFilter()), "test")
