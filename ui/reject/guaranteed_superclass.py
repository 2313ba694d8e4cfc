"""Hierarchical refusal with a guarantee: class and superclass are both promised to be wrong at most as often as asked."""

from math import inf

import streamlit as st

from core.data import sources
from core.metrics.guarantee import Guarantee
from core.metrics.hierarchy import group_answers
from core.metrics.hierarchy_guarantee import guaranteed_hierarchy
from core.metrics.intervals import share_interval
from core.training.runs import Run
from ui import loaded
from ui.components.controls import metrics, percent
from ui.reject.promise import Asked


def show(run: Run, score: str, asked: Asked) -> None:
    """Offer the superclass as a third answer, under the same promise; nothing for data without superclasses."""
    groups = sources.source(run.config.dataset).groups
    if not groups:
        return
    if not st.toggle(
        f"Where the class is refused, answer its superclass ({', '.join(groups)}) under the same promise",
        key="superclass_promise", bind="query-params",
        help="Both kinds of answers are promised to be wrong at most as often as asked, together with the confidence asked.",
    ):  # fmt: skip
        return
    st.subheader("Superclass instead of class", anchor=False)
    validation, test = loaded.predictions(run, "validation"), loaded.predictions(run, "test")
    found = guaranteed_hierarchy(
        loaded.scored(run, "validation", score).uncertainty,
        validation.correct,
        group_answers(validation, groups),
        asked.risk,
        asked.delta,
    )
    answers = group_answers(test, groups)
    as_class = loaded.scored(run, "test", score).uncertainty <= _limit(found.classes)
    as_group = ~as_class & (answers.uncertainty <= _limit(found.groups))
    right = (int(test.correct[as_class].sum()), int(answers.correct[as_group].sum()))
    number = (int(as_class.sum()), int(as_group.sum()))
    wrong = [1 - hits / of if of else float("nan") for hits, of in zip(right, number, strict=True)]
    metrics(
        ("Class threshold", _value(found.classes), f"half of the allowed failure probability is spent on it; the bound on its risk is {percent(found.classes.bound)}"),
        ("Class answered", percent(number[0] / test.num_samples), f"of {test.num_samples:,} test images"),
        ("Class risk", percent(wrong[0]), f"wrong classes among the answered ones on test{_between(right[0], number[0])}"),
        ("Superclass threshold", _value(found.groups), f"the superclass is answered when 1 − its summed probability is at most this; the bound on its risk is {percent(found.groups.bound)}"),
        ("Superclass answered", percent(number[1] / test.num_samples), "test images whose class is refused and whose superclass is answered"),
        ("Superclass risk", percent(wrong[1]), f"wrong superclasses among the answered ones on test{_between(right[1], number[1])}"),
        ("Don't know", percent(1 - sum(number) / test.num_samples), "test images that get no answer"),
        width=170,
    )  # fmt: skip
    st.caption(
        "The class threshold is found with half of the allowed failure probability. The superclasses that are answered depend on it, and it "
        "was chosen by the labels of the same images. So the other half is shared among all class thresholds that could have been chosen."
    )
    if found.groups.threshold is None:
        st.caption("No superclass is answered: too few images are refused to promise anything about them, or too many of them are wrong.")  # fmt: skip


def _limit(found: Guarantee) -> float:
    return -inf if found.threshold is None else found.threshold


def _value(found: Guarantee) -> str:
    return "–" if found.threshold is None else f"{found.threshold:.4f}"


def _between(num_right: int, number: int) -> str:
    if not number:
        return ""
    lower, upper = share_interval(number - num_right, number)
    return f"; 95 % confidence interval {percent(lower)} to {percent(upper)}"
