"""The samples of a split, filtered, ordered and counted."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.decision import Decision
from core.metrics.predictions import Predictions
from core.metrics.rejection import RejectOutcome, reject_outcome
from core.metrics.samples import ORDERS, SampleFilter, chosen_samples, selection_summary
from core.training.runs import Run
from core.views.bars import right_and_wrong
from ui import loaded
from ui.components import old_links
from ui.components.controls import SPLITS, choice, metrics, percent
from ui.components.samples import open_sample, show_opened, show_samples
from ui.decision import by_number, choose_score, decide, fix_score, fix_threshold
from ui.inspect.downloads import downloads

LEAST_CONFIDENCE, HALF = "Least confidence", 0.5  # over it no class has half of the probability
ABOVE, BELOW = "above threshold", "below threshold"
RENAMED = {"refused": ABOVE, "accepted": BELOW}  # in old links, as the following
RENAMED_OUTCOMES, RENAMED_ORDERS = {"right": "correct"}, {"as stored": "data set order"}
DEFAULTS: dict[str, object] = {
    "side": ABOVE, "outcome": "all", "true": [], "predicted": [], "order": ORDERS[0], "each": False,
    "bars": "all classes", "page": 1,
}  # fmt: skip
VIEWS: dict[str, dict[str, object]] = {  # what a view changes of the defaults; the address follows
    "Largest probability under 0.5": {},
    "Every error": {"side": "all", "outcome": "wrong", "bars": "five most likely"},
    "Most confident correct image per class": {
        "side": "all",
        "outcome": "correct",
        "order": ORDERS[1],
        "each": True,
    },
}
OUTCOMES = {"all": None, "correct": True, "wrong": False}
PAGE_SIZE = 48
MOST_BARS = 20  # a card has no room for the names of more classes


def show(run: Run) -> None:
    story = st.empty()
    views = st.container(horizontal=True)
    with views:
        for name, changes in VIEWS.items():
            st.button(name, on_click=partial(_show_view, run, changes))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        score = choose_score(run, help="Higher = more uncertain.")
        old_links.follow("side", RENAMED)
        side = choice(
            "Show", (ABOVE, BELOW, "all"), key="side",
            help="An image whose uncertainty is above the threshold is refused; the others are answered.",
        )  # fmt: skip
        decision = decide(run, score, by_number, HALF if score == LEAST_CONFIDENCE else None)
        if decision is None:
            return
        old_links.follow("outcome", RENAMED_OUTCOMES)
        outcome = choice(
            "Answer", tuple(OUTCOMES), key="outcome", help="Whether the most likely class is the true one."
        )
        split = choice("Split", SPLITS, key="split", help="Choose the threshold on validation, read results on test.")
    predictions = loaded.predictions(run, split)
    with views, st.popover("More filters"):
        wanted, all_classes = _filter(predictions, decision, side, OUTCOMES[outcome])
    uncertainty = decision.uncertainty(split)
    chosen = chosen_samples(predictions, uncertainty, wanted)
    story.markdown(
        _story(reject_outcome(uncertainty, predictions.correct, decision.threshold), split, len(chosen), wanted)
    )
    _show_summary(predictions, chosen, split)
    if not len(chosen):
        st.info("No image passes these filters. Lower the threshold or show all.", icon=":material/search_off:")
        return
    with views, st.popover("Chart and files"):
        _chart_and_files(run, split, chosen)
    refused = ~decision.accepts(uncertainty)
    clicked = show_samples(
        run, split, chosen, lambda shown: [f"uncertainty {uncertainty[sample]:.3f}" for sample in shown], key="gallery",
        page_size=PAGE_SIZE, all_classes=all_classes, refused=refused,
    )  # fmt: skip
    if clicked is not None:
        open_sample(clicked)
    show_opened(run, split, chosen, refused)


def _show_view(run: Run, changes: dict[str, object]) -> None:
    st.session_state.update(DEFAULTS | changes)
    fix_score(LEAST_CONFIDENCE)
    if not changes:
        fix_threshold(run.name, LEAST_CONFIDENCE, HALF)


def _filter(predictions: Predictions, decision: Decision, side: str, correct: bool | None) -> tuple[SampleFilter, bool]:
    """What a sample must be to be shown, and whether a card has a bar for every class."""
    names = list(predictions.class_names)
    true = st.multiselect("True class", names, key="true", bind="query-params")
    predicted = st.multiselect("Predicted class", names, key="predicted", bind="query-params")
    old_links.follow("order", RENAMED_ORDERS)
    shown = {RENAMED_ORDERS.get(order, order): order for order in ORDERS}
    order = shown[choice("Order", shown, key="order")]
    each = st.toggle("One per class", key="each", bind="query-params")
    fits = len(names) <= MOST_BARS
    bars = choice("Bars show", ("all classes", "five most likely"), key="bars") if fits else "five most likely"
    wanted = SampleFilter(
        above=decision.threshold if side == ABOVE else None,
        up_to=decision.threshold if side == BELOW else None,
        correct=correct,
        true_classes=tuple(map(names.index, true)),
        predicted_classes=tuple(map(names.index, predicted)),
        order=order,
        one_per_class=each,
    )
    return wanted, bars == "all classes"


def _story(outcome: RejectOutcome, split: str, num_shown: int, wanted: SampleFilter) -> str:
    """What the threshold does on this split, what is shown of it, and what to try."""
    num_images, errors = outcome.num_accepted + outcome.num_rejected, outcome.errors_left + outcome.errors_caught
    return (
        f"At this threshold the network refuses **{outcome.num_rejected:,}** of {num_images:,} {split} images. "
        f"{outcome.errors_caught:,} of its {errors:,} errors are among them; the other {outcome.errors_left:,} are answered. "
        f"Shown: {num_shown:,} image{'' if num_shown == 1 else 's'}, {RENAMED_ORDERS.get(wanted.order, wanted.order)}. "
        "Change the threshold, or click a card to see the image and all its probabilities."
    )


def _show_summary(predictions: Predictions, chosen: NDArray[np.intp], split: str) -> None:
    summary = selection_summary(predictions, chosen)
    meaning = "shown images whose two largest probabilities are equal"
    ties = [("Ties", f"{summary.ties:,}", meaning)] if summary.ties else []
    metrics(
        ("Images", f"{summary.num_chosen:,}", f"of {len(predictions.labels):,} images of the {split} split"),
        ("Correct", f"{summary.num_correct:,}", "shown images whose most likely class is the true one"),
        ("Accuracy", percent(summary.accuracy_chosen), "how often the network is correct on the shown images"),
        ("Accuracy of rest", percent(summary.accuracy_others), "how often it is correct on all other images of the split: a threshold that works leaves a higher accuracy here"),
        ("Top two within 0.1", f"{summary.close_calls:,}", "near ties: shown images whose two largest probabilities differ by less than 0.1"),
        *ties, width=150,
    )  # fmt: skip


def _chart_and_files(run: Run, split: str, chosen: NDArray[np.intp]) -> None:
    num_correct = int(loaded.predictions(run, split).correct[chosen].sum())
    title = f"Correct and wrong among the {len(chosen):,}"
    st.vega_lite_chart(spec=right_and_wrong(num_correct, len(chosen) - num_correct, title), alt=title)
    downloads(run, split, chosen)
