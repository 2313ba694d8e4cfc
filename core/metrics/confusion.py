"""Who is taken for whom. Rows are the true classes, columns what was answered."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.predictions import Predictions


def confusion_matrix(predictions: Predictions, rejected: ArrayLike | None = None) -> NDArray[np.intp]:
    """Counts of true class against answer.

    Args:
        predictions: of num_samples samples.
        rejected: (num_samples,) bool, which samples are refused; None for a classifier that always answers.

    Returns:
        (num_classes, num_classes), or with `rejected` (num_classes, num_classes + 1), whose last column counts the
        refused. A row sums to the number of samples of its class.

    Raises:
        ValueError: rejected has another length than the predictions.
    """
    num_classes, answers = predictions.num_classes, predictions.predicted
    if rejected is not None:
        rejected = np.asarray(rejected, dtype=bool)
        if rejected.shape != predictions.labels.shape:
            raise ValueError(f"rejected must have shape {predictions.labels.shape}, got {rejected.shape}.")
        answers = np.where(rejected, num_classes, answers)
    num_columns = num_classes + (rejected is not None)
    counts = np.bincount(predictions.labels * num_columns + answers, minlength=num_classes * num_columns)
    return counts.reshape(num_classes, num_columns)
