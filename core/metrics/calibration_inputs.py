"""What all measures of calibration ask of their arrays, and the bins of equal width that several of them count in."""

import numpy as np
from numpy.typing import NDArray


def check_inputs(name: str, values: NDArray[np.floating], labels: NDArray[np.integer], num_bins: int = 1) -> None:
    """Refuse probabilities or logits that do not fit the labels.

    Args:
        name: of the values, for the error.
        values: must be (num_samples, num_classes), at least one sample.
        labels: must be (num_samples,).
        num_bins: must be at least 1.

    Raises:
        ValueError: something is not as it must be.

    Example:
        >>> check_inputs("probs", np.array([[0.8, 0.2]]), np.array([0]))  # nothing to refuse
    """
    if values.ndim != 2 or labels.shape != values.shape[:1] or not len(values):
        raise ValueError(
            f"{name} and labels must have shapes (num_samples, num_classes) and (num_samples,), at least one sample, "
            f"got {values.shape} and {labels.shape}."
        )
    if num_bins < 1:
        raise ValueError(f"num_bins must be at least 1, got {num_bins}.")


def bin_edges(num_bins: int) -> NDArray[np.float64]:
    """(num_bins + 1,): the ends of bins of equal width from 0 to 1.

    Example:
        >>> bin_edges(2).tolist()
        [0.0, 0.5, 1.0]
    """
    return np.linspace(0, 1, num_bins + 1)


def bins_of(values: NDArray[np.floating], num_bins: int) -> NDArray[np.intp]:
    """The bin (lower, upper] of each value, from 0 on; a value of 0 belongs to the first bin.

    Args:
        values: any shape, in [0, 1].
        num_bins: of equal width, at least 1.

    Example:
        >>> bins_of(np.array([0, 0.5, 0.51, 1]), num_bins=2).tolist()
        [0, 0, 1, 1]
    """
    bins = np.searchsorted(bin_edges(num_bins), values, side="left") - 1
    return np.asarray(np.clip(bins, 0, num_bins - 1))
