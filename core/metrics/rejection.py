"""What one threshold does to one split: how many samples are answered, how accurately, and how many errors are rejected.

A sample is accepted when uncertainty <= threshold. Fractions in [0, 1]; the accuracy of no samples is NaN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RejectOutcome:
    """A split in two parts: the accepted samples, which are answered, and the rejected samples, which are not."""

    coverage: float
    accuracy_accepted: float
    accuracy_rejected: float
    num_accepted: int
    num_rejected: int
    errors_left: int  # among the accepted
    errors_caught: int  # among the rejected


def reject_outcome(uncertainty: ArrayLike, correct: ArrayLike, threshold: float) -> RejectOutcome:
    """Numbers and accuracies of the accepted and the rejected samples at a threshold.

    Args:
        uncertainty: (num_samples,), larger is less certain, at least one sample.
        correct: (num_samples,) bool.
        threshold: the largest uncertainty that is still accepted.

    Example:
        >>> outcome = reject_outcome([0.1, 0.2, 0.3, 0.9], [True, False, True, False], threshold=0.3)
        >>> outcome.coverage, outcome.num_accepted, outcome.errors_left, outcome.errors_caught
        (0.75, 3, 1, 1)
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
    """Pointwise percentile bands of the accuracy of the most certain samples, by bootstrap.

    The samples are sorted once. A resample is one weight per sample, so its curve is two cumulative sums. A coverage
    that ends within the weight of a sample counts a part of it, the expected value under random order of ties.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,) bool.
        coverages: (num_points,) fractions in (0, 1].
        num_resamples: number of bootstrap samples; a thousand for stable percentiles.
        seed: of the resampling.
        level: share of the resamples between the bands, a fraction.

    Returns:
        lower and upper, each (num_points,), fractions.

    Source:
        Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.

    Example:
        >>> uncertainty, correct = np.arange(100), np.arange(100) < 90  # the ten least certain are wrong
        >>> lower, upper = bootstrap_bands(uncertainty, correct, [0.5, 1.0], num_resamples=1000, seed=0)
        >>> lower.round(2).tolist(), upper.round(2).tolist()
        ([1.0, 0.84], [1.0, 0.96])
    """
    uncertainty, coverages = (
        np.asarray(uncertainty, dtype=np.float64),
        np.asarray(coverages, dtype=np.float64),
    )
    order = np.argsort(uncertainty, kind="stable")
    ranked = uncertainty[order]
    correct = np.asarray(correct, dtype=np.float64)[order]
    num_samples = len(correct)
    # The curve is defined at the end of each tie; between two ends the expected value is linear.
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
