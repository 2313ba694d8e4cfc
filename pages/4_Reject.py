"""Reject: one threshold trades how much is answered against how often the answer is right."""

import streamlit as st

import ui
from core.metrics.confusion import confusion_matrix
from core.metrics.rejection import reject_outcome
from core.metrics.samples import SampleFilter, chosen_samples
from core.views import bars, curves, matrices
from ui import hierarchy, loaded
from ui.gallery import gallery
from ui.sample import open_sample, opened_sample, sample_dialog
from ui.scores import SCORES
from ui.threshold import chosen_threshold, pick_threshold

run = ui.page(
    "Reject",
    "Refuse what the classifier is unsure of: coverage falls, accuracy rises. The threshold is **chosen on the "
    "validation images** and **verified on the test images**.",
)
test = ui.predictions(run, "test")
ZOOM = {"80 %": 0.8, "0 %": 0.0, "50 %": 0.5, "90 %": 0.9, "95 %": 0.95}
PAGE_SIZE = 12


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
    threshold = chosen_threshold(loaded.scored(run, "validation", name).curve, f"{run.name} {name}")
    uncertainty = loaded.scored(run, "test", name).uncertainty
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
        chart = curves.with_chosen(
            loaded.accuracy_coverage(run, (name, *also), ZOOM[zoom]),
            (outcome.coverage, outcome.accuracy_accepted) if outcome.num_accepted else None,
        )
        if band:
            chart = curves.with_band(chart, loaded.band(run, name), ZOOM[zoom])
        st.vega_lite_chart(
            spec=chart, key="curve", on_select=pick_threshold, selection_mode=["pick"], alt="Accuracy against coverage"
        )
        st.caption(
            "The numbers under the pointer are those of the test images: looking at them while choosing is looking."
        )
    with right:
        chart = bars.with_threshold(loaded.score_histogram(run, name), threshold)
        st.vega_lite_chart(spec=chart, alt="Histogram of the score, right and wrong answers")
    refused = chosen_samples(test, uncertainty, SampleFilter(above=threshold))
    left, right = st.columns([1, 1.25])
    with left:
        matrix = confusion_matrix(test, rejected=uncertainty > threshold)
        columns = [*test.class_names, "don't know"]
        st.vega_lite_chart(spec=matrices.confusion_heatmap(matrix, test.class_names, columns), alt="Confusion matrix")
    with right:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Refused: {len(refused):,}**, the least certain first")
            num_pages = max(-(-len(refused) // PAGE_SIZE), 1)
            number = st.pagination(num_pages, key="page", max_visible_pages=5) if num_pages > 1 else 1
        images = ui.images(run, "test")
        if len(refused):
            shown = refused[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
            notes = [f"{uncertainty[sample]:.3f}" for sample in shown]
            clicked = gallery(images, test, shown, notes, key="refused", of=(run.config.dataset, "test"))
            if clicked is not None:
                open_sample(clicked)
                st.rerun()
    hierarchy.show(run, name, threshold)


reject()
if opened_sample(test.num_samples) is not None:
    uncertainty = loaded.scored(run, "test", st.session_state.score).uncertainty
    images = ui.images(run, "test", quiet=True)
    sample_dialog(images, test, chosen_samples(test, uncertainty, SampleFilter()), "test", run)
