"""Inspect: which samples is the classifier unsure of, and is it right about them?"""

import streamlit as st

import ui
from core.metrics.samples import ORDERS, SampleFilter, chosen_samples, selection_summary
from core.views.bars import right_and_wrong
from ui import loaded
from ui.downloads import downloads
from ui.gallery import gallery
from ui.sample import open_sample, opened_sample, sample_dialog
from ui.scores import SCORES

run = ui.page("Inspect", "Every image with what the classifier believes about it, the unsure ones first.")
DEFAULTS = {
    "score": "Least confidence", "side": "refused", "threshold": 0.5, "outcome": "all", "true": [], "predicted": [],
    "order": ORDERS[0], "each": False, "bars": "all classes", "page": 1,
}  # fmt: skip
VIEWS = {  # what a view changes of the defaults; the address follows
    "Largest probability under 0.5": {},
    "Every error": {"side": "all", "outcome": "wrong", "bars": "five most likely"},
    "Surest right answer of each class": {
        "side": "all",
        "outcome": "right",
        "order": ORDERS[1],
        "each": True,
    },
}
OUTCOMES = {"all": None, "right": True, "wrong": False}
PAGE_SIZE = 48
MOST_BARS = 20  # a card has no room for the names of more classes

with st.container(horizontal=True):
    for name, changes in VIEWS.items():
        st.button(name, on_click=st.session_state.update, args=(DEFAULTS | changes,))

with st.container(horizontal=True, vertical_alignment="bottom"):
    split = ui.choice("Split", ui.SPLITS, key="split", help="Test verifies; validation is for choosing thresholds.")
    predictions = ui.predictions(run, split)
    score = ui.choice("Score", SCORES, key="score", default=DEFAULTS["score"], help="Larger is less certain.")
    uncertainty = loaded.scored(run, split, score).uncertainty
    side = ui.choice(
        "Show", ("refused", "accepted", "all"), key="side", help="Refused: the score is above the threshold."
    )
    threshold = st.number_input(
        "Threshold", value=0.5, format="%.4f", step=0.05, key="threshold", bind="query-params", width=130,
        help=f"{SCORES[score].explanation} This split lies between {uncertainty.min():.3g} and {uncertainty.max():.3g}.",
    )  # fmt: skip
    outcome = ui.choice("Answer", tuple(OUTCOMES), key="outcome", help="Whether the most likely class is the true one.")
    with st.popover("More filters"):
        names = list(predictions.class_names)
        true = st.multiselect("True class", names, key="true", bind="query-params")
        predicted = st.multiselect("Predicted class", names, key="predicted", bind="query-params")
        order = ui.choice("Order", ORDERS, key="order")
        each = st.toggle("Only the first of each class", key="each", bind="query-params")
        fits = len(names) <= MOST_BARS
        bars = ui.choice("Bars", ("all classes", "five most likely"), key="bars") if fits else "five most likely"

chosen = chosen_samples(
    predictions,
    uncertainty,
    SampleFilter(
        above=threshold if side == "refused" else None,
        up_to=threshold if side == "accepted" else None,
        correct=OUTCOMES[outcome],
        true_classes=tuple(map(names.index, true)),
        predicted_classes=tuple(map(names.index, predicted)),
        order=order,
        one_per_class=each,
    ),
)
summary = selection_summary(predictions, chosen)
ui.metrics(
    ("Images", f"{summary.num_chosen:,}", f"of {len(predictions.labels):,} images of the {split} split"),
    ("Right", f"{summary.num_correct:,}", "chosen images whose most likely class is the true one"),
    ("Accuracy", ui.percent(summary.accuracy_chosen), "right answers among the chosen images"),
    ("Others", ui.percent(summary.accuracy_others), "right answers among all other images of the split"),
    ("Gap < 0.1", f"{summary.close_calls:,}", "chosen images whose two largest probabilities differ by less than 0.1"),
    ("Ties", f"{summary.ties:,}", "chosen images whose two largest probabilities are equal"),
)  # fmt: skip
if not len(chosen):
    st.info("No image passes these filters. Lower the threshold or show all.", icon=":material/search_off:")
    st.stop()
images = ui.images(run, split)
left, right = st.columns([1.5, 1], vertical_alignment="center")
with left:
    title = f"Right and wrong among the {summary.num_chosen:,}"
    chart = right_and_wrong(summary.num_correct, summary.num_chosen - summary.num_correct, title)
    st.vega_lite_chart(spec=chart, alt=title)
with right:
    downloads(run, split, predictions, chosen, images)
num_pages = -(-summary.num_chosen // PAGE_SIZE)
number = st.pagination(num_pages, key="page", bind="query-params") if num_pages > 1 else 1
shown = chosen[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
notes = [f"{uncertainty[sample]:.3f}" for sample in shown]
of = (run.config.dataset, split)
clicked = gallery(images, predictions, shown, notes, key="gallery", all_classes=bars == "all classes", of=of)
if clicked is not None:
    open_sample(clicked)
if opened_sample(len(predictions.labels)) is not None:
    sample_dialog(images, predictions, chosen, split, run)
