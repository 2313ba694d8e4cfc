"""Selective prediction: answer what is certain enough, refuse the rest.

A sample is accepted when uncertainty <= threshold, so equal scores are accepted or refused together. Coverage is the
share that is accepted, risk the share of errors among the accepted; both are fractions. Larger scores are less certain.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.guarantee import sgr
from core.metrics.ranked import SAME
from core.metrics.ranked import checked as checked  # other modules import it from here

Array = NDArray[np.float64]
Counts = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class AccuracyCoverageCurve:
    """What each threshold accepts: one point per distinct score, the most certain first.

    Attributes:
        threshold: (num_points,), ascending.
        num_accepted: (num_points,), ascending to the number of samples.
        num_errors: (num_points,), among the accepted.
    """

    threshold: Array
    num_accepted: Counts
    num_errors: Counts

    @cached_property
    def coverage(self) -> Array:
        """(num_points,), fractions ascending to 1."""
        return np.asarray(self.num_accepted / self.num_accepted[-1])

    @cached_property
    def accuracy(self) -> Array:
        """(num_points,), of the accepted, fractions."""
        return np.asarray(1 - self.num_errors / self.num_accepted)


def accuracy_coverage_curve(uncertainty: ArrayLike, correct: ArrayLike) -> AccuracyCoverageCurve:
    """Accuracy of the accepted against coverage, exact under ties, in O(n log n).

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,) bool.

    Raises:
        ValueError: there is no sample, the shapes differ, or a score is NaN.

    Source:
        Geifman & El-Yaniv 2017, https://arxiv.org/abs/1705.08500

    Example:
        >>> curve = accuracy_coverage_curve([0.1, 0.2, 0.2, 0.9], [True, True, False, False])
        >>> curve.threshold.tolist(), curve.coverage.tolist(), curve.accuracy.round(2).tolist()
        ([0.1, 0.2, 0.9], [0.25, 0.75, 1.0], [1.0, 0.67, 0.5])
    """
    uncertainty, correct = checked(uncertainty, correct)
    order = np.argsort(uncertainty)
    ranked = uncertainty[order]
    # One point per distinct score, because no threshold separates equal scores.
    last_of_tie = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    return AccuracyCoverageCurve(ranked[last_of_tie], last_of_tie + 1, np.cumsum(~correct[order])[last_of_tie])


def accuracy_at_coverage(uncertainty: ArrayLike, correct: ArrayLike, coverage: float) -> float:
    """Accuracy of the ceil(coverage n) most certain samples, at least one.

    Inside a tie it is the expected accuracy under random order, so the order of the rows never matters.

    Args:
        uncertainty: (num_samples,).
        correct: (num_samples,) bool.
        coverage: fraction in [0, 1].

    Raises:
        ValueError: coverage is not a fraction, or what `accuracy_coverage_curve` raises.

    Source:
        Geifman & El-Yaniv 2017, https://arxiv.org/abs/1705.08500

    Example:
        >>> accuracy_at_coverage([0.1, 0.2, 0.3, 0.9], [True, True, True, False], 0.75)
        1.0
    """
    if not 0 <= coverage <= 1:
        raise ValueError(f"coverage must be a fraction in [0, 1], got {coverage}.")
    risk = _risk_of_most_certain(uncertainty, correct)
    return float(1 - risk[max(int(np.ceil((coverage - SAME) * len(risk))), 1) - 1])


def coverage_at_risk(uncertainty: ArrayLike, correct: ArrayLike, risk: float) -> float:
    """The largest coverage over distinct thresholds whose risk is at most `risk`; 0 if there is none.

    Source:
        Geifman & El-Yaniv 2017, https://arxiv.org/abs/1705.08500

    Example:
        >>> coverage_at_risk([0.1, 0.2, 0.3, 0.9], [True, True, True, False], risk=0.1)
        0.75
    """
    curve = accuracy_coverage_curve(uncertainty, correct)
    place = _last_with_risk(curve, risk)
    return 0.0 if place is None else float(curve.coverage[place])


def threshold_at_coverage(curve: AccuracyCoverageCurve, coverage: float) -> float:
    """The smallest threshold that accepts at least this share.

    Example:
        >>> threshold_at_coverage(accuracy_coverage_curve([0.1, 0.2, 0.3, 0.9], [True, True, True, False]), 0.6)
        0.3
    """
    place = int(np.searchsorted(curve.coverage, coverage - SAME))
    return float(curve.threshold[min(place, len(curve.threshold) - 1)])


def threshold_at_accuracy(curve: AccuracyCoverageCurve, accuracy: float) -> float | None:
    """The threshold of the largest coverage with at least this accuracy; None if there is none.

    Example:
        >>> threshold_at_accuracy(accuracy_coverage_curve([0.1, 0.2, 0.3, 0.9], [True, False, True, True]), 0.7)
        0.9
    """
    place = _last_with_risk(curve, 1 - accuracy)
    return None if place is None else float(curve.threshold[place])


def aurc(uncertainty: ArrayLike, correct: ArrayLike) -> float:
    """Area under the risk-coverage curve: the mean over k of the risk of the k most certain samples.

    Inside a tie it is the expected risk under random order.

    Returns:
        In [0, 1]; lower is better.

    Source:
        Geifman, Uziel & El-Yaniv 2019, https://arxiv.org/abs/1805.08206

    Example:
        >>> aurc([0.1, 0.2, 0.3, 0.9], [True, True, True, False])  # (0 + 0 + 0 + 1/4) / 4
        0.0625
    """
    return float(_risk_of_most_certain(uncertainty, correct).mean())


def excess_aurc(uncertainty: ArrayLike, correct: ArrayLike) -> float:
    """AURC minus the AURC of the best possible order, in which all errors come last (the exact value for finite n).

    Returns:
        In [0, 1]; 0 if every error is less certain than every right answer.

    Source:
        Geifman, Uziel & El-Yaniv 2019, https://arxiv.org/abs/1805.08206

    Example:
        >>> excess_aurc([0.1, 0.2, 0.3, 0.9], [True, True, True, False])
        0.0
        >>> excess_aurc([0.1, 0.2], [False, True])  # (1 + 1/2) / 2 instead of (0 + 1/2) / 2
        0.5
    """
    correct = np.asarray(correct, dtype=bool)
    num_samples, num_right = len(correct), int(correct.sum())
    k = np.arange(num_right + 1, num_samples + 1)
    return aurc(uncertainty, correct) - float(((k - num_right) / k).sum() / num_samples)


def augrc(uncertainty: ArrayLike, correct: ArrayLike) -> float:
    """Area under the generalised-risk-coverage curve, errors among the accepted divided by all samples.

    Returns:
        In [0, 1/2]; equals (1 - AUROC of detecting errors) a (1 - a) + (1 - a)^2 / 2 at accuracy a; lower is better.

    Source:
        Traub et al. 2024, https://arxiv.org/abs/2407.01032

    Example:
        >>> augrc([0.1, 0.2, 0.3, 0.9], [True, True, True, False])  # a trapezoid from 0 to 1/4 over the last quarter
        0.03125
    """
    curve = accuracy_coverage_curve(uncertainty, correct)
    area = np.trapezoid(np.append(0, curve.num_errors), np.append(0, curve.num_accepted))
    return float(area / curve.num_accepted[-1] ** 2)


def guaranteed_coverage(
    uncertainty: ArrayLike, correct: ArrayLike, risk: float, delta: float
) -> tuple[float, float | None]:
    """The largest coverage whose risk is at most `risk` with probability 1 - delta over the calibration sample.

    By `core.metrics.guarantee.sgr`, whose docstring says under which assumption that is proven.

    Args:
        uncertainty: (num_samples,), of a calibration sample that was used to choose nothing else.
        correct: (num_samples,) bool.
        risk: the wanted bound on the error rate of the accepted, in (0, 1).
        delta: the allowed probability that the bound fails, in (0, 1).

    Returns:
        Coverage and threshold; (0.0, None) if no threshold's bound holds.

    Source:
        Geifman & El-Yaniv 2017, "Selective Classification for Deep Neural Networks", https://arxiv.org/abs/1705.08500

    Example:
        >>> uncertainty, correct = np.arange(1000), np.arange(1000) < 900  # the 100 least certain are wrong
        >>> guaranteed_coverage(uncertainty, correct, risk=0.05, delta=0.01)
        (0.926, 925.0)
        >>> guaranteed_coverage(uncertainty[:50], correct[:50], risk=0.05, delta=0.01)  # too few to guarantee it
        (0.0, None)
    """
    found = sgr(uncertainty, correct, risk, delta)
    return found.coverage, found.threshold


def chow_threshold(error_cost: float, reject_cost: float) -> float:
    """The threshold on least confidence, reject_cost / error_cost, with the lowest expected cost if calibrated.

    "max p < 0.5" means that an error costs as much as two refusals. Useful only below 1 - 1/num_classes.

    Raises:
        ValueError: error_cost is not positive or reject_cost is negative.

    Source:
        Chow 1970, https://doi.org/10.1109/TIT.1970.1054406

    Example:
        >>> chow_threshold(error_cost=2, reject_cost=1)
        0.5
    """
    if error_cost <= 0 or reject_cost < 0:
        raise ValueError(f"error_cost must be positive and reject_cost not negative, got {error_cost}, {reject_cost}.")
    return reject_cost / error_cost


def expected_cost(
    uncertainty: ArrayLike, correct: ArrayLike, threshold: float, error_cost: float, reject_cost: float
) -> float:
    """Mean cost per sample: error_cost for each accepted error, reject_cost for each refusal.

    Raises:
        ValueError: there is no sample, the shapes differ, or a score or the threshold is NaN.

    Source:
        Chow 1970, https://doi.org/10.1109/TIT.1970.1054406

    Example:
        >>> expected_cost([0.1, 0.2, 0.3, 0.9], [True, True, False, False], 0.5, error_cost=2, reject_cost=1)
        0.75
    """
    uncertainty, correct = checked(uncertainty, correct)
    if np.isnan(threshold):
        raise ValueError("threshold must be a number, got NaN.")
    accepted = uncertainty <= threshold
    errors = accepted & ~correct
    return float(error_cost * errors.mean() + reject_cost * (1 - accepted.mean()))


def _last_with_risk(curve: AccuracyCoverageCurve, risk: float) -> int | None:
    """The last point whose risk is at most this; None if there is none."""
    # Counts are compared, because rounded fractions of equal size may differ.
    good = np.flatnonzero(curve.num_errors <= (risk + SAME) * curve.num_accepted)
    return int(good[-1]) if len(good) else None


def _risk_of_most_certain(uncertainty: ArrayLike, correct: ArrayLike) -> Array:
    """(num_samples,): expected risk of the k most certain, k = 1 ... n, under random order inside each tie."""
    curve = accuracy_coverage_curve(uncertainty, correct)
    k = np.arange(1, int(curve.num_accepted[-1]) + 1)
    # Inside a tie block the expected number of errors grows linearly.
    return np.asarray(np.interp(k, np.append(0, curve.num_accepted), np.append(0, curve.num_errors)) / k)
