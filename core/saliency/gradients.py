"""Maps from the gradient of a logit with respect to the image, as the first layer after scaling sees it.

Maps are summed over channels where they are signed. Every proof holds "value" (num_samples,), the target itself. Where several
values of a max-pooling window are the largest, the gradient is not unique, and so is no map made from it: it is as TensorFlow
gives it, and `core.saliency.pooling_ties` counts how often that happens.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from core.metrics.explanation import Explanation, completeness
from core.saliency.network import Network, Rule, checked, in_batches, network
from core.saliency.targets import ClassIndex, value


def vanilla_gradient(model: keras.Model, images: ArrayLike, class_index: ClassIndex) -> Explanation:
    """How much the logit would change with each pixel: dS/dx, signed.

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or another target (`core.saliency.targets`).

    Returns:
        Maps, signed, summed over channels.

    Raises:
        ValueError: images or class_index do not fit the model.

    Source:
        Simonyan et al. 2013, Deep inside convolutional networks, https://arxiv.org/abs/1312.6034.
    """
    gradient, _, values = gradients(network(model), images, class_index)
    return Explanation(summed(gradient), {"value": values})


def saliency(model: keras.Model, images: ArrayLike, class_index: ClassIndex) -> Explanation:
    """The absolute gradient, the largest over channels: 0 or more. Arguments as for `vanilla_gradient`.

    Source:
        Simonyan et al. 2013, Deep inside convolutional networks, https://arxiv.org/abs/1312.6034.
    """
    gradient, _, values = gradients(network(model), images, class_index)
    return Explanation(np.abs(gradient).max(axis=-1).astype(np.float32), {"value": values})


def gradient_x_input(model: keras.Model, images: ArrayLike, class_index: ClassIndex) -> Explanation:
    """Gradient times image: in a ReLU network without biases, each pixel's share of the logit.

    Arguments as for `vanilla_gradient`.

    Returns:
        Maps, signed, summed over channels; in the proof "total" (the logit) and "residual", the fraction of it that the
        map does not add up to.

    Source:
        Shrikumar et al. 2016, Not just a black box, https://arxiv.org/abs/1605.01713.
    """
    gradient, x, values = gradients(network(model), images, class_index)
    maps = summed(gradient * x)
    return Explanation(maps, {"value": values, **completeness(values, maps)})


def gradients(
    net: Network, images: ArrayLike, class_index: ClassIndex, rule: Rule | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The gradient and the scaled images (num_samples, height, width, channels), and the target (num_samples,)."""
    images, goal = checked(net, images, class_index)
    call = net.compiled(_make_gradient, goal.function, rule)
    gradient, x, values = in_batches(call, net.rows(), images, goal.weights)
    return gradient, x, values


def summed(gradient: NDArray[Any]) -> NDArray[np.float32]:
    return gradient.sum(axis=-1, dtype=np.float64).astype(np.float32)


def make_values(net: Network, function: Callable[..., Any] | None) -> Callable[..., Any]:
    def values(images: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor]:
        return (value(net.logits(net.scale(images)), weights, function),)

    return values


def _make_gradient(net: Network, function: Callable[..., Any] | None, rule: Rule | None) -> Callable[..., Any]:
    def make(images: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        x = net.scale(images)
        gradient, values = slope(net, x, weights, function, rule)
        return gradient, x, values

    return make


def slope_of_each(
    net: Network, stacked: tf.Tensor, weights: tf.Tensor, function: Callable[..., Any] | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """The gradient of (num_copies, num_samples, ...) at each copy of each sample."""
    shape = tf.shape(stacked)
    flat = tf.reshape(stacked, tf.concat([[-1], shape[2:]], axis=0))
    gradient, values = slope(net, flat, tf.tile(weights, (shape[0], 1)), function, None)
    return tf.reshape(gradient, shape), values


def slope(
    net: Network, x: tf.Tensor, weights: tf.Tensor, function: Callable[..., Any] | None, rule: Rule | None
) -> tuple[tf.Tensor, tf.Tensor]:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        values = value(net.logits(x, rule), tf.cast(weights, net.dtype), function)
    return tape.gradient(values, x, unconnected_gradients="zero"), values
