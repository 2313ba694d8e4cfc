"""Logits or probabilities of an image with some pixels replaced, for all methods that hide parts of an image."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.saliency.network import Network, batches
from core.saliency.targets import Target

Measure = Callable[..., tf.Tensor]  # `targets.value` or `targets.probability`


def values_of_replaced(
    net: Network,
    goal: Target,
    number: int,
    image: NDArray[np.float32],
    fill: NDArray[np.float32],
    num_versions: int,
    kept: Callable[[NDArray[np.intp]], NDArray[np.bool_]],
    measure: Measure,
    progress: Callable[[float], None] | None = None,
) -> NDArray[np.float64]:
    """The target for each version of one image.

    Args:
        net: the model.
        goal: the targets of all images.
        number: which of them is this image's.
        image: (height, width, channels), as stored.
        fill: (height, width, channels), what stands in for a pixel that is not kept.
        num_versions: how many.
        kept: numbers of versions -> (len, height, width) bool, which pixels stay.
        measure: the logit or the probability.
        progress: called with the fraction done, in (0, 1]; raising from it cancels.

    Returns:
        (num_versions,).
    """
    call = net.compiled(_make_values, goal.function, measure)
    values = np.empty(num_versions)
    for part in batches(num_versions, net.rows()):
        values[part] = call(image, fill, kept(np.arange(part.start, part.stop)), goal.weights[number]).numpy()
        if progress is not None:
            progress(part.stop / num_versions)
    return values


def share_of(progress: Callable[[float], None] | None, number: int, count: int) -> Callable[[float], None] | None:
    """The progress of one among several equal pieces of work."""
    return progress and (lambda fraction: progress((number + fraction) / count))


def _make_values(net: Network, function: Callable[..., Any] | None, measure: Measure) -> Callable[..., Any]:
    def values(image: tf.Tensor, fill: tf.Tensor, kept: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        versions = tf.where(kept[..., None], image[None], fill[None])
        return measure(net.logits(net.scale(versions)), weights[None], function)

    return values
