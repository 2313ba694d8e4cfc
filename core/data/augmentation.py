"""Data augmentation: changes of training images that leave their labels correct."""

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
    # One copy per distinct offset, of which there are few, instead of one per image.
    for down, right in np.unique(offsets, axis=0):
        chosen = np.flatnonzero((offsets == (down, right)).all(axis=1))
        rows, columns = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
        from_rows = slice(max(-down, 0), height - max(down, 0))
        from_columns = slice(max(-right, 0), width - max(right, 0))
        moved[chosen, rows, columns] = images[chosen, from_rows, from_columns]
    return moved


def flipped(images: NDArray[np.uint8], chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The chosen images flipped horizontally.

    Args:
        images: (num_samples, height, width, channels) uint8.
        chosen: (num_samples,) True where an image is flipped.

    Returns:
        As images, a new array.
    """
    mirrored = images.copy()
    mirrored[chosen] = images[chosen, :, ::-1]
    return mirrored


def cut_out(images: NDArray[np.uint8], centres: NDArray[np.integer], size: int) -> NDArray[np.uint8]:
    """Each image with a black square, which may extend beyond the edge.

    Args:
        images: (num_samples, height, width, channels) uint8.
        centres: (num_samples, 2) row and column of the square's centre, inside the image.
        size: side of the square in pixels.

    Returns:
        As images, a new array.

    Source:
        DeVries & Taylor 2017, Improved regularization of convolutional neural networks with cutout,
        https://arxiv.org/abs/1708.04552.
    """
    height, width = images.shape[1:3]
    first = centres - size // 2
    rows, columns = np.arange(height), np.arange(width)
    in_rows = (rows >= first[:, :1]) & (rows < first[:, :1] + size)
    in_columns = (columns >= first[:, 1:]) & (columns < first[:, 1:] + size)
    return images * ~(in_rows[:, :, None] & in_columns[:, None, :])[..., None]
