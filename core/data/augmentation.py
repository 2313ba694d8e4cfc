"""Changes of training images that leave their labels true."""

import numpy as np
from numpy.typing import NDArray


def shifted(images: NDArray[np.uint8], offsets: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Each image moved by whole pixels; what comes into view is black.

    Args:
        images: (num_samples, height, width, channels) uint8.
        offsets: (num_samples, 2) pixels down and to the right, smaller than the image; negative is up and to the left.

    Returns:
        As images, a new array.
    """
    height, width = images.shape[1:3]
    moved = np.zeros_like(images)
    # One copy a distinct offset, of which there are few, instead of one an image.
    for down, right in np.unique(offsets, axis=0):
        chosen = np.flatnonzero((offsets == (down, right)).all(axis=1))
        rows, columns = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
        from_rows = slice(max(-down, 0), height - max(down, 0))
        from_columns = slice(max(-right, 0), width - max(right, 0))
        moved[chosen, rows, columns] = images[chosen, from_rows, from_columns]
    return moved
