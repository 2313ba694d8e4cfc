"""Occlusion: how far the logit falls when a patch of the image is covered."""

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.explanation import Explanation
from core.saliency import targets
from core.saliency.network import Progress, baseline_images, checked, network
from core.saliency.replaced import share_of, values_of_replaced
from core.saliency.targets import ClassIndex


def occlusion(
    model: keras.Model,
    images: ArrayLike,
    class_index: ClassIndex,
    patch: int | None = None,
    stride: int | None = None,
    value: ArrayLike | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """S(x) - S(x with a patch covered), for each pixel the mean over the patches that cover it.

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or another target.
        patch: side of the square, in pixels; default a seventh of the shorter side.
        stride: from one patch to the next, at most `patch`; default half of it. The last patch ends at the border.
        value: a number, one picture, or one picture per sample, in stored units: what covers. Default: halfway between the
            image's smallest and largest value; 0 would not be seen on a black background.
        progress: called with the fraction done, in (0, 1]; raising from it cancels.

    Returns:
        Maps, signed: positive where what is covered speaks for the class; in the proof "value", the target, and
        "num_patches".

    Raises:
        ValueError: patch or stride do not fit the image, or another argument does not fit the model.

    Source:
        Zeiler & Fergus 2014, Visualizing and understanding convolutional networks, https://arxiv.org/abs/1311.2901.
    """
    net = network(model)
    images, goal = checked(net, images, class_index)
    height, width = images.shape[1:3]
    patch = max(1, min(height, width) // 7) if patch is None else patch
    stride = max(1, patch // 2) if stride is None else stride
    if not 1 <= stride <= patch <= min(height, width):
        raise ValueError(
            f"patch must lie in 1 ... {min(height, width)} and stride in 1 ... patch, got {patch} and {stride}. "
            "With a longer stride some pixels would never be covered."
        )
    fill = baseline_images(value, images)
    rows, columns = _covering(height, patch, stride), _covering(width, patch, stride)
    # The first version is the image itself.
    count = 1 + len(rows) * len(columns)
    maps, values = np.zeros((len(images), height, width), np.float32), np.zeros(len(images))

    def kept(versions: NDArray[np.intp]) -> NDArray[np.bool_]:
        row, column = np.divmod(np.maximum(versions - 1, 0), len(columns))
        covered = rows[row][:, :, None] & columns[column][:, None, :]
        return ~covered | (versions == 0)[:, None, None]

    for number, (image, cover) in enumerate(zip(images, fill, strict=True)):
        told = share_of(progress, number, len(images))
        answers = values_of_replaced(net, goal, number, image, cover, count, kept, targets.value, told)
        fall = (answers[0] - answers[1:]).reshape(len(rows), len(columns))
        maps[number] = (rows.T @ fall @ columns) / np.outer(rows.sum(axis=0), columns.sum(axis=0))
        values[number] = answers[0]
    return Explanation(maps, {"value": values, "num_patches": np.full(len(images), count - 1)})


def _covering(size: int, patch: int, stride: int) -> NDArray[np.bool_]:
    """(num_positions, size): which pixels of a line each patch covers."""
    starts = np.unique(np.append(np.arange(0, size - patch + 1, stride), size - patch))
    pixels = np.arange(size)
    return (starts[:, None] <= pixels) & (pixels < starts[:, None] + patch)
