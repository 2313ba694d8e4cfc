"""Ties in max-pooling, where the gradient is not unique."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import ArrayLike, NDArray

from core.saliency.graph import Role, Step
from core.saliency.network import Network, checked, in_batches, network


def pooling_ties(model: keras.Model, images: ArrayLike) -> NDArray[np.float64]:
    """How often the largest value of a max-pooling window occurs in it more than once.

    The derivative of a maximum at a tie is not unique: TensorFlow passes the gradient to one of the equal values, and to
    pass it to another would be as right. What is passed back through max-pooling is then one of several possible maps, and
    noise far too small to change a logit moves it. Equal values are common where neighbouring pixels are equal, as on a
    black background.

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels), as stored.

    Returns:
        (num_samples,), the fraction of the active windows, in [0, 1]. A window is active if its largest value is above 0:
        a ReLU stops the gradient of any other. NaN if there is none, as in a model without max-pooling.

    Raises:
        ValueError: images do not fit the model.
    """
    net = network(model)
    images, _ = checked(net, images, 0)
    tied, active = in_batches(net.compiled(_make_counts), net.rows(), images)
    with np.errstate(invalid="ignore"):
        return tied.astype(np.float64) / active


def _make_counts(net: Network) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    def counts(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        x = net.scale(images)
        tied = active = tf.zeros(tf.shape(x)[:1], tf.int64)

        def rule(step: Step, *tensors: tf.Tensor) -> tf.Tensor:
            nonlocal tied, active
            if step.role is Role.MAX:
                windows = _windows(step.layer, tensors[0])
                largest = tf.reduce_max(windows, axis=1, keepdims=True)
                is_active = tf.reduce_any(largest > 0, axis=1)
                is_tied = tf.math.count_nonzero(windows == largest, axis=1) > 1
                active += tf.math.count_nonzero(is_active, axis=(1, 2))
                tied += tf.math.count_nonzero(is_active & is_tied, axis=(1, 2))
            return step.apply(*tensors)

        net.values(x, rule)
        return tied, active

    return counts


def _windows(layer: keras.Layer, x: tf.Tensor) -> tf.Tensor:
    """(num_samples, size of a window, num_windows, channels); a window that reaches over the border is filled with 0."""
    channels = x.shape[-1]
    if isinstance(layer, layers.GlobalMaxPooling2D):
        return tf.reshape(x, (tf.shape(x)[0], -1, 1, channels))
    patches = tf.image.extract_patches(
        x, (1, *layer.pool_size, 1), (1, *layer.strides, 1), (1, 1, 1, 1), layer.padding.upper()
    )
    size = layer.pool_size[0] * layer.pool_size[1]
    return tf.transpose(tf.reshape(patches, (tf.shape(x)[0], -1, size, channels)), (0, 2, 1, 3))
