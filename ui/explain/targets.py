"""What is to be explained about a picture."""

import numpy as np
import streamlit as st

from ui.components import old_links
from ui.components.saliency.targets import Target
from ui.explain.subject import Subject

ASKED = (
    "Predicted and true class",
    "One class",
    "Why this and not that",
    "Uncertainty: entropy",
    "Uncertainty: top-two margin",
)
RENAMED = {"Doubt: entropy": "Uncertainty: entropy", "Doubt: top-two margin": "Uncertainty: top-two margin"}


def choose_targets(subject: Subject) -> list[Target]:
    """Ask what is to be explained about a picture."""
    old_links.follow("asked", RENAMED)
    asked = st.selectbox(
        "Explain",
        ASKED,
        key="asked",
        bind="query-params",
        width=240,
        help="Logits, not probabilities; LIME explains the probability.",
    )
    names = subject.answers.class_names
    predicted = int(subject.answers.predicted[0])

    def class_target(index: int) -> Target:
        role = "predicted" if index == predicted else "true" if index == subject.label else "asked for"
        return Target("class", (index,), f"for {names[index]} ({role})")

    if asked == ASKED[0]:
        return [class_target(index) for index in dict.fromkeys((predicted, subject.label)) if index is not None]
    if asked == ASKED[1]:
        return [class_target(_choose_class("Class", names, predicted, "class"))]
    if asked == ASKED[2]:
        second = int(np.argsort(-subject.answers.logits[0], kind="stable")[1])
        this = _choose_class("Why", names, predicted, "why")
        other = second if subject.label is None or subject.label == predicted else subject.label
        that = _choose_class("and not", names, other, "not")
        return [Target("contrast", (this, that), f"why {names[this]} and not {names[that]}")]
    if asked == ASKED[3]:
        return [Target("entropy", (), "what makes it unsure: the entropy")]
    return [Target("margin", (), "what separates the top two logits")]


def _choose_class(label: str, names: tuple[str, ...], default: int, key: str) -> int:
    return st.selectbox(
        label,
        range(len(names)),
        default,
        format_func=names.__getitem__,
        key=f"{key}_{default}",
        bind="query-params",
        width=130,
    )
