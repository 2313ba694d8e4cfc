"""Every measure of calibration of one set of answers at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.calibration import reliability_bins
from core.metrics.calibration_errors import (
    adaptive_calibration_error,
    brier_score,
    classwise_calibration_error,
    negative_log_likelihood,
)
from core.metrics.predictions import softmax
from core.metrics.smooth_calibration import smooth_calibration_error


@dataclass(frozen=True)
class CalibrationSummary:
    """Measures of calibration, each as the function of that name in core.metrics; lower is better but for accuracy.

    Attributes:
        accuracy: share of right answers, a fraction.
        confidence: mean largest probability, a fraction.
        ece, adaptive, classwise, smooth: calibration errors, in [0, 1].
        brier: in [0, 2].
        nll: negative log-likelihood, in nats.
    """

    accuracy: float
    confidence: float
    ece: float
    adaptive: float
    classwise: float
    smooth: float
    brier: float
    nll: float


def calibration_summary(
    logits: NDArray[np.floating], labels: NDArray[np.integer], num_bins: int = 15, temperature: float = 1.0
) -> CalibrationSummary:
    """All measures of calibration of the probabilities softmax(logits / temperature).

    Args:
        logits: (num_samples, num_classes), before the softmax, at least one sample.
        labels: (num_samples,).
        num_bins: of the expected, the adaptive and the classwise error, at least 1.
        temperature: above 0, finite.

    Raises:
        ValueError: the shapes do not fit together, num_bins is less than 1, or the temperature is not above 0 and finite.

    Example:
        >>> logits = np.log([[0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.2, 0.8]])
        >>> found = calibration_summary(logits, np.array([0, 0, 0, 0]))  # says 80 %, and 75 % are right
        >>> round(found.accuracy, 3), round(found.confidence, 3), round(found.ece, 3), round(found.brier, 3)
        (0.75, 0.8, 0.05, 0.38)
    """
    if not 0 < temperature < np.inf:
        raise ValueError(
            f"temperature must be above 0 and finite, got {temperature}. Use 1 to leave the logits as they are."
        )
    scaled = np.asarray(logits, np.float64) / temperature
    probs = softmax(scaled)
    return CalibrationSummary(
        float((probs.argmax(axis=1) == labels).mean()),
        float(probs.max(axis=1).mean()),
        reliability_bins(probs, labels, num_bins).error,
        adaptive_calibration_error(probs, labels, num_bins),
        classwise_calibration_error(probs, labels, num_bins),
        smooth_calibration_error(probs, labels),
        brier_score(probs, labels),
        negative_log_likelihood(scaled, labels),
    )
