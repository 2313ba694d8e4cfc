"""What prediction sets do on new images, and what coverage may be expected of them.

Coverage is the share of sets that contain the true class, size the number of classes in a set. Sets are bool
(num_samples, num_classes).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

from core.metrics.conformal import quantile_rank
from core.metrics.resplits import split_coverages, split_places

Array = NDArray[np.float64]
Sets = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SetSummary:
    """Prediction sets of some samples in numbers.

    Attributes:
        num_samples: at least 1.
        coverage: share of sets that contain the true class.
        mean_size: number of classes in a set, on average.
        empty: share of sets without any class.
        single: share of sets with exactly one class.
        sizes: (num_classes + 1,), how many sets have 0, 1, ... classes.
        coverage_of_size: (num_classes + 1,), coverage among the sets of each size; NaN where there are none.
    """

    num_samples: int
    coverage: float
    mean_size: float
    empty: float
    single: float
    sizes: NDArray[np.intp]
    coverage_of_size: Array


def set_summary(sets: Sets, labels: NDArray[np.integer]) -> SetSummary:
    """Coverage and sizes of prediction sets.

    Args:
        sets: (num_samples, num_classes) bool, at least one sample.
        labels: (num_samples,), the true classes.

    Raises:
        ValueError: the shapes do not fit together, or there is no sample.

    Example:
        >>> summary = set_summary(np.array([[True, False], [True, True], [False, False]]), np.array([1, 1, 0]))
        >>> round(summary.coverage, 3), summary.mean_size, summary.sizes.tolist(), summary.coverage_of_size.tolist()
        (0.333, 1.0, [1, 1, 1], [0.0, 0.0, 1.0])
    """
    if sets.ndim != 2 or labels.shape != sets.shape[:1] or not len(sets):
        raise ValueError(
            "sets and labels must have shapes (num_samples, num_classes) and (num_samples,), at least one sample, "
            f"got {sets.shape} and {labels.shape}."
        )
    size, covered = sets.sum(axis=1), sets[np.arange(len(labels)), labels]
    sizes = np.bincount(size, minlength=sets.shape[1] + 1)
    of_size = np.full(len(sizes), np.nan)
    np.divide(np.bincount(size, covered, minlength=len(sizes)), sizes, out=of_size, where=sizes > 0)
    return SetSummary(
        num_samples=len(sets),
        coverage=float(covered.mean()),
        mean_size=float(size.mean()),
        empty=float((size == 0).mean()),
        single=float((size == 1).mean()),
        sizes=sizes,
        coverage_of_size=of_size,
    )


@dataclass(frozen=True, eq=False)
class GroupCoverage:
    """Coverage and mean size per group of samples, for example per true class; each is (num_groups,), NaN where empty."""

    num_samples: NDArray[np.intp]
    coverage: Array
    mean_size: Array


def group_coverage(
    sets: Sets, labels: NDArray[np.integer], groups: NDArray[np.integer], num_groups: int
) -> GroupCoverage:
    """Coverage and mean size of the sets within each group.

    Args:
        sets: (num_samples, num_classes) bool.
        labels: (num_samples,), the true classes.
        groups: (num_samples,), in [0, num_groups); the labels themselves for one group per class.
        num_groups: number of groups.

    Example:
        >>> sets, labels = np.array([[True, False], [True, True], [True, False]]), np.array([0, 1, 1])
        >>> found = group_coverage(sets, labels, labels, 2)
        >>> found.coverage.tolist(), found.mean_size.tolist()
        ([1.0, 0.5], [1.0, 1.5])
    """
    count = np.bincount(groups, minlength=num_groups)
    covered = sets[np.arange(len(labels)), labels]
    whole = np.where(count, count, np.nan)
    return GroupCoverage(
        count,
        np.bincount(groups, covered, minlength=num_groups) / whole,
        np.bincount(groups, sets.sum(axis=1), minlength=num_groups) / whole,
    )


@dataclass(frozen=True, eq=False)
class CoverageLaw:
    """How likely each coverage is on test images, over all splits into calibration and test.

    Attributes:
        coverage: (num_test + 1,), the possible values 0, 1/num_test, ..., 1.
        probability: (num_test + 1,), summing to 1.
        mean: the expected coverage, rank / (num_calibration + 1), at least 1 - alpha.
    """

    coverage: Array
    probability: Array
    mean: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The coverages between which the middle share `level` of the splits lies."""
        total = self.probability.cumsum()
        lower, upper = np.searchsorted(total, [(1 - level) / 2, (1 + level) / 2])
        return float(self.coverage[lower]), float(self.coverage[min(int(upper), len(total) - 1)])


def coverage_law(num_calibration: int, num_test: int, alpha: float) -> CoverageLaw:
    """The exact distribution of the coverage of test images: beta-binomial, whatever the network and the data.

    Given the quantile, each test image is covered with the same probability, which follows a beta distribution with
    parameters rank and num_calibration + 1 - rank over the calibration samples. It holds for scores without ties; ties
    only raise the coverage.

    Args:
        num_calibration: number of calibration images, at least 1.
        num_test: number of test images, at least 1.
        alpha: share of the sets that may miss the true class, in (0, 1).

    Raises:
        ValueError: alpha is not in (0, 1), or a number is less than 1.

    Source:
        Vovk 2012, https://arxiv.org/abs/1209.2673; Angelopoulos & Bates 2021, https://arxiv.org/abs/2107.07511

    Example:
        >>> law = coverage_law(num_calibration=99, num_test=1000, alpha=0.1)
        >>> law.mean, law.interval()
        (0.9, (0.831, 0.953))
    """
    if num_calibration < 1 or num_test < 1:
        raise ValueError(f"There must be calibration and test images, got {num_calibration} and {num_test}.")
    rank = quantile_rank(num_calibration, alpha)
    number = np.arange(num_test + 1)
    if rank > num_calibration:  # the set of all classes, which always contains the true one
        return CoverageLaw(number / num_test, (number == num_test).astype(np.float64), 1.0)
    probability = betabinom.pmf(number, num_test, rank, num_calibration + 1 - rank)
    return CoverageLaw(number / num_test, np.asarray(probability), rank / (num_calibration + 1))


def resplit_coverages(
    scores: NDArray[np.floating], num_calibration: int, alpha: float, num_splits: int = 1000, seed: int = 0
) -> Array:
    """The coverage of test images in many random splits of the same samples into calibration and test.

    Args:
        scores: (num_samples,), of the true classes, without randomness between the splits.
        num_calibration: how many samples are for calibration, at least 1; the rest is for testing.
        alpha: share of the sets that may miss the true class, in (0, 1).
        num_splits: how many splits.
        seed: of the splits.

    Returns:
        (num_splits,), fractions.

    Raises:
        ValueError: alpha is not in (0, 1), or no sample is left for calibration or for testing.

    Source:
        Angelopoulos & Bates 2021, https://arxiv.org/abs/2107.07511, section on checking the coverage.

    Example:
        >>> coverages = resplit_coverages(np.random.default_rng(0).random(1099), num_calibration=99, alpha=0.1)
        >>> len(coverages), round(coverages.mean().item(), 2)
        (1000, 0.9)
    """
    places = split_places(len(scores), num_calibration, num_splits, seed)
    return split_coverages(scores, places, quantile_rank(num_calibration, alpha))


def uncertainty_groups(uncertainty: NDArray[np.floating], num_groups: int = 10) -> NDArray[np.intp]:
    """Groups of about equal size from the most certain samples to the least certain ones; equal scores stay together.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        num_groups: how many; some are empty if there are few samples or many equal scores.

    Returns:
        (num_samples,), in [0, num_groups).

    Example:
        >>> uncertainty_groups(np.array([0.4, 0.1, 0.2, 0.1]), num_groups=2).tolist()
        [1, 0, 1, 0]
    """
    more_certain = np.searchsorted(np.sort(uncertainty), uncertainty, side="left")
    return np.asarray(num_groups * more_certain // len(uncertainty))
