"""Superclasses: where the class is too uncertain, answer the superclass (for example "animal") if that is certain enough.

The probability of a superclass is the sum of the softmax probabilities of its classes; its uncertainty is one minus the
largest of these sums. A sample is answered with its class when the class score is at most the class threshold; else with
its most likely superclass when the superclass's uncertainty is at most a threshold of its own; else with "don't know".
Fractions in [0, 1]; the accuracy of no samples is NaN; larger scores are less certain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve, checked, threshold_at_accuracy

Array = NDArray[np.float64]


def membership(class_names: Sequence[str], groups: Mapping[str, Sequence[str]]) -> NDArray[np.intp]:
    """The superclass of each class, as an index into `groups`.

    Args:
        class_names: num_classes names.
        groups: superclass -> its class names.

    Returns:
        (num_classes,), in [0, number of groups).

    Raises:
        ValueError: a class is in no group or in several, or a group names an unknown class.

    Example:
        >>> membership(["cat", "car", "dog"], {"animal": ["cat", "dog"], "vehicle": ["car"]}).tolist()
        [0, 1, 0]
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

    Example:
        >>> group_probs([[0.5, 0.25, 0.25]], [0, 1, 0]).tolist()
        [[0.75, 0.25]]
    """
    probs, group_of = np.asarray(probs, dtype=np.float64), np.asarray(group_of)
    sums = probs @ (group_of[:, None] == np.arange(group_of.max() + 1)).astype(np.float64)
    return np.asarray(np.minimum(sums, 1.0))  # rounding may leave a sum slightly over 1


@dataclass(frozen=True, eq=False)
class GroupAnswers:
    """The superclass that a classifier would answer.

    Attributes:
        predicted: (num_samples,): the most likely superclass; ties go to the lowest index. It need not be that of the most
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

    Example:
        >>> logits = np.log([[0.4, 0.35, 0.25]])  # the most likely class is no animal, but an animal is more likely
        >>> predictions = Predictions(logits, np.array([1]), ("car", "cat", "dog"))
        >>> answers = group_answers(predictions, {"animal": ["cat", "dog"], "vehicle": ["car"]})
        >>> answers.predicted.tolist(), answers.uncertainty.round(3).tolist(), answers.correct.tolist()
        ([0], [0.4], [True])
    """
    group_of = membership(predictions.class_names, groups)
    probs = group_probs(predictions.probs, group_of)
    predicted = probs.argmax(axis=-1)
    return GroupAnswers(predicted, 1 - probs.max(axis=-1), np.asarray(predicted == group_of[predictions.labels]))


def group_threshold(
    class_uncertainty: ArrayLike, answers: GroupAnswers, class_threshold: float, accuracy: float
) -> float | None:
    """The largest threshold at which the answered superclasses are at least this accurate, on the given split.

    Only samples whose class is refused count, because only they get a superclass.

    Args:
        class_uncertainty: (num_samples,).
        answers: of the same samples.
        class_threshold: the largest uncertainty at which the class is answered.
        accuracy: wanted accuracy of the superclasses, a fraction.

    Returns:
        In [0, 1]; None if no threshold is that accurate or nothing is refused.

    Raises:
        ValueError: there is no sample, the shapes differ, or a score is NaN.

    Example:
        >>> answers = GroupAnswers(np.zeros(3, int), np.array([0.3, 0.1, 0.2]), np.array([False, True, True]))
        >>> group_threshold([0.9, 0.8, 0.7], answers, class_threshold=0.5, accuracy=0.9)
        0.2
    """
    refused = checked(class_uncertainty, answers.correct)[0] > class_threshold
    if not refused.any():
        return None
    return threshold_at_accuracy(
        accuracy_coverage_curve(answers.uncertainty[refused], answers.correct[refused]), accuracy
    )


@dataclass(frozen=True, eq=False)
class HierarchicalCurve:
    """What is answered at each class threshold, with a fixed superclass threshold.

    Attributes:
        threshold: (num_points,), ascending.
        class_share, group_share, refused_share: (num_points,); the three sum to 1.
        class_accuracy, group_accuracy: (num_points,), of the answered classes and of the answered superclasses.
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

    Raises:
        ValueError: there is no sample, the shapes differ, or a score is NaN.

    Example:
        >>> answers = GroupAnswers(np.zeros(4, int), np.array([0, 0.1, 0.2, 0.4]), np.array([True, True, False, True]))
        >>> curve = hierarchical_curve([0.1, 0.3, 0.6, 0.8], [True, False, False, False], answers, 0.3, [0.2, 0.5])
        >>> curve.class_share.tolist(), curve.group_share.tolist(), curve.refused_share.tolist()
        ([0.25, 0.5], [0.5, 0.25], [0.25, 0.25])
        >>> curve.class_accuracy.tolist(), curve.group_accuracy.tolist()
        ([1.0, 0.5], [0.5, 0.0])
    """
    class_uncertainty, class_correct = checked(class_uncertainty, class_correct)
    thresholds = np.asarray(thresholds, dtype=np.float64)
    order = np.argsort(class_uncertainty, kind="stable")
    sure = np.zeros(len(order), bool) if group_threshold is None else answers.uncertainty <= group_threshold

    def up_to(values: NDArray[np.bool_]) -> NDArray[np.intp]:
        """(num_samples + 1,): how many of the k most certain samples are True, for k from 0 on."""
        return np.append(0, np.cumsum(values[order]))

    # The first samples in this order are answered with their class; the others with their superclass if it is certain.
    num_classes = np.searchsorted(class_uncertainty[order], thresholds, side="right")
    right = up_to(class_correct)[num_classes]
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
    """Elementwise; NaN where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole)
    quotient = np.full(part.shape, np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0)
    return quotient
