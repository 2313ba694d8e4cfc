"""LIME: a linear model of the probability when parts of the image are hidden."""

from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.explanation import Explanation
from core.saliency import targets
from core.saliency.network import Progress, baseline_images, checked, network
from core.saliency.replaced import share_of, values_of_replaced
from core.saliency.targets import ClassIndex


def lime(
    model: keras.Model,
    images: ArrayLike,
    class_index: ClassIndex,
    segments: ArrayLike | None = None,
    num_perturbations: int = 1000,
    kernel_width: float = 0.25,
    ridge: float = 1.0,
    value: ArrayLike | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Explanation:
    """Weighted ridge regression of the class's probability on which segments are shown.

    Segments are shown or hidden at random, the first time all are shown. What is closer to the whole image weighs more.
    The same parts are hidden in every image, so that a map does not depend on the images beside it.

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all (of the probability, not the logit), or another target.
        segments: (height, width) or (num_samples, height, width) whole numbers from 0 on, the segment of each pixel;
            default `grid` of 7 by 7.
        num_perturbations: at least 2.
        kernel_width: of the weights exp(-distance^2 / (2 width^2)), with the cosine distance.
        ridge: strength of the penalty on the squared coefficients.
        value: a number, one picture, or one picture per sample, in stored units: what hides a segment. Default: halfway
            between the image's smallest and largest value.
        seed: of what is hidden.
        progress: called with the fraction done, in (0, 1]; raising from it cancels.

    Returns:
        Maps, signed: each pixel has its segment's coefficient; in the proof "r2", the share of the weighted variance
        that the linear model explains, in [0, 1] (1 where there is nothing to explain), and "value".

    Raises:
        ValueError: segments do not fit the images, num_perturbations is below 2, or kernel_width or ridge is not above 0.

    Source:
        Ribeiro et al. 2016, "Why should I trust you?", https://arxiv.org/abs/1602.04938.
    """
    if num_perturbations < 2 or kernel_width <= 0 or ridge <= 0:
        raise ValueError(
            f"num_perturbations must be at least 2, kernel_width and ridge above 0, "
            f"got {num_perturbations}, {kernel_width} and {ridge}."
        )
    net = network(model)
    images, goal = checked(net, images, class_index)
    fill = baseline_images(value, images)
    segments = _checked_segments(grid(*images.shape[1:3]) if segments is None else segments, images)
    maps, r2, values = np.zeros(images.shape[:3], np.float32), np.zeros(len(images)), np.zeros(len(images))
    for number, (image, cover, own) in enumerate(zip(images, fill, segments, strict=True)):
        shown = np.random.default_rng(seed).integers(0, 2, (num_perturbations, own.max() + 1)).astype(bool)
        shown[0] = True

        def hidden(versions: NDArray[Any], shown: NDArray[Any] = shown, own: NDArray[Any] = own) -> NDArray[Any]:
            return shown[versions][:, own]

        answers = values_of_replaced(
            net,
            goal,
            number,
            image,
            cover,
            num_perturbations,
            hidden,
            targets.probability,
            share_of(progress, number, len(images)),
        )
        # Cosine distance of 0/1 vectors to all ones.
        distance = 1 - np.sqrt(shown.mean(axis=1))
        weights = np.exp(-(distance**2) / (2 * kernel_width**2))
        coefficients, r2[number] = weighted_ridge(shown.astype(np.float64), answers, weights, ridge)
        maps[number], values[number] = coefficients[own], answers[0]
    return Explanation(maps, {"value": values, "r2": r2})


def grid(height: int, width: int, num_rows: int = 7, num_columns: int = 7) -> NDArray[np.intp]:
    """(height, width): the number of the cell of a regular grid in which each pixel lies."""
    rows = np.arange(height) * min(num_rows, height) // height
    columns = np.arange(width) * min(num_columns, width) // width
    return rows[:, None] * min(num_columns, width) + columns


def weighted_ridge(
    features: NDArray[np.floating], values: NDArray[np.float64], weights: NDArray[np.float64], ridge: float
) -> tuple[NDArray[np.floating], float]:
    """Ridge regression with an intercept that is not penalised.

    Args:
        features: (num_rows, num_features).
        values: (num_rows,).
        weights: (num_rows,), 0 or more.
        ridge: above 0.

    Returns:
        Coefficients (num_features,) and the weighted share of variance explained, in [0, 1]: without any coefficient it is 0.
    """
    weights = weights / weights.sum() * len(weights)
    centred = features - np.average(features, axis=0, weights=weights)
    centred_values = values - np.average(values, weights=weights)
    gram = (centred.T * weights) @ centred + ridge * np.eye(features.shape[1])
    coefficients = np.linalg.solve(gram, (centred.T * weights) @ centred_values)
    left = weights @ (centred_values - centred @ coefficients) ** 2
    variance = weights @ centred_values**2
    # Below rounding the probability does not move at all.
    return coefficients, float(1 - left / variance) if variance > len(values) * 1e-14 else 1.0


def _checked_segments(segments: ArrayLike, images: NDArray[Any]) -> NDArray[np.intp]:
    segments = np.asarray(segments)
    if (
        segments.dtype.kind not in "iu"
        or segments.shape not in (images.shape[1:3], images.shape[:3])
        or segments.min(initial=0) < 0
    ):
        raise ValueError(
            f"segments must be whole numbers from 0 on of shape {images.shape[1:3]} or {images.shape[:3]}, "
            f"got {segments.dtype} {segments.shape}."
        )
    return np.broadcast_to(segments, images.shape[:3]).astype(np.intp)
