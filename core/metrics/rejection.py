"""What one threshold does to one split: how many samples are answered, how accurately, and how many errors are rejected.

A sample is accepted when uncertainty <= threshold. Fractions in [0, 1]; the accuracy of no samples is NaN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.intervals import share_intervals
from core.metrics.selective import AccuracyCoverageCurve, checked

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
        threshold: the largest uncertainty that is still accepted; not NaN.

    Raises:
        ValueError: there is no sample, the shapes differ, or a score or the threshold is NaN.

    Source:
        El-Yaniv & Wiener 2010, https://www.jmlr.org/papers/v11/el-yaniv10a.html

    Example:
        >>> outcome = reject_outcome([0.1, 0.2, 0.3, 0.9], [True, False, True, False], threshold=0.3)
        >>> outcome.coverage, outcome.num_accepted, outcome.errors_left, outcome.errors_caught
        (0.75, 3, 1, 1)
    """
    uncertainty, correct = checked(uncertainty, correct)
    if np.isnan(threshold):
        raise ValueError("threshold must be a number, got NaN.")
    accepted = uncertainty <= threshold
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


def accuracy_band(curve: AccuracyCoverageCurve, level: float = 0.95) -> tuple[Array, Array]:
    """How exact the accuracy of the accepted is at each threshold of a curve, by the exact interval of a share.

    An interval is for one threshold that was not chosen on these samples. It has its level by itself; all of them
    together miss the true curve somewhere more often.

    Args:
        curve: of independent samples.
        level: the probability, at least, that the interval at a threshold contains the true accuracy, a fraction.

    Returns:
        lower and upper, each (num_points,), fractions. Where no error is accepted, upper is 1 and lower less.

    Source:
        Clopper & Pearson 1934, https://doi.org/10.1093/biomet/26.4.404

    Example:
        >>> from core.metrics.selective import accuracy_coverage_curve
        >>> curve = accuracy_coverage_curve(np.arange(100), np.arange(100) < 90)  # the ten least certain are wrong
        >>> lower, upper = accuracy_band(curve)
        >>> lower[[49, 99]].round(2).tolist(), upper[[49, 99]].round(2).tolist()
        ([0.93, 0.82], [1.0, 0.95])
    """
    return share_intervals(curve.num_accepted - curve.num_errors, curve.num_accepted, level)
