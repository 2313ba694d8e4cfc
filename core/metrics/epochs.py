"""How one split was answered after each epoch of a training."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.calibration import expected_calibration_error
from core.metrics.predictions import softmax
from core.metrics.selective import aurc
from core.metrics.uncertainty import least_confidence

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ByEpoch:
    """Measures of one split after each epoch; each is (num_epochs,).

    Attributes:
        accuracy: share of right answers, higher is better.
        aurc: area under the risk-coverage curve of least confidence, lower is better.
        ece: expected calibration error, lower is better.
    """

    accuracy: Array
    aurc: Array
    ece: Array


def by_epoch(logits: ArrayLike, labels: ArrayLike) -> ByEpoch:
    """Accuracy, AURC and ECE after each epoch.

    Args:
        logits: (num_epochs, num_samples, num_classes), before the softmax, finite, at least one sample.
        labels: (num_samples,) integers, the same for every epoch.

    Raises:
        ValueError: the shapes do not fit together, or a logit is not finite.

    Example:
        >>> found = by_epoch([[[0, 9], [0, 1]], [[9, 0], [0, 1]]], [0, 1])
        >>> found.accuracy.tolist(), found.aurc.tolist(), found.ece.round(2).tolist()
        ([0.5, 1.0], [0.75, 0.0], [0.63, 0.13])
    """
    values, truth = np.asarray(logits), np.asarray(labels)
    if values.ndim != 3 or truth.shape != values.shape[1:2] or not len(truth):
        raise ValueError(
            "logits and labels must have shapes (num_epochs, num_samples, num_classes) and (num_samples,), at least one "
            f"sample, got {values.shape} and {truth.shape}."
        )
    if not np.isfinite(values).all():
        raise ValueError("logits must be finite, got NaN or infinity. Train again with a lower learning rate.")
    # One row per epoch; without an epoch the shape is still (0, 3).
    rows = np.array([_measured(epoch, truth) for epoch in values]).reshape(-1, 3)
    return ByEpoch(*np.ascontiguousarray(rows.T))


def forgettings(correct: ArrayLike) -> NDArray[np.intp]:
    """How often each sample was right after one epoch and wrong after the next.

    Args:
        correct: (num_epochs, num_samples) bool.

    Returns:
        (num_samples,), at most half the number of epochs.

    Raises:
        ValueError: correct has another number of axes.

    Source:
        Toneva et al. 2019, https://arxiv.org/abs/1812.05159, who count it from one batch to the next.

    Example:
        >>> forgettings([[False, True], [True, False], [True, True], [True, False]]).tolist()
        [0, 2]
    """
    right = np.asarray(correct, dtype=bool)
    if right.ndim != 2:
        raise ValueError(f"correct must have shape (num_epochs, num_samples), got {right.shape}.")
    return np.asarray((right[:-1] & ~right[1:]).sum(axis=0))


def _measured(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> tuple[float, float, float]:
    probs = softmax(logits)
    # From the logits, as `Predictions.predicted`: two of them can differ where their probabilities are equal.
    correct = logits.argmax(axis=-1) == labels
    return float(correct.mean()), aurc(least_confidence(probs), correct), expected_calibration_error(probs, labels)
