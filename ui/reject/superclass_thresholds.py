"""How the threshold of the superclass is chosen on validation: as is, or with a guarantee; and what is promised, in words."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.metrics.decision import Decision
from core.metrics.fixed_sequence import SPARE_ERRORS
from core.metrics.guarantee import Guarantee, samples_needed
from core.metrics.hierarchy import GroupAnswers, group_threshold
from core.metrics.hierarchy_guarantee import guaranteed_groups, guaranteed_hierarchy
from core.metrics.policy import PNORM
from ui.components.controls import percent

AS_IS, GROUPS, BOTH = (
    "on validation, as is",
    "guaranteed, for the class threshold above",
    "guaranteed, together with the class threshold",
)
WAYS = (AS_IS, GROUPS, BOTH)
TESTED = "Thresholds that were fixed beforehand are tested on validation, from the strictest on, until one fails."
UNPROVEN = (
    f"With the score {PNORM} this is not proven: its p was chosen by the right answers of the same validation images."
)
CONFIDENCES = {"90 %": 0.9, "95 %": 0.95, "99 %": 0.99}


class Asked(NamedTuple):
    """What is wanted of the superclasses: their accuracy, a fraction, how their threshold is chosen, and how sure."""

    accuracy: float
    way: str  # one of WAYS
    confidence: float  # a fraction


class Chosen(NamedTuple):
    """Two thresholds, and how they were chosen, in Markdown."""

    class_threshold: float
    group_threshold: float | None  # None answers no superclass
    said: str


def chosen(decision: Decision, correct: NDArray[np.bool_], answers: GroupAnswers, asked: Asked) -> Chosen:
    """The thresholds of class and superclass.

    Args:
        decision: the score, and the class threshold that was set by hand.
        correct: (num_validation,), whether the class is right.
        answers: of the validation images.
        asked: what is wanted.
    """
    if asked.way == AS_IS:
        return _as_is(decision, answers, asked)
    if asked.accuracy >= 1:
        return Chosen(decision.threshold, None, "No number of validation images can promise that no superclass is wrong. Ask for less than 100 %.")  # fmt: skip
    if len(correct) < 2:  # one part of them gives thresholds, the other tests them
        return Chosen(decision.threshold, None, _none(decision, 0, asked))
    found = (
        _guaranteed_groups(decision, answers, asked)
        if asked.way == GROUPS
        else _guaranteed_both(decision, correct, answers, asked)
    )
    return found._replace(said=f"{found.said} {UNPROVEN}") if decision.score == PNORM else found


def _as_is(decision: Decision, answers: GroupAnswers, asked: Asked) -> Chosen:
    limit = group_threshold(decision.validation, answers, decision.threshold, asked.accuracy)
    if limit is None:
        return Chosen(decision.threshold, None, "No superclass is answered: none of the thresholds is that accurate on validation, or nothing is refused there.")  # fmt: skip
    answered = (decision.validation > decision.threshold) & (answers.uncertainty <= limit)
    return Chosen(
        decision.threshold, limit,
        f"The largest superclass threshold with {percent(asked.accuracy, 1)} accuracy on validation: {int(answers.correct[answered].sum()):,} of "
        f"{int(answered.sum()):,} answered superclasses are right there. It is the best of many thresholds on these images, so on others the accuracy is "
        "often lower. Choose a guarantee, and see what it costs.",
    )  # fmt: skip


def _guaranteed_groups(decision: Decision, answers: GroupAnswers, asked: Asked) -> Chosen:
    found = guaranteed_groups(
        decision.validation, answers, decision.threshold, 1 - asked.accuracy, 1 - asked.confidence
    )
    if found.threshold is None:
        return Chosen(decision.threshold, None, _none(decision, found.num_tried, asked))
    return Chosen(
        decision.threshold, found.threshold,
        f"**Promise**: with {percent(asked.confidence, 0)} probability over random draws of the validation images, at least {percent(asked.accuracy, 1)} of the answered superclasses are "
        f"right. {TESTED} {_last('superclass', found)} This holds if the class threshold above was set by its value or its coverage. If you set it by its "
        f"accuracy, you used the right answers of the same images: choose “{BOTH}”.",
    )  # fmt: skip


def _guaranteed_both(decision: Decision, correct: NDArray[np.bool_], answers: GroupAnswers, asked: Asked) -> Chosen:
    found = guaranteed_hierarchy(decision.validation, correct, answers, 1 - asked.accuracy, 1 - asked.confidence)
    limit = -np.inf if found.classes.threshold is None else found.classes.threshold
    said = (
        f"**Promise**: with {percent(asked.confidence, 0)} probability over random draws of the validation images, at least {percent(asked.accuracy, 1)} of the answered classes and at "
        f"least {percent(asked.accuracy, 1)} of the answered superclasses are right. {TESTED} {_last('class', found.classes)} {_last('superclass', found.groups)}"
    )  # fmt: skip
    return Chosen(limit, found.groups.threshold, said)


def _last(what: str, found: Guarantee) -> str:
    """The last threshold that passed, in a sentence."""
    if found.threshold is None:
        return f"No {what} threshold passed, so no {what} is answered."
    return (
        f"The last {what} threshold that passed has {found.num_errors:,} errors among {found.num_accepted:,} answers: the bound on its error rate is "
        f"{percent(found.bound)}."
    )  # fmt: skip


def _none(decision: Decision, num_tried: int, asked: Asked) -> str:
    """Why there is no promise, and what to do."""
    num_refused = int((decision.validation > decision.threshold).sum())
    needed = samples_needed(1 - asked.accuracy, 1 - asked.confidence, SPARE_ERRORS)
    why = (
        "the strictest threshold with enough answers to be tested has too many errors among them"
        if num_tried
        else f"with one error among them, {needed:,} answered superclasses are needed"
    )
    return (
        f"**No promise can be made**, so no superclass is answered: {why}, and the class is refused on only {num_refused:,} validation images. Lower the class "
        "threshold above, so that more classes are refused, or ask for less accuracy or less confidence."
    )  # fmt: skip
