"""Hierarchical refusal on page Reject: when the class is too uncertain, the superclass may be certain enough."""

import numpy as np
import streamlit as st

from core.data import sources
from core.metrics.decision import Decision
from core.metrics.hierarchy import group_answers, group_threshold, hierarchical_curve
from core.training.runs import Run
from core.views import hierarchy as charts
from ui import loaded
from ui.components.controls import metrics, percent

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
    validation, test = loaded.predictions(run, "validation"), loaded.predictions(run, "test")
    wanted = st.slider(
        "Accuracy of superclasses on validation (%)", 50.0, 100.0, 95.0, 0.5, "%.1f", key="group_accuracy",
        bind="query-params", width=360,
        help="The threshold of the superclass is the largest at which at least this share of the superclasses is right, among the "
        "validation images whose class is refused. Its score is one minus the summed probability of its classes. This is asked, not "
        "promised: the view Guarantee promises it for class and superclass.",
    )  # fmt: skip
    limit = group_threshold(decision.validation, group_answers(validation, groups), decision.threshold, wanted / 100)
    answers = group_answers(test, groups)
    now = hierarchical_curve(decision.test, test.correct, answers, limit, [decision.threshold])
    if limit is None:
        st.caption("No superclass is answered: none of the thresholds is that accurate on validation, or nothing is refused there.")  # fmt: skip
    metrics(
        ("Superclass threshold", "–" if limit is None else f"{limit:.4f}", "the superclass is answered when 1 − its summed probability is at most this"),
        ("Class answered", percent(now.class_share[0]), f"of {test.num_samples:,} test images"),
        ("Class correct", percent(now.class_accuracy[0]), "of the classes answered"),
        ("Superclass answered", percent(now.group_share[0]), "test images whose class is refused and whose superclass is answered"),
        ("Superclass correct", percent(now.group_accuracy[0]), "of the superclasses answered"),
        ("Don't know", percent(now.refused_share[0]), "test images that get no answer"),
        width=200,
    )  # fmt: skip
    thresholds = np.quantile(decision.test, np.linspace(0, 1, NUM_POINTS), method="inverted_cdf")
    curve = hierarchical_curve(decision.test, test.correct, answers, limit, np.unique(thresholds))
    left, right = st.columns(2)
    chart = charts.hierarchical_shares(curve, now.class_share[0])
    left.vega_lite_chart(
        spec=chart, alt="Shares of class, superclass and refusal against the share of classes answered"
    )
    chart = charts.hierarchical_accuracy(curve, now.class_share[0])
    right.vega_lite_chart(
        spec=chart, alt="Accuracy of classes and of superclasses against the share of classes answered"
    )
