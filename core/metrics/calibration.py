"""Calibration: are 80 % of the answers that are given with a probability of 80 % right?

probs are (num_samples, num_classes); confidence is the largest probability of a sample. All values are fractions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from core.metrics.calibration_errors import adaptive_calibration_error as adaptive_calibration_error
from core.metrics.calibration_errors import brier_score as brier_score
from core.metrics.calibration_errors import classwise_calibration_error as classwise_calibration_error
from core.metrics.calibration_errors import negative_log_likelihood as negative_log_likelihood
from core.metrics.calibration_inputs import bin_edges, bins_of, check_inputs

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ReliabilityBins:
    """Confidence and accuracy of the answers in each bin of equal width; each is (num_bins,).

    Attributes:
        lower, upper: the ends of a bin, (lower, upper]; 0 belongs to the first bin.
        count: number of samples.
        confidence: mean largest probability, a fraction; NaN in an empty bin.
        accuracy: share of right answers, a fraction; NaN in an empty bin.
    """

    lower: Array
    upper: Array
    count: NDArray[np.intp]
    confidence: Array
    accuracy: Array

    @property
    def shares(self) -> Array:
        """(num_bins,): what each bin adds to the expected calibration error, |accuracy - confidence| weighted by count."""
        weights = self.count / max(self.count.sum(), 1)
        return np.asarray(weights * np.where(self.count > 0, np.abs(self.accuracy - self.confidence), 0))

    @property
    def error(self) -> float:
        """The expected calibration error, in [0, 1]; 0 without samples."""
        return float(self.shares.sum())


def reliability_bins(probs: NDArray[np.floating], labels: NDArray[np.integer], num_bins: int = 15) -> ReliabilityBins:
    """The bins of a reliability diagram. The gaps |accuracy - confidence|, weighted by count, have the ECE as their mean.

    Args:
        probs: (num_samples, num_classes), at least one sample.
        labels: (num_samples,).
        num_bins: at least 1.

    Raises:
        ValueError: the shapes do not fit together, or num_bins is less than 1.

    Source:
        Niculescu-Mizil & Caruana 2005, https://doi.org/10.1145/1102351.1102430; Guo et al. 2017,
        https://arxiv.org/abs/1706.04599.

    Example:
        >>> probs = np.array([[0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.4, 0.6]])
        >>> bins = reliability_bins(probs, np.array([0, 0, 1, 1]), num_bins=2)
        >>> bins.count.tolist(), bins.confidence.round(2).tolist(), bins.accuracy.tolist()
        ([0, 4], [nan, 0.75], [nan, 0.75])
    """
    check_inputs("probs", probs, labels, num_bins)
    return confidence_bins(probs.max(axis=1), probs.argmax(axis=1) == labels, num_bins)


def confidence_bins(confidence: NDArray[np.floating], right: NDArray[np.bool_], num_bins: int = 15) -> ReliabilityBins:
    """The bins of a reliability diagram from the confidences alone.

    Args:
        confidence: (num_samples,), the largest probabilities, in [0, 1]; may be empty.
        right: (num_samples,), whether each answer is right.
        num_bins: at least 1.

    Example:
        >>> confidence_bins(np.array([0.3, 0.9, 0.9]), np.array([True, True, False]), num_bins=2).accuracy.tolist()
        [1.0, 0.5]
    """
    bins, edges = bins_of(confidence, num_bins), bin_edges(num_bins)
    count = np.bincount(bins, minlength=num_bins)
    means = [
        np.divide(sums, count, out=np.full(num_bins, np.nan), where=count > 0)
        for sums in (np.bincount(bins, values, minlength=num_bins) for values in (confidence, right))
    ]
    return ReliabilityBins(edges[:-1], edges[1:], count, *means)


def expected_calibration_error(probs: NDArray[np.floating], labels: NDArray[np.integer], num_bins: int = 15) -> float:
    """Expected calibration error: the mean absolute gap between confidence and accuracy over bins of equal width.

    Bins are weighted by their number of samples. They are (lower, upper]; 0 belongs to the first.

    Args:
        probs: (num_samples, num_classes), at least one sample.
        labels: (num_samples,).
        num_bins: at least 1.

    Returns:
        In [0, 1]; 0 is perfectly calibrated.

    Raises:
        ValueError: the shapes do not fit together, or num_bins is less than 1.

    Source:
        Naeini et al. 2015, https://doi.org/10.1609/aaai.v29i1.9602; Guo et al. 2017, https://arxiv.org/abs/1706.04599.

    Example:
        >>> probs = np.array([[0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.2, 0.8]])
        >>> round(expected_calibration_error(probs, np.array([0, 0, 0, 0])), 3)  # 75 % of the answers are right
        0.05
    """
    return reliability_bins(probs, labels, num_bins).error


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The temperature T with which the probabilities softmax(logits / T) have the lowest cross-entropy.

    Fit on validation images. Above 1 the classifier was overconfident, below 1 underconfident; no answer changes.

    Args:
        logits: (num_samples, num_classes), before the softmax, at least one sample.
        labels: (num_samples,).

    Returns:
        T, above 0. 0 where every label has the largest logit, because the cross-entropy then falls for ever smaller T;
        infinity where equal probabilities are best.

    Raises:
        ValueError: the shapes do not fit together.

    Source:
        Guo et al. 2017, https://arxiv.org/abs/1706.04599

    Example:
        >>> from core.metrics.predictions import softmax
        >>> logits = np.log([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1]])  # says 90 %, and two of three are right
        >>> T = fit_temperature(logits, np.array([0, 0, 1]))
        >>> round(T, 3), (softmax(logits / T)[0]).round(3).tolist()
        (3.17, [0.667, 0.333])
    """
    check_inputs("logits", logits, labels)
    exact = np.asarray(logits, np.float64)
    # Below the largest logit, so that no multiple overflows; the probabilities are the same.
    below = np.ascontiguousarray((exact - exact.max(axis=1, keepdims=True)).T)
    of_label = float(below[labels, np.arange(len(labels))].mean())

    def slope(inverse: float) -> float:
        """The derivative of the cross-entropy by 1 / T, which never falls, because the cross-entropy is convex in 1 / T."""
        weights = np.exp(inverse * below)
        return float(((weights * below).sum(axis=0) / weights.sum(axis=0)).mean()) - of_label

    if of_label == 0:
        return 0.0
    if slope(0) >= 0:
        return np.inf
    enough = 1.0
    while slope(enough) < 0:
        enough *= 2
    return 1 / float(brentq(slope, 0, enough))
