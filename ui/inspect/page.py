"""The samples of a split, filtered, ordered and counted."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.decision import Decision
from core.metrics.predictions import Predictions
from core.metrics.samples import ORDERS, SampleFilter, chosen_samples, selection_summary
from core.training.runs import Run
from core.views.bars import right_and_wrong
from ui import loaded
from ui.components.controls import SPLITS, choice, metrics, percent
from ui.components.samples import open_sample, show_opened, show_samples
from ui.decision import by_number, choose_score, decide, fix_score, fix_threshold
from ui.inspect.downloads import downloads

LEAST_CONFIDENCE, HALF = "Least confidence", 0.5  # over it no class has half of the probability
DEFAULTS: dict[str, object] = {
    "side": "refused", "outcome": "all", "true": [], "predicted": [], "order": ORDERS[0], "each": False,
    "bars": "all classes", "page": 1,
}  # fmt: skip
VIEWS: dict[str, dict[str, object]] = {  # what a view changes of the defaults; the address follows
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


def show(run: Run) -> None:
    with st.container(horizontal=True):
        for name, changes in VIEWS.items():
            st.button(name, on_click=partial(_show_view, run, changes))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = choice("Split", SPLITS, key="split", help="Test verifies; validation is for choosing thresholds.")
        score = choose_score(run)
        side = choice(
            "Show", ("refused", "accepted", "all"), key="side", help="Refused: the score is above the threshold."
        )
        decision = decide(run, score, by_number, HALF if score == LEAST_CONFIDENCE else None)
        if decision is None:
            return
        predictions = loaded.predictions(run, split)
        wanted, all_classes = _filter(predictions, decision, side)
    chosen = chosen_samples(predictions, decision.uncertainty(split), wanted)
    _show_summary(predictions, chosen, split)
    if not len(chosen):
        st.info("No image passes these filters. Lower the threshold or show all.", icon=":material/search_off:")
        return
    _show_chosen(run, split, chosen, decision.uncertainty(split), all_classes)


def _show_view(run: Run, changes: dict[str, object]) -> None:
    st.session_state.update(DEFAULTS | changes)
    fix_score(LEAST_CONFIDENCE)
    if not changes:
        fix_threshold(run.name, LEAST_CONFIDENCE, HALF)


def _filter(predictions: Predictions, decision: Decision, side: str) -> tuple[SampleFilter, bool]:
    """What a sample must be to be shown, and whether a card has a bar for every class."""
    outcome = choice("Answer", tuple(OUTCOMES), key="outcome", help="Whether the most likely class is the true one.")
    with st.popover("More filters"):
        names = list(predictions.class_names)
        true = st.multiselect("True class", names, key="true", bind="query-params")
        predicted = st.multiselect("Predicted class", names, key="predicted", bind="query-params")
        order = choice("Order", ORDERS, key="order")
        each = st.toggle("Only the first of each class", key="each", bind="query-params")
        fits = len(names) <= MOST_BARS
        bars = choice("Bars", ("all classes", "five most likely"), key="bars") if fits else "five most likely"
    wanted = SampleFilter(
        above=decision.threshold if side == "refused" else None,
        up_to=decision.threshold if side == "accepted" else None,
        correct=OUTCOMES[outcome],
        true_classes=tuple(map(names.index, true)),
        predicted_classes=tuple(map(names.index, predicted)),
        order=order,
        one_per_class=each,
    )
    return wanted, bars == "all classes"


def _show_summary(predictions: Predictions, chosen: NDArray[np.intp], split: str) -> None:
    summary = selection_summary(predictions, chosen)
    metrics(
        ("Images", f"{summary.num_chosen:,}", f"of {len(predictions.labels):,} images of the {split} split"),
        ("Right", f"{summary.num_correct:,}", "chosen images whose most likely class is the true one"),
        ("Accuracy", percent(summary.accuracy_chosen), "right answers among the chosen images"),
        ("Others", percent(summary.accuracy_others), "right answers among all other images of the split"),
        ("Gap < 0.1", f"{summary.close_calls:,}", "chosen images whose two largest probabilities differ by less than 0.1"),
        ("Ties", f"{summary.ties:,}", "chosen images whose two largest probabilities are equal"),
    )  # fmt: skip


def _show_chosen(
    run: Run, split: str, chosen: NDArray[np.intp], uncertainty: NDArray[np.floating], all_classes: bool
) -> None:
    predictions = loaded.predictions(run, split)
    num_correct = int(predictions.correct[chosen].sum())
    left, right = st.columns([1.5, 1], vertical_alignment="center")
    with left:
        title = f"Right and wrong among the {len(chosen):,}"
        chart = right_and_wrong(num_correct, len(chosen) - num_correct, title)
        st.vega_lite_chart(spec=chart, alt=title)
    with right:
        downloads(run, split, chosen)
    clicked = show_samples(
        run, split, chosen, lambda shown: [f"{uncertainty[sample]:.3f}" for sample in shown], key="gallery",
        page_size=PAGE_SIZE, in_address=True, all_classes=all_classes,
    )  # fmt: skip
    if clicked is not None:
        open_sample(clicked)
    show_opened(run, split, chosen)
