"""DeepLIFT: what makes the logit differ from that of a baseline, passed back through the network as differences.

Image and baseline run together, the images first in the batch, their baselines behind them. Only the gradient of the
images' half means anything: there it is the multiplier.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from core.metrics.explanation import Explanation, completeness
from core.saliency.graph import Role, Step
from core.saliency.network import Network, Rule, baseline_images, checked, in_batches, precise_network
from core.saliency.targets import ClassIndex, value

DEEP_LIFT_COST = 6  # of an image, in gradients in float32, as measured


def deep_lift(model: keras.Model, images: ArrayLike, class_index: ClassIndex, baseline: ArrayLike = 0) -> Explanation:
    """The Rescale rule at each ReLU, the cross-max rule at max-pooling; sums to S(x) - S(baseline).

    Among several largest values of a window the choice is TensorFlow's (`core.saliency.pooling_ties`).

    Args:
        model: ends in logits; ReLU and ReLU6 are its only nonlinearities, beside max-pooling.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or a `Contrast`.
        baseline: a number, one picture, or one picture per sample, in stored units.

    Returns:
        Maps, signed, summed over channels; in the proof "total" (S(x) - S(baseline)) and "residual", the fraction of it
        that the map does not add up to.

    Raises:
        ValueError: another nonlinearity, which is named, or a function of logits.

    Source:
        Shrikumar et al. 2017, Learning important features, https://arxiv.org/abs/1704.02685; max-pooling as in the library
        shap, https://github.com/shap/shap, of Lundberg & Lee 2017, https://arxiv.org/abs/1705.07874.
    """
    # float64: a difference of two nearly equal float32 numbers has no digits left to divide by.
    net = precise_network(model)
    net.needs_rules("deep_lift")
    images, goal = checked(net, images, class_index)
    goal.needs_logit("deep_lift")
    starts = baseline_images(baseline, images)
    maps, total = in_batches(
        net.compiled(_make_multiplied), net.rows(DEEP_LIFT_COST), images, starts, goal.weights.astype(np.float64)
    )
    return Explanation(maps.astype(np.float32), completeness(total, maps))


def _make_multiplied(net: Network) -> Callable[..., Any]:
    def multiplied(images: tf.Tensor, starts: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        x, x0 = net.scale(images), net.scale(starts)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            values, start_values = tf.split(net.logits(tf.concat([x, x0], axis=0), _rule), 2)
            target = value(values, weights, None)
        multiplier = tape.gradient(target, x, unconnected_gradients="zero")
        return tf.reduce_sum(multiplier * (x - x0), axis=-1), target - value(start_values, weights, None)

    return multiplied


def _rule(step: Step, *tensors: tf.Tensor) -> tf.Tensor:
    if step.role is Role.RELU:
        return _rescaled(step, *tensors)
    if step.role is Role.MAX:
        return _cross_max(step, *tensors)
    return step.apply(*tensors)


def _rescaled(step: Step, z: tf.Tensor) -> tf.Tensor:
    @tf.custom_gradient
    def rescaled(z: tf.Tensor) -> tuple[tf.Tensor, Rule]:
        y = step.apply(z)

        def backward(upstream: tf.Tensor) -> tf.Tensor:
            (zx, z0), (yx, y0) = tf.split(z, 2), tf.split(y, 2)
            differs = zx != z0
            slope = tf.cast((zx > 0) & (yx >= zx), z.dtype)  # the gradient, where there is nothing to divide by
            multiplier = tf.where(differs, (yx - y0) / tf.where(differs, zx - z0, 1), slope)
            return tf.concat([multiplier * tf.split(upstream, 2)[0], tf.zeros_like(zx)], axis=0)

        return y, backward

    return rescaled(z)


def _cross_max(step: Step, z: tf.Tensor) -> tf.Tensor:
    @tf.custom_gradient
    def pooled(z: tf.Tensor) -> tuple[tf.Tensor, Rule]:
        y = step.apply(z)

        def backward(upstream: tf.Tensor) -> tf.Tensor:
            (zx, z0), (yx, y0) = tf.split(z, 2), tf.split(y, 2)
            # From y0 up to the larger of both by the image's largest pixel, from there to yx by the baseline's.
            top = tf.maximum(yx, y0)
            handed = tf.tile(tf.split(upstream, 2)[0], [2, *[1] * (y.shape.rank - 1)])
            with tf.GradientTape() as tape:
                tape.watch(z)
                again = step.apply(z)
            parts = tape.gradient(again, z, output_gradients=handed * tf.concat([top - y0, yx - top], axis=0))
            part = tf.add_n(tf.split(parts, 2))
            differs = zx != z0
            multiplier = tf.where(differs, part / tf.where(differs, zx - z0, 1), 0)
            return tf.concat([multiplier, tf.zeros_like(zx)], axis=0)

        return y, backward

    return pooled(z)
