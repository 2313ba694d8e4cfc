"""Selective prediction with a guaranteed risk: of what is accepted, at most a share r is wrong, with probability 1 - delta.

The probability is over the calibration sample: of many such samples, a share delta at most leads to a threshold whose
true risk is higher. Calibration samples must be drawn like the new ones, and must not have been used to choose the
network, the score or the temperature. Larger scores are less certain; risk, delta and coverage are fractions.

Two procedures make the same promise: `sgr` here and `core.metrics.fixed_sequence`, which needs one assumption less.
"""

from dataclasses import dataclass, replace
from math import ceil, log2, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, betainccinv

from core.metrics.ranked import checked

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Guarantee:
    """The largest coverage whose bound on the risk is at most what was wanted.

    Attributes:
        threshold: the largest uncertainty that is accepted; None if no bound holds.
        coverage: share of the calibration samples that is accepted, 0 without threshold.
        bound: on the risk of what is accepted, at most the wanted risk; NaN without threshold.
        num_accepted, num_errors: of the calibration samples, at the threshold.
        num_tried: how many bounds were looked at.
    """

    threshold: float | None
    coverage: float
    bound: float
    num_accepted: int
    num_errors: int
    num_tried: int


def none_holds(num_tried: int) -> Guarantee:
    """What is returned if no bound holds: nothing is accepted.

    Example:
        >>> none_holds(3).coverage
        0.0
    """
    return Guarantee(None, 0.0, nan, 0, 0, num_tried)


def risk_bound(num_errors: ArrayLike, num_accepted: ArrayLike, delta: float) -> Array:
    """The exact upper confidence bound of an error rate, at each threshold by itself.

    Args:
        num_errors: (num_points,), among the accepted.
        num_accepted: (num_points,), independent samples.
        delta: the probability, at most, that the true error rate is higher, in (0, 1).

    Returns:
        (num_points,), in (0, 1]; 1 where all are wrong or nothing is accepted.

    Raises:
        ValueError: delta is not in (0, 1), or more errors than samples are given.

    Source:
        Clopper & Pearson 1934, https://doi.org/10.1093/biomet/26.4.404

    Example:
        >>> risk_bound([0, 1, 5], [300, 300, 5], delta=0.05).round(4).tolist()
        [0.0099, 0.0157, 1.0]
    """
    _check_fraction("delta", delta)
    errors, accepted = np.asarray(num_errors, np.float64), np.asarray(num_accepted, np.float64)
    if (errors < 0).any() or (errors > accepted).any():
        raise ValueError("num_errors must be at least 0 and at most num_accepted.")
    bound = betainccinv(errors + 1, np.maximum(accepted - errors, 1), delta)
    return np.asarray(np.where(errors == accepted, 1.0, bound))


def samples_needed(risk: float, delta: float, num_errors: int = 0) -> int:
    """How many samples must be accepted, with so many errors among them, for the bound to be at most `risk`.

    Without an error it is the smallest m with (1 - risk)^m <= delta, slightly less than ln(1 / delta) / risk.

    Raises:
        ValueError: risk or delta is not in (0, 1), or num_errors is negative.

    Example:
        >>> samples_needed(risk=0.01, delta=0.05), samples_needed(risk=0.01, delta=0.05, num_errors=1)
        (299, 473)
    """
    _check_fraction("risk", risk)
    _check_fraction("delta", delta)
    if num_errors < 0:
        raise ValueError(f"num_errors must be at least 0, got {num_errors}.")
    # The bound is at most the risk if and only if so few errors have at most probability delta under this risk.
    low, high = num_errors, num_errors + 1
    while bdtr(num_errors, high, risk) > delta:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if bdtr(num_errors, middle, risk) > delta else (low, middle)
    return high


def sgr(uncertainty: ArrayLike, correct: ArrayLike, risk: float, delta: float) -> Guarantee:
    """Selection with guaranteed risk: a bisection for the largest coverage whose bound is at most `risk`.

    Each of at most ceil(log2 n) tries gets the share delta / ceil(log2 n). The largest coverage whose bound held is
    returned, not the last one tried as in the paper's listing, whose bound may not hold.

    Is that valid, although the thresholds come from the sample on which they are tested?

    - *Thresholds from the scores of the same sample* do no harm if the sample that sets the threshold is not counted. Let t be
      the i-th smallest score. Given t, the samples with a score below t are independent draws from all that has a score
      below t. So the bound is exact for them. Here a try counts those below the (i+1)-th smallest score. Counting that
      sample, too, would not be covered, nor would be the i-th *distinct* score, whose place depends on the ties.
    - *Which thresholds are tried* depends on the labels: a bound that holds sends the bisection to the right. The paper adds
      up delta over the ceil(log2 n) thresholds of one path, but there are up to n that other labels could have led
      to. For an arbitrary risk that sum is not a proof. It is one if the **true risk never falls while the threshold
      rises**: a false promise then needs a bound that wrongly holds on the path of the bisection that knows the truth, because
      after a bound that wrongly fails only thresholds with less risk follow. That path depends on how many samples lie
      below the point where the true risk passes r, and on nothing else below it. Given this number, each threshold of the
      path beyond that point has at least as many errors as with the risk r. So its bound holds with probability
      delta / ceil(log2 n) at most.

    So the promise is proven for a score whose true risk does not fall while the threshold rises, as it should be with a
    score that is good for anything. `core.metrics.fixed_sequence.fixed_sequence` needs no such assumption.

    Args:
        uncertainty: (num_samples,), of a calibration sample that was used to choose nothing else.
        correct: (num_samples,) bool.
        risk: the wanted bound on the error rate of the accepted, in (0, 1).
        delta: the allowed probability that the true risk is higher, in (0, 1).

    Raises:
        ValueError: there is no sample, the shapes differ, a score is NaN, or risk or delta is not in (0, 1).

    Source:
        Geifman & El-Yaniv 2017, "Selective Classification for Deep Neural Networks", https://arxiv.org/abs/1705.08500

    Example:
        >>> found = sgr(np.arange(1000), np.arange(1000) < 900, risk=0.05, delta=0.01)  # the 100 least certain are wrong
        >>> found.coverage, found.threshold, found.num_errors, round(found.bound, 4), found.num_tried
        (0.926, 925.0, 26, 0.0491, 10)
    """
    uncertainty, correct = checked(uncertainty, correct)
    num_samples = len(correct)
    num_tries = max(ceil(log2(num_samples)), 1)
    share = delta / num_tries
    order = np.argsort(uncertainty)
    ranked = uncertainty[order]
    num_errors = np.append(0, np.cumsum(~correct[order]))
    # Fewer could not pass even without an error. That is known before the sample is seen.
    low, high = samples_needed(risk, share), num_samples
    best, tried = None, 0
    while low <= high and tried < num_tries:
        place, tried = (low + high) // 2, tried + 1
        accepted = num_samples if place == num_samples else int(np.searchsorted(ranked, ranked[place]))
        bound = float(risk_bound(num_errors[accepted], accepted, share))
        if accepted and bound <= risk:
            # Anything below the next score accepts the same samples; of these thresholds the smallest has the least risk.
            best = Guarantee(
                float(ranked[accepted - 1]), accepted / num_samples, bound, accepted, int(num_errors[accepted]), tried
            )
        # Where ties leave nothing to accept, nothing can be wrong: go on to the right.
        if bound <= risk or not accepted:
            low = place + 1
        else:
            high = place - 1
    return none_holds(tried) if best is None else replace(best, num_tried=tried)


@dataclass(frozen=True, eq=False)
class RiskCurve:
    """The risk on a calibration sample and its bound, one point per distinct score, the most certain first.

    Attributes:
        threshold: (num_points,), ascending.
        coverage: (num_points,), fractions ascending to 1.
        risk: (num_points,), error rate of the accepted.
        bound: (num_points,), upper confidence bound of the risk, at each threshold by itself.
    """

    threshold: Array
    coverage: Array
    risk: Array
    bound: Array


def risk_curve(uncertainty: ArrayLike, correct: ArrayLike, delta: float) -> RiskCurve:
    """Risk and bound at all thresholds, to be drawn one above the other.

    Each bound may fail with probability delta by itself. To pick the threshold where this curve crosses the wanted risk
    is no guarantee: use `sgr` or `core.metrics.fixed_sequence.fixed_sequence`.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,) bool.
        delta: in (0, 1).

    Raises:
        ValueError: there is no sample, the shapes differ, a score is NaN, or delta is not in (0, 1).

    Example:
        >>> curve = risk_curve(np.arange(100), np.arange(100) < 90, delta=0.05)
        >>> curve.risk[[49, 99]].tolist(), curve.bound[[49, 99]].round(2).tolist()
        ([0.0, 0.1], [0.06, 0.16])
    """
    uncertainty, correct = checked(uncertainty, correct)
    order = np.argsort(uncertainty)
    ranked = uncertainty[order]
    last_of_tie = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    num_accepted, num_errors = last_of_tie + 1, np.cumsum(~correct[order])[last_of_tie]
    return RiskCurve(
        threshold=ranked[last_of_tie],
        coverage=num_accepted / len(correct),
        risk=num_errors / num_accepted,
        bound=risk_bound(num_errors, num_accepted, delta),
    )


def _check_fraction(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must be a fraction between 0 and 1, got {value}.")
