"""Which classes are confused. Rows are the true classes, columns the answers.

Samples are named by their index in the split; lists of samples have the most confident first, that is, in descending
order of the largest probability. Shares are fractions; the share of no samples is NaN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster import hierarchy as clustering
from scipy.spatial.distance import squareform

from core.metrics.hierarchy import membership
from core.metrics.predictions import Predictions


def confusion_matrix(predictions: Predictions, rejected: ArrayLike | None = None) -> NDArray[np.intp]:
    """Counts of true class against answer.

    Args:
        predictions: of num_samples samples.
        rejected: (num_samples,) bool, which samples are refused; None for a classifier that always answers.

    Returns:
        (num_classes, num_classes), or with `rejected` (num_classes, num_classes + 1), whose last column counts the
        refused. A row sums to the number of samples of its class.

    Raises:
        ValueError: rejected has another length than the predictions.

    Example:
        >>> predictions = Predictions(np.eye(2)[[0, 1, 1]], np.array([0, 0, 1]), ("cat", "dog"))
        >>> confusion_matrix(predictions).tolist()
        [[1, 1], [0, 1]]
        >>> confusion_matrix(predictions, [False, True, False]).tolist()
        [[1, 0, 1], [0, 1, 0]]
    """
    num_columns = predictions.num_classes + (rejected is not None)
    cells = predictions.labels * num_columns + _answers(predictions, rejected)
    counts = np.bincount(cells, minlength=predictions.num_classes * num_columns)
    return counts.reshape(predictions.num_classes, num_columns)


def _answers(predictions: Predictions, rejected: ArrayLike | None) -> NDArray[np.intp]:
    """(num_samples,): the class answered, num_classes for "don't know"."""
    if rejected is None:
        return predictions.predicted
    rejected = np.asarray(rejected, dtype=bool)
    if rejected.shape != predictions.labels.shape:
        raise ValueError(f"rejected must have shape {predictions.labels.shape}, got {rejected.shape}.")
    return np.where(rejected, predictions.num_classes, predictions.predicted)


def row_shares(matrix: ArrayLike) -> NDArray[np.float64]:
    """A matrix of counts as shares of each row; a row without samples is all NaN.

    Example:
        >>> row_shares([[3, 1], [0, 0]]).tolist()
        [[0.75, 0.25], [nan, nan]]
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    sums = matrix.sum(axis=1, keepdims=True)
    shares = np.full(matrix.shape, np.nan)
    np.divide(matrix, sums, out=shares, where=sums > 0)
    return shares


def cell_samples(
    predictions: Predictions, true_class: int, answer: int, rejected: ArrayLike | None = None
) -> NDArray[np.intp]:
    """The samples of one cell of `confusion_matrix`, most confident first; answer num_classes is "don't know".

    Example:
        >>> predictions = Predictions(np.array([[1.0, 0], [0, 1], [0, 2]]), np.array([0, 0, 0]), ("cat", "dog"))
        >>> cell_samples(predictions, true_class=0, answer=1).tolist()
        [2, 1]
    """
    inside = (predictions.labels == true_class) & (_answers(predictions, rejected) == answer)
    return _most_confident_first(predictions, inside)


def _most_confident_first(predictions: Predictions, chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
    samples = np.flatnonzero(chosen)
    return samples[np.argsort(-predictions.probs[samples].max(axis=-1), kind="stable")]


def class_order(matrix: ArrayLike) -> NDArray[np.intp]:
    """An order of the classes that puts classes next to each other that are often confused.

    Hierarchical clustering with average linkage: two classes are close if they are often confused (row shares, mean of
    both directions). Of the orders that the tree allows, it is the one whose neighbours are the most similar, with class 0
    not in the second half.

    Args:
        matrix: (num_classes, num_classes) counts; a last column of refused samples is ignored.

    Returns:
        (num_classes,), a permutation.

    Source:
        Bar-Joseph, Gifford, Jaakkola 2001, https://doi.org/10.1093/bioinformatics/17.suppl_1.S22

    Example:
        >>> class_order([[8, 0, 2], [0, 10, 0], [3, 1, 6]]).tolist()  # 0 and 2 are confused
        [0, 2, 1]
    """
    shares = np.nan_to_num(row_shares(matrix)[:, : len(np.asarray(matrix))])
    similarity = (shares + shares.T) / 2
    np.fill_diagonal(similarity, 0)
    if len(similarity) < 3 or not similarity.any():
        return np.arange(len(similarity))
    distance = similarity.max() - similarity
    np.fill_diagonal(distance, 0)
    tree = clustering.linkage(squareform(distance), "average", optimal_ordering=True)
    order = clustering.leaves_list(tree).astype(np.intp)
    return order if np.flatnonzero(order == 0)[0] < len(order) / 2 else order[::-1]


class MutualConfusion(NamedTuple):
    """Two classes that are confused in both directions."""

    first: int
    second: int
    there: int  # samples of the first that are answered as the second; at least `back`
    back: int  # samples of the second that are answered as the first


def mutual_confusions(matrix: ArrayLike) -> list[MutualConfusion]:
    """Pairs of classes that are confused in both directions, ranked by the rarer direction, then by the other.

    Args:
        matrix: (num_classes, num_classes) counts; a last column of refused samples is ignored.

    Example:
        >>> mutual_confusions([[8, 0, 2], [0, 10, 0], [3, 1, 6]])
        [MutualConfusion(first=2, second=0, there=3, back=2)]
    """
    counts = np.asarray(matrix)
    pairs = []
    for first, second in combinations(range(len(counts)), 2):
        if counts[first, second] < counts[second, first]:
            first, second = second, first
        there, back = int(counts[first, second]), int(counts[second, first])
        if back:
            pairs.append(MutualConfusion(first, second, there, back))
    return sorted(pairs, key=lambda pair: (-pair.back, -pair.there, pair.first, pair.second))


@dataclass(frozen=True, eq=False)
class GroupConfusion:
    """Answers per superclass; right, wrong and refused sum to num_samples.

    Attributes:
        groups: num_groups names.
        right: (num_groups,) counts of right answers by true superclass.
        wrong: (num_groups, num_groups) counts of wrong answers: superclass of the true class against superclass of the
            answered class. The diagonal counts errors within a superclass, such as one animal answered as another.
        refused: (num_groups,) counts.
        within_by_chance: (num_groups,): the share of errors that would be within the superclass if they were spread
            evenly over all other classes.
    """

    groups: tuple[str, ...]
    right: NDArray[np.intp]
    wrong: NDArray[np.intp]
    refused: NDArray[np.intp]
    within_by_chance: NDArray[np.float64]

    @property
    def num_samples(self) -> int:
        return int(self.right.sum() + self.wrong.sum() + self.refused.sum())

    @property
    def within(self) -> NDArray[np.float64]:
        """(num_groups,): the share of the errors of each superclass that are within it; NaN without errors."""
        return np.diag(row_shares(self.wrong))


def group_confusion(
    predictions: Predictions, groups: Mapping[str, Sequence[str]], rejected: ArrayLike | None = None
) -> GroupConfusion:
    """Right answers, errors by superclass, and refusals.

    Args:
        predictions: of num_samples samples.
        groups: superclass -> its class names; each class in exactly one.
        rejected: (num_samples,) bool, which samples are refused; None for none.

    Source:
        村上・粕川, "MNIST と CIFAR10 の推論の弱点について": errors within and between animals and vehicles.

    Example:
        >>> predictions = Predictions(np.eye(3)[[0, 1, 2]], np.array([0, 0, 0]), ("cat", "dog", "car"))
        >>> found = group_confusion(predictions, {"animal": ["cat", "dog"], "vehicle": ["car"]})
        >>> found.right.tolist(), found.wrong.tolist(), found.within.tolist(), found.within_by_chance.tolist()
        ([1, 0], [[1, 1], [0, 0]], [0.5, nan], [0.5, 0.0])
    """
    group_of = membership(predictions.class_names, groups)
    matrix = confusion_matrix(predictions, np.zeros(predictions.num_samples, bool) if rejected is None else rejected)
    wrong, refused = matrix[:, :-1].copy(), matrix[:, -1]
    right = np.diag(wrong).copy()
    np.fill_diagonal(wrong, 0)
    belongs = (group_of == np.arange(len(groups))[:, None]).astype(np.intp)
    return GroupConfusion(
        groups=tuple(groups),
        right=belongs @ right,
        wrong=belongs @ wrong @ belongs.T,
        refused=belongs @ refused,
        within_by_chance=(belongs.sum(axis=1) - 1) / (predictions.num_classes - 1),
    )


def exceptional_errors(
    predictions: Predictions, groups: Mapping[str, Sequence[str]], rejected: ArrayLike | None = None
) -> NDArray[np.intp]:
    """The samples that are answered with a class of another superclass, most confident first.

    Arguments as for `group_confusion`.

    Example:
        >>> predictions = Predictions(np.eye(3)[[0, 1, 2]], np.array([0, 0, 0]), ("cat", "dog", "car"))
        >>> exceptional_errors(predictions, {"animal": ["cat", "dog"], "vehicle": ["car"]}).tolist()
        [2]
    """
    group_of = membership(predictions.class_names, groups)
    answers = _answers(predictions, rejected)
    # The refused are no errors; they get the number -1.
    answered = np.append(group_of, -1)[answers]
    return _most_confident_first(predictions, (answered >= 0) & (answered != group_of[predictions.labels]))


@dataclass(frozen=True, eq=False)
class Hardness:
    """How hard the samples of each class, or of each superclass, are; every array has one entry per class.

    Attributes:
        num_samples: counts.
        accuracy: share of right answers if nothing is refused.
        uncertainty: mean score.
        coverage: share that is answered.
        accuracy_accepted: share of right answers among the answered.
    """

    num_samples: NDArray[np.intp]
    accuracy: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    coverage: NDArray[np.float64]
    accuracy_accepted: NDArray[np.float64]


def hardness(
    predictions: Predictions, uncertainty: ArrayLike, threshold: float, group_of: ArrayLike | None = None
) -> Hardness:
    """Accuracy, mean score and coverage of each class, or of each superclass.

    Args:
        predictions: of num_samples samples.
        uncertainty: (num_samples,).
        threshold: a sample is answered when its uncertainty is at most this.
        group_of: (num_classes,) the superclass of each class; None for the classes themselves.

    Example:
        >>> predictions = Predictions(np.eye(2)[[0, 1, 1]], np.array([0, 0, 1]), ("cat", "dog"))
        >>> found = hardness(predictions, [0.1, 0.5, 0.2], threshold=0.3)
        >>> found.accuracy.tolist(), found.coverage.tolist(), found.accuracy_accepted.tolist()
        ([0.5, 1.0], [0.5, 1.0], [1.0, 1.0])
    """
    uncertainty = np.asarray(uncertainty, dtype=np.float64)
    group_of = np.arange(predictions.num_classes) if group_of is None else np.asarray(group_of)
    group, num_groups = group_of[predictions.labels], int(group_of.max()) + 1
    accepted = uncertainty <= threshold

    def total(values: NDArray[np.bool_] | NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(group, weights=values, minlength=num_groups), np.float64)

    count = np.bincount(group, minlength=num_groups)
    sums = (total(predictions.correct), total(uncertainty), total(accepted), total(predictions.correct & accepted))
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN on purpose
        return Hardness(count, sums[0] / count, sums[1] / count, sums[2] / count, sums[3] / sums[2])


@dataclass(frozen=True)
class ErrorLogits:
    """Statistics of the largest logit of each error, as the thesis reports them; NaN without errors."""

    num_errors: int
    largest: float
    smallest: float
    mean: float
    share_close: float  # share of errors whose two largest logits differ by less than the gap


def error_logits(predictions: Predictions, gap: float = 1.0) -> ErrorLogits:
    """How high the largest logits of errors are, and how often the second largest is closer than `gap`.

    Source:
        村上・粕川, "MNIST と CIFAR10 の推論の弱点について": of 15 errors in one batch of 128 CIFAR-10 test images the
        largest logit lies between 1.996 and 5.728, mean 4.048; for 4 of them (26.7 %) the second is closer than 1.

    Example:
        >>> predictions = Predictions(np.array([[0, 5.0], [0, 0.5], [1, 9]]), np.array([0, 0, 1]), ("cat", "dog"))
        >>> error_logits(predictions)
        ErrorLogits(num_errors=2, largest=5.0, smallest=0.5, mean=2.75, share_close=0.5)
    """
    logits = predictions.logits[~predictions.correct].astype(np.float64)
    if not len(logits):
        return ErrorLogits(0, *[float("nan")] * 4)
    second, top = np.partition(logits, -2, axis=-1)[:, -2:].T
    return ErrorLogits(
        len(logits), float(top.max()), float(top.min()), float(top.mean()), float((top - second < gap).mean())
    )
