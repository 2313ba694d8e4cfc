"""What a temperature does to the answers of one split: softmax(logits / T) for many T.

T above 1 makes all answers less sure, T below 1 surer. No answer changes, and neither does the accuracy.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.calibration import ReliabilityBins, confidence_bins
from core.metrics.calibration_inputs import check_inputs
from core.metrics.selective import AccuracyCoverageCurve, accuracy_coverage_curve

Array = NDArray[np.float64]
LOWEST, HIGHEST, NUM_STEPS = 0.2, 5.0, 40  # of the temperatures to choose from, in equal ratios
SAME = 1e-9  # relative


@dataclass(frozen=True, eq=False)
class AtTemperature:
    """The answers of one split at one temperature.

    Attributes:
        temperature: T.
        confidence: (num_samples,), the largest probabilities, fractions.
        nll: negative log-likelihood, in nats.
        aurc: area under the risk-coverage curve of least confidence.
        bins: of the reliability diagram.
        curve: accuracy against coverage; least confidence refuses first what is least sure. Its thresholds are log odds.
    """

    temperature: float
    confidence: Array
    nll: float
    aurc: float
    bins: ReliabilityBins
    curve: AccuracyCoverageCurve


def temperature_stops(fitted: float) -> Array:
    """Temperatures to choose from: from LOWEST to HIGHEST in equal ratios, 1 among them, and the fitted one.

    Args:
        fitted: as `core.metrics.calibration.fit_temperature` returns it; 0 and infinity are left out.

    Returns:
        (num_stops,), ascending.

    Example:
        >>> stops = temperature_stops(1.3)
        >>> float(stops[0]), float(stops[-1]), 1 in stops, 1.3 in stops, len(stops)
        (0.2, 5.0, True, True, 41)
    """
    even = np.geomspace(LOWEST, HIGHEST, NUM_STEPS + 1)
    even[NUM_STEPS // 2] = 1
    if not 0 < fitted < np.inf:
        return even
    # A step next to the fitted one would look like it. 1 stays: it leaves the logits as they are.
    apart = 2 * np.abs(np.log(even / fitted)) > np.log(even[1] / even[0])
    return np.unique(np.append(even[apart | (even == 1)], fitted))


def at_temperatures(
    logits: NDArray[np.floating], labels: NDArray[np.integer], temperatures: NDArray[np.floating], num_bins: int = 15
) -> list[AtTemperature]:
    """What each temperature makes of the answers.

    Samples are ranked by the logarithm of the odds of an error, (1 - p) / p of the largest probability p. The ranking is that
    of least confidence, but in float64 1 - p has equal values where T is small and the log odds have not.

    Args:
        logits: (num_samples, num_classes), before the softmax, finite, at least one sample.
        labels: (num_samples,).
        temperatures: (num_temperatures,), above 0 and finite.
        num_bins: of the reliability diagram, at least 1.

    Raises:
        ValueError: the shapes do not fit together, num_bins is less than 1, or a temperature is not above 0 and finite.

    Source:
        Guo et al. 2017, https://arxiv.org/abs/1706.04599

    Example:
        >>> logits = np.log([[0.9, 0.1], [0.6, 0.4]])
        >>> sharp, flat = at_temperatures(logits, np.array([0, 1]), np.array([0.5, 2]))
        >>> sharp.confidence.round(3).tolist(), flat.confidence.round(3).tolist()
        ([0.988, 0.692], [0.75, 0.551])
        >>> round(sharp.nll, 3), round(flat.nll, 3), sharp.aurc == flat.aurc  # two classes: the order cannot change
        (0.595, 0.544, True)
    """
    _check(logits, labels, temperatures, num_bins)
    right = np.asarray(logits).argmax(axis=1) == labels
    found = []
    for temperature, log_odds, nll in _scaled(logits, labels, temperatures):
        confidence = 1 / (1 + np.exp(log_odds))
        curve = accuracy_coverage_curve(log_odds, right)
        area = float((_errors(curve) / np.arange(1, len(labels) + 1)).mean())
        found.append(
            AtTemperature(temperature, confidence, nll, area, confidence_bins(confidence, right, num_bins), curve)
        )
    return found


def likelihoods(logits: NDArray[np.floating], labels: NDArray[np.integer], temperatures: NDArray[np.floating]) -> Array:
    """(num_temperatures,): the negative log-likelihood at each temperature, in nats; arguments as for `at_temperatures`.

    Example:
        >>> likelihoods(np.log([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1]), np.array([0.5, 2])).round(3).tolist()
        [0.595, 0.544]
    """
    _check(logits, labels, temperatures)
    return np.array([nll for _, _, nll in _scaled(logits, labels, temperatures)])


def _check(
    logits: NDArray[np.floating], labels: NDArray[np.integer], temperatures: NDArray[np.floating], num_bins: int = 1
) -> None:
    check_inputs("logits", logits, labels, num_bins)
    if not ((temperatures > 0) & np.isfinite(temperatures)).all():
        raise ValueError(f"temperatures must be above 0 and finite, got {temperatures}.")


def _scaled(
    logits: NDArray[np.floating], labels: NDArray[np.integer], temperatures: NDArray[np.floating]
) -> Iterator[tuple[float, Array, float]]:
    """Each temperature, the log odds of an error of each sample, and the negative log-likelihood."""
    exact = np.asarray(logits, np.float64)
    # One row per class, the largest first: NumPy is slow over an axis as short as that of the classes.
    ranked = np.ascontiguousarray(-np.sort(-exact, axis=1).T)
    second = ranked[1] - ranked[0] if len(ranked) > 1 else np.full(len(labels), -np.inf)
    others = ranked[1:] - ranked[1:2]  # below the second largest, so that not all of their exponentials vanish
    below_largest = exact[np.arange(len(labels)), labels] - ranked[0]
    for temperature in temperatures.tolist():
        scaled = others / temperature
        total = np.exp(scaled, out=scaled).sum(axis=0) if len(others) else np.ones(len(labels))
        log_odds = second / temperature + np.log(total)
        yield temperature, log_odds, float((np.log1p(np.exp(log_odds)) - below_largest / temperature).mean())


def _errors(curve: AccuracyCoverageCurve) -> Array:
    """(num_samples,): errors among the k most certain, k = 1 ... n, as expected under random order inside each tie."""
    k = np.arange(1, int(curve.num_accepted[-1]) + 1)
    return np.asarray(np.interp(k, np.append(0, curve.num_accepted), np.append(0, curve.num_errors)))


@dataclass(frozen=True)
class CurveDistance:
    """Where two accuracy-coverage curves of the same samples lie furthest apart.

    Attributes:
        accuracy: absolute difference of the two accuracies, a fraction.
        num_errors: absolute difference of the numbers of errors there.
        num_accepted: how many samples are accepted there; the largest such number.
    """

    accuracy: float
    num_errors: float
    num_accepted: int


def curve_distance(first: AccuracyCoverageCurve, second: AccuracyCoverageCurve) -> CurveDistance:
    """The largest difference of accuracy at equal coverage, over the k most certain samples for k = 1 to all.

    Inside a tie the number of errors is the expected one under random order.

    Raises:
        ValueError: the curves have different numbers of samples.

    Example:
        >>> first = accuracy_coverage_curve([0.1, 0.2, 0.3, 0.4], [True, True, True, False])
        >>> curve_distance(first, accuracy_coverage_curve([0.1, 0.2, 0.4, 0.3], [True, True, True, False]))
        CurveDistance(accuracy=0.3333333333333333, num_errors=1.0, num_accepted=3)
    """
    num_samples = int(first.num_accepted[-1])
    if num_samples != second.num_accepted[-1]:
        raise ValueError(
            f"both curves must be of the same samples, got {num_samples} and {second.num_accepted[-1]} of them."
        )
    k = np.arange(1, num_samples + 1)
    apart = np.abs(_errors(first) - _errors(second)) / k
    furthest = int(np.flatnonzero(apart >= apart.max() - SAME)[-1])
    most = float(apart[furthest])
    return CurveDistance(most, most * (furthest + 1), furthest + 1)
