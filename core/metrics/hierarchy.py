"""Superclasses: when the class is unsure, answer what kind of thing it is, if that at least is sure.

The probability of a superclass is the summed softmax probability of its classes, its uncertainty one minus the largest
of these sums. A sample gets its class iff the class score is at most the class threshold; else its most likely
superclass iff the superclass's uncertainty is at most a threshold of its own; else "don't know". Fractions in [0, 1];
an accuracy of nothing is NaN; larger scores are less certain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve, threshold_at_accuracy

Array = NDArray[np.float64]


def membership(class_names: Sequence[str], groups: Mapping[str, Sequence[str]]) -> NDArray[np.intp]:
    """The superclass of each class, as a place in `groups`.

    Args:
        class_names: num_classes names.
        groups: superclass -> its class names.

    Returns:
        (num_classes,), in [0, number of groups).

    Raises:
        ValueError: a class is in no group or in two, or a group names a class that there is not.
    """
    named = [name for names in groups.values() for name in names]
    if sorted(named) != sorted(class_names):
        odd = sorted({*named} ^ {*class_names}) or sorted({name for name in named if named.count(name) > 1})
        raise ValueError(f"groups must name every class exactly once; not so for {', '.join(odd)}.")
    place = {name: number for number, names in enumerate(groups.values()) for name in names}
    return np.array([place[name] for name in class_names], dtype=np.intp)


def group_probs(probs: ArrayLike, group_of: ArrayLike) -> Array:
    """The probability of each superclass: the sum over its classes.

    Args:
        probs: (num_samples, num_classes).
        group_of: (num_classes,), from `membership`.

    Returns:
        (num_samples, num_groups), in [0, 1].
    """
    probs, group_of = np.asarray(probs, dtype=np.float64), np.asarray(group_of)
    sums = probs @ (group_of[:, None] == np.arange(group_of.max() + 1)).astype(np.float64)
    return np.minimum(sums, 1.0)  # rounding must not make a certainty more than certain


@dataclass(frozen=True, eq=False)
class GroupAnswers:
    """The superclass that a classifier would answer.

    Attributes:
        predicted: (num_samples,): the most likely superclass; of equals the first. It need not be that of the most
            likely class: many small probabilities can outweigh a larger one.
        uncertainty: (num_samples,), one minus its probability, in [0, 1 - 1/num_groups].
        correct: (num_samples,) bool.
    """

    predicted: NDArray[np.intp]
    uncertainty: Array
    correct: NDArray[np.bool_]


def group_answers(predictions: Predictions, groups: Mapping[str, Sequence[str]]) -> GroupAnswers:
    """What would be answered if only superclasses were asked for.

    Args:
        predictions: of num_samples samples.
        groups: superclass -> its class names; each class in exactly one.
    """
    group_of = membership(predictions.class_names, groups)
    probs = group_probs(predictions.probs, group_of)
    predicted = probs.argmax(axis=-1)
    return GroupAnswers(predicted, 1 - probs.max(axis=-1), predicted == group_of[predictions.labels])


def group_threshold(
    class_uncertainty: ArrayLike, answers: GroupAnswers, class_threshold: float, accuracy: float
) -> float | None:
    """The largest threshold at which the superclasses answered are at least this accurate, on the split given.

    Only samples whose class is refused count: they are the harder ones, and the only ones that get a superclass.

    Args:
        class_uncertainty: (num_samples,).
        answers: of the same samples.
        class_threshold: up to here the class is answered.
        accuracy: wanted of the superclasses, a fraction.

    Returns:
        In [0, 1]; None if no threshold is that accurate or nothing is refused.
    """
    refused = np.asarray(class_uncertainty) > class_threshold
    if not refused.any():
        return None
    return threshold_at_accuracy(
        accuracy_coverage_curve(answers.uncertainty[refused], answers.correct[refused]), accuracy
    )


@dataclass(frozen=True, eq=False)
class HierarchicalCurve:
    """What becomes of the samples at each class threshold, the superclass's threshold being fixed.

    Attributes:
        threshold: (num_points,), ascending.
        class_share, group_share, refused_share: (num_points,); the three sum to 1.
        class_accuracy, group_accuracy: (num_points,), of the classes and of the superclasses answered.
    """

    threshold: Array
    class_share: Array
    group_share: Array
    refused_share: Array
    class_accuracy: Array
    group_accuracy: Array


def hierarchical_curve(
    class_uncertainty: ArrayLike,
    class_correct: ArrayLike,
    answers: GroupAnswers,
    group_threshold: float | None,
    thresholds: ArrayLike,
) -> HierarchicalCurve:
    """Shares and accuracies of class, superclass and refusal, in O(n log n).

    Args:
        class_uncertainty: (num_samples,), at least one sample.
        class_correct: (num_samples,) bool.
        answers: of the same samples.
        group_threshold: the largest uncertainty at which a superclass is still answered; None answers none.
        thresholds: (num_points,) class thresholds, ascending.
    """
    class_uncertainty, thresholds = np.asarray(class_uncertainty), np.asarray(thresholds, dtype=np.float64)
    order = np.argsort(class_uncertainty, kind="stable")
    sure = np.zeros(len(order), bool) if group_threshold is None else answers.uncertainty <= group_threshold

    def up_to(values: NDArray) -> NDArray:
        """How many of the most certain samples have it, for every number of samples from 0 on."""
        return np.append(0, np.cumsum(values[order]))

    # An accepted sample is one of the first so many in this order; whoever else is sure of the group gets the group.
    num_classes = np.searchsorted(class_uncertainty[order], thresholds, side="right")
    right = up_to(np.asarray(class_correct, dtype=bool))[num_classes]
    groups, groups_right = up_to(sure), up_to(sure & answers.correct)
    num_groups = groups[-1] - groups[num_classes]
    return HierarchicalCurve(
        threshold=thresholds,
        class_share=num_classes / len(order),
        group_share=num_groups / len(order),
        refused_share=(len(order) - num_classes - num_groups) / len(order),
        class_accuracy=_quotient(right, num_classes),
        group_accuracy=_quotient(groups_right[-1] - groups_right[num_classes], num_groups),
    )


def _quotient(part: ArrayLike, whole: ArrayLike) -> Array:
    """Elementwise; NaN where the whole is nothing."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
