"""Hierarchical refusal on page Reject: when the class is too uncertain, the superclass may be certain enough."""

import numpy as np
import streamlit as st

from core.data import sources
from core.metrics.decision import Decision
from core.metrics.hierarchy import GroupAnswers, HierarchicalCurve, group_answers, hierarchical_curve
from core.metrics.intervals import share_interval
from core.training.runs import Run
from core.views import hierarchy as charts
from ui import loaded
from ui.components.controls import choice, metrics, percent
from ui.reject import superclass_thresholds
from ui.reject.superclass_thresholds import AS_IS, BOTH, CONFIDENCES, WAYS, Asked, Chosen

NUM_POINTS = 200  # of a curve


def show(run: Run, decision: Decision) -> None:
    """Answer the superclass where the decision refuses the class; nothing for data without superclasses."""
    groups = sources.source(run.config.dataset).groups
    if not groups:
        return
    # On request: its charts would slow every move of the threshold.
    if not st.toggle(
        f"Where the class is refused, answer its superclass ({', '.join(groups)}) if that is certain enough",
        key="superclass", bind="query-params", help="The superclass is a third answer, between the class and a refusal.",
    ):  # fmt: skip
        return
    st.subheader("Superclass instead of class", anchor=False)
    asked = _asked()
    validation, test = loaded.predictions(run, "validation"), loaded.predictions(run, "test")
    on_validation, answers = group_answers(validation, groups), group_answers(test, groups)
    chosen = superclass_thresholds.chosen(decision, validation.correct, on_validation, asked)
    now = hierarchical_curve(decision.test, test.correct, answers, chosen.group_threshold, [chosen.class_threshold])
    st.markdown(chosen.said)
    if asked.way != AS_IS:
        as_is = superclass_thresholds.chosen(decision, validation.correct, on_validation, asked._replace(way=AS_IS))
        st.markdown(_on_test(decision, answers, chosen, as_is, asked.accuracy))
    _show_numbers(now, chosen, asked, test.num_samples)
    _show_charts(decision, test.correct, answers, chosen, now)


def _asked() -> Asked:
    """What the viewer wants of the superclasses."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.slider(
            "Accuracy of superclasses asked (%)", 50.0, 100.0, 95.0, 0.5, "%.1f", key="group_accuracy",
            bind="query-params", width=300,
            help="The threshold of the superclass is the largest at which at least this share of the answered superclasses is right. "
            "The score of a superclass is one minus the summed probability of its classes.",
        )  # fmt: skip
        with st.container(width=330):
            way = st.selectbox(
                "Superclass threshold", WAYS, key="group_way", bind="query-params",
                help="As is: the largest threshold with this accuracy on the validation images, which may be lower on other images. With a "
                "guarantee: the true accuracy is at least what is asked, except with a small probability. Fix what you ask for beforehand: to ask until a "
                "promise is made breaks it.",
            )  # fmt: skip
        confidence = "95 %"
        if way != AS_IS:
            confidence = choice(
                "Confidence", CONFIDENCES, key="group_confidence", default=confidence,
                help="The probability, over the validation images, that the promise is kept.",
            )  # fmt: skip
    return Asked(wanted / 100, way, CONFIDENCES[confidence])


def _on_test(decision: Decision, answers: GroupAnswers, chosen: Chosen, as_is: Chosen, wanted: float) -> str:
    """What the superclasses are on test, with the guarantee and without."""
    refused = decision.test > chosen.class_threshold
    accuracy, num_answered, between = _accuracy(answers, refused, chosen.group_threshold)
    plain_accuracy, plain_answered, plain_between = _accuracy(
        answers, decision.test > as_is.class_threshold, as_is.group_threshold
    )
    beside = (
        f" With the class threshold above and no guarantee it would be **{percent(plain_accuracy)}** of {plain_answered:,} ({plain_between})."
        if plain_answered
        else ""
    )
    found = (
        f"**{percent(accuracy)}** of {num_answered:,} answered superclasses are right ({between})."
        if num_answered
        else "no superclass is answered."
    )
    return f"**Asked**: {percent(wanted, 1)}. **Measured on test**: {found}{beside}"


def _accuracy(answers: GroupAnswers, refused: np.ndarray, threshold: float | None) -> tuple[float, int, str]:
    """Share of right superclasses among those answered, their number, and the 95 % interval in words."""
    answered = refused & (answers.uncertainty <= threshold) if threshold is not None else np.zeros_like(refused)
    num_answered, num_right = int(answered.sum()), int((answered & answers.correct).sum())
    if not num_answered:
        return float("nan"), 0, ""
    lower, upper = share_interval(num_right, num_answered)
    return (
        num_right / num_answered,
        num_answered,
        f"95 % confidence interval {percent(lower, 1)} to {percent(upper, 1)}",
    )


def _show_numbers(now: HierarchicalCurve, chosen: Chosen, asked: Asked, num_samples: int) -> None:
    own_class = (
        (("Class threshold", f"{chosen.class_threshold:.4f}" if np.isfinite(chosen.class_threshold) else "–", "found with the guarantee; the one set above is not used here"),)
        if asked.way == BOTH
        else ()
    )  # fmt: skip
    limit = chosen.group_threshold
    metrics(
        *own_class,
        ("Superclass threshold", "–" if limit is None else f"{limit:.4f}", "the superclass is answered when 1 − its summed probability is at most this"),
        ("Class answered", percent(now.class_share[0]), f"of {num_samples:,} test images"),
        ("Class correct", percent(now.class_accuracy[0]), "of the classes answered"),
        ("Superclass answered", percent(now.group_share[0]), "test images whose class is refused and whose superclass is answered"),
        ("Superclass correct", percent(now.group_accuracy[0]), "of the superclasses answered"),
        ("Don't know", percent(now.refused_share[0]), "test images that get no answer"),
        width=200,
    )  # fmt: skip


def _show_charts(
    decision: Decision, correct: np.ndarray, answers: GroupAnswers, chosen: Chosen, now: HierarchicalCurve
) -> None:
    thresholds = np.quantile(decision.test, np.linspace(0, 1, NUM_POINTS), method="inverted_cdf")
    curve = hierarchical_curve(decision.test, correct, answers, chosen.group_threshold, np.unique(thresholds))
    left, right = st.columns(2)
    chart = charts.hierarchical_shares(curve, now.class_share[0])
    left.vega_lite_chart(
        spec=chart, alt="Shares of class, superclass and refusal against the share of classes answered"
    )
    chart = charts.hierarchical_accuracy(curve, now.class_share[0])
    right.vega_lite_chart(
        spec=chart, alt="Accuracy of classes and of superclasses against the share of classes answered"
    )
