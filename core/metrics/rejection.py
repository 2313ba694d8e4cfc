"""What one threshold does to one split: how much is answered, how well, and what is caught.

Accept iff uncertainty <= threshold. Fractions in [0, 1]; an accuracy of nothing is NaN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RejectOutcome:
    """The split in two: the accepted, which are answered, and the rejected, which are not."""

    coverage: float
    accuracy_accepted: float
    accuracy_rejected: float
    num_accepted: int
    num_rejected: int
    errors_left: int  # among the accepted
    errors_caught: int  # among the rejected


def reject_outcome(uncertainty: ArrayLike, correct: ArrayLike, threshold: float) -> RejectOutcome:
    """What is accepted and what rejected at a threshold.

    Args:
        uncertainty: (num_samples,), larger is less certain, at least one sample.
        correct: (num_samples,) bool.
        threshold: the largest uncertainty that is still accepted.
    """
    accepted, correct = np.asarray(uncertainty) <= threshold, np.asarray(correct, dtype=bool)
    num_accepted, num_rejected = int(accepted.sum()), int((~accepted).sum())
    errors_left, errors_caught = int((accepted & ~correct).sum()), int((~accepted & ~correct).sum())
    return RejectOutcome(
        coverage=num_accepted / len(accepted),
        accuracy_accepted=1 - errors_left / num_accepted if num_accepted else float("nan"),
        accuracy_rejected=1 - errors_caught / num_rejected if num_rejected else float("nan"),
        num_accepted=num_accepted,
        num_rejected=num_rejected,
        errors_left=errors_left,
        errors_caught=errors_caught,
    )


def bootstrap_bands(
    uncertainty: ArrayLike,
    correct: ArrayLike,
    coverages: ArrayLike,
    num_resamples: int,
    seed: int,
    level: float = 0.95,
) -> tuple[Array, Array]:
    """Pointwise percentile bands of the accuracy of the most certain, from resampling the samples.

    The samples are sorted once; a resample is a weight a sample, so that its curve is two cumulated sums. At a coverage
    that ends inside a sample's weight the sample counts in part, which is the expectation under random order of equals.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,) bool.
        coverages: (num_points,) fractions in (0, 1].
        num_resamples: how many bootstrap samples, a thousand for percentiles that can be trusted.
        seed: of the resampling.
        level: share of the resamples between the bands, a fraction.

    Returns:
        lower and upper, each (num_points,), fractions.

    Source:
        Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    """
    uncertainty, coverages = (
        np.asarray(uncertainty, dtype=np.float64),
        np.asarray(coverages, dtype=np.float64),
    )
    order = np.argsort(uncertainty, kind="stable")
    ranked = uncertainty[order]
    correct = np.asarray(correct, dtype=np.float64)[order]
    num_samples = len(correct)
    # Only where a tie ends may the curve be read; between two such places the expectation is linear.
    last_of_tie = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), num_samples - 1)
    rng = np.random.default_rng(seed)
    wanted = coverages * num_samples
    accuracies = np.empty((num_resamples, len(coverages)))
    for row in accuracies:
        weights = np.bincount(rng.integers(num_samples, size=num_samples), minlength=num_samples)
        accepted = np.append(0, np.cumsum(weights)[last_of_tie])
        right = np.append(0, np.cumsum(weights * correct)[last_of_tie])
        row[:] = np.interp(wanted, accepted, right) / wanted
    tail = (1 - level) / 2
    lower, upper = np.quantile(accuracies, [tail, 1 - tail], axis=0)
    return lower, upper
