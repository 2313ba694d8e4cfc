"""Smooth calibration error: how far confidence and accuracy lie apart, with a kernel instead of bins. Nothing is to be chosen."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct, idct
from scipy.optimize import brentq

from core.metrics.calibration_inputs import check_inputs

Array = NDArray[np.float64]
NUM_CELLS = 2**14  # of the grid on [0, 1]; much finer than any bandwidth that matters


def smooth_calibration_error(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The smooth expected calibration error of the answers: smoothed with the bandwidth that equals its own value.

    At each confidence t, the gap between right answers and confidence is averaged over the samples around t, weighted by a
    Gaussian kernel that is reflected at 0 and 1. The error is the mean absolute gap. A wider kernel averages more
    and so never gives a larger error; the bandwidth at which error and bandwidth are equal is the one used.

    Args:
        probs: (num_samples, num_classes), at least one sample.
        labels: (num_samples,).

    Returns:
        In [0, 1]; 0 is perfectly calibrated. Exact to 1e-5 for errors over 1e-3.

    Raises:
        ValueError: the shapes do not fit together.

    Source:
        Błasiok & Nakkiran 2024 (ICLR), "Smooth ECE", https://arxiv.org/abs/2309.12236

    Example:
        >>> probs = np.array([[0.8, 0.2]] * 4)
        >>> round(smooth_calibration_error(probs, np.array([0, 0, 0, 1])), 3)  # 75 % right, 80 % said
        0.05
    """
    check_inputs("probs", probs, labels)
    confidence = np.asarray(probs.max(axis=1), np.float64)
    gaps = _gaps(confidence, (probs.argmax(axis=1) == labels) - confidence)
    # A reflected Gaussian multiplies the k-th cosine by exp(-(pi k bandwidth)^2 / 2), so smoothing is a product.
    cosines, frequency = dct(gaps), np.pi * np.arange(NUM_CELLS)

    def error(bandwidth: float) -> float:
        return float(np.abs(idct(cosines * np.exp(-((frequency * bandwidth) ** 2) / 2))).sum())

    def excess(bandwidth: float) -> float:
        return error(bandwidth) - bandwidth

    # Without smoothing the error is largest. It is below 1, so the two curves cross; at 0 they do if all gaps are 0.
    if excess(0) <= 0:
        return 0.0
    return float(brentq(excess, 0, 1, xtol=1e-9))


def _gaps(confidence: Array, residual: Array) -> Array:
    """(NUM_CELLS,): residuals over the number of samples, each shared by the two cells whose middles are nearest."""
    place = np.clip(confidence * NUM_CELLS - 0.5, 0, NUM_CELLS - 1)
    lower = np.minimum(place.astype(np.intp), NUM_CELLS - 2)
    upper_share = place - lower
    shares = np.bincount(lower, residual * (1 - upper_share), minlength=NUM_CELLS)
    return np.asarray(shares + np.bincount(lower + 1, residual * upper_share, minlength=NUM_CELLS)) / len(confidence)
