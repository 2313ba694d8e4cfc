"""Blends of two pictures, in equal steps."""

import numpy as np
from numpy.typing import NDArray


def ladder(first: NDArray[np.uint8], last: NDArray[np.uint8], num_steps: int) -> NDArray[np.uint8]:
    """Linear blends of two pictures, pixel by pixel, from the first to the last.

    Args:
        first, last: (height, width, channels) uint8, of the same shape.
        num_steps: number of pictures including these two, at least 2.

    Returns:
        (num_steps, height, width, channels) uint8.

    Raises:
        ValueError: the shapes differ or there are fewer than two steps.
    """
    if first.shape != last.shape or num_steps < 2:
        raise ValueError(
            f"Expected two pictures of one shape and at least 2 steps, got {first.shape}, {last.shape}, {num_steps}."
        )
    share = np.linspace(0, 1, num_steps)[:, None, None, None]
    return ((1 - share) * first + share * last).round().astype(np.uint8)
