"""Other measures of calibration beside the expected calibration error: other bins, all classes, squares, likelihood.

probs are (num_samples, num_classes); confidence is the largest probability of a sample.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from core.metrics.calibration_inputs import bins_of, check_inputs


def adaptive_calibration_error(probs: NDArray[np.floating], labels: NDArray[np.integer], num_bins: int = 15) -> float:
    """The expected calibration error over bins with about equally many samples.

    Equal confidences stay together, so a bin may have more samples, and there may be fewer bins.

    Args:
        probs: (num_samples, num_classes), at least one sample.
        labels: (num_samples,).
        num_bins: at least 1.

    Returns:
        In [0, 1]; 0 is perfectly calibrated.

    Raises:
        ValueError: the shapes do not fit together, or num_bins is less than 1.

    Source:
        Nguyen & O'Connor 2015, https://arxiv.org/abs/1508.05154. Nixon et al. 2019, https://arxiv.org/abs/1904.01685, whose
        adaptive error is the mean over all classes instead.

    Example:
        >>> probs = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
        >>> round(adaptive_calibration_error(probs, np.array([0, 0, 0, 1]), num_bins=2), 3)  # 0.15 twice
        0.15
    """
    check_inputs("probs", probs, labels, num_bins)
    confidence = probs.max(axis=1)
    # The last of each bin; whoever has the same confidence belongs to the same bin.
    last = np.ceil(np.arange(1, num_bins) * len(confidence) / num_bins - 1e-9).astype(int) - 1
    bins = np.searchsorted(np.sort(confidence)[np.maximum(last, 0)], confidence, side="left")
    right = probs.argmax(axis=1) == labels
    return float(np.abs(np.bincount(bins, right - confidence)).sum() / len(probs))


def classwise_calibration_error(probs: NDArray[np.floating], labels: NDArray[np.integer], num_bins: int = 15) -> float:
    """The mean over the classes of the calibration error of each class's probability, over bins of equal width.

    Unlike the expected calibration error it looks at every probability and not only at the largest.

    Args:
        probs: (num_samples, num_classes), at least one sample.
        labels: (num_samples,).
        num_bins: at least 1; bins are (lower, upper], 0 belongs to the first.

    Returns:
        In [0, 1]; 0 is perfectly calibrated.

    Raises:
        ValueError: the shapes do not fit together, or num_bins is less than 1.

    Source:
        Kull et al. 2019, https://arxiv.org/abs/1910.12656

    Example:
        >>> probs = np.array([[0.8, 0.2], [0.8, 0.2]])
        >>> round(classwise_calibration_error(probs, np.array([0, 1])), 3)  # 50 % each, instead of 80 % and 20 %
        0.3
    """
    check_inputs("probs", probs, labels, num_bins)
    num_classes = probs.shape[1]
    bins = bins_of(probs, num_bins)
    residual = -np.asarray(probs, np.float64)
    residual[np.arange(len(labels)), labels] += 1
    cells = np.bincount((bins + num_bins * np.arange(num_classes)).ravel(), residual.ravel())
    return float(np.abs(cells).sum() / probs.size)


def brier_score(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Mean squared distance of the probabilities to the truth, summed over all classes.

    Args:
        probs: (num_samples, num_classes), at least one sample.
        labels: (num_samples,).

    Returns:
        In [0, 2]; lower is better.

    Raises:
        ValueError: the shapes do not fit together.

    Source:
        Brier 1950, https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2

    Example:
        >>> round(brier_score(np.array([[0.8, 0.2]]), np.array([0])), 3)  # 0.2 squared, twice
        0.08
    """
    check_inputs("probs", probs, labels)
    residual = np.asarray(probs, np.float64).copy()
    residual[np.arange(len(labels)), labels] -= 1
    return float((residual**2).sum() / len(probs))


def negative_log_likelihood(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Mean of minus the logarithm of the probability of the true class: the cross-entropy.

    It comes from the logits, because a probability may be too small to be told from 0.

    Args:
        logits: (num_samples, num_classes), before the softmax, at least one sample.
        labels: (num_samples,).

    Returns:
        In nats, at least 0; ln(num_classes) for equal probabilities.

    Raises:
        ValueError: the shapes do not fit together.

    Source:
        Guo et al. 2017, https://arxiv.org/abs/1706.04599

    Example:
        >>> round(negative_log_likelihood(np.array([[0.0, 0.0], [1000, 0]]), np.array([0, 1])), 3)  # (ln 2 + 1000) / 2
        500.347
    """
    check_inputs("logits", logits, labels)
    exact = np.asarray(logits, np.float64)
    return float((logsumexp(exact, axis=1) - exact[np.arange(len(labels)), labels]).mean())
