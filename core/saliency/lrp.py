"""Layer-wise relevance propagation: the logit passed back, layer by layer, in proportion to what each unit contributed.

Relevance is kept as c with R = a * c, for a the activation. A weighted sum z then passes c * z / t back as the gradient of
its total t: of z itself by the epsilon rule, of z with the contributions of z's own sign enlarged by the gamma rule. A ReLU,
which passes relevance on unchanged, multiplies c by a / z.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import ArrayLike

from core.metrics.explanation import Explanation, completeness
from core.saliency.graph import Role, Step
from core.saliency.network import Network, Rule, checked, in_batches, precise_network
from core.saliency.targets import ClassIndex, value

CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
FOLDING = (*CONVOLUTIONS, layers.Dense)
LRP_COST, GAMMA_COST = 3, 6  # of an image, in gradients in float32, as measured; the latter with gamma above 0


def lrp(
    model: keras.Model, images: ArrayLike, class_index: ClassIndex, epsilon: float = 1e-6, gamma: float = 0.0
) -> Explanation:
    """Relevance from the logit. BatchNormalization counts as part of the layer before it.

    Each weighted sum divides its relevance among its inputs in proportion to what they contribute. By the gamma rule a
    convolution first enlarges the contributions that have the sign of the sum, so that opposite ones no longer nearly cancel.
    Max-pooling passes relevance to the largest value; among several the choice is TensorFlow's (`core.saliency.pooling_ties`).
    What biases contribute and epsilon absorbs reaches no pixel.

    Args:
        model: ends in logits; ReLU and ReLU6 are its only nonlinearities, beside max-pooling.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or a `Contrast`.
        epsilon: 0 or more, added to the size of each sum when dividing by it, as a fraction of the root mean square of the
            layer's results for the image, so that the map does not depend on the scale of numbers inside the network.
        gamma: 0 or more, in convolutions: the contributions of the sum's own sign become (1 + gamma) times as large. 0 is the
            epsilon rule everywhere; a very large gamma, such as 1e6, leaves only those contributions (the z+ rule).

    Returns:
        Maps, signed, summed over channels; in the proof "total" (the logit) and "leak", the fraction of it that the map
        does not add up to.

    Raises:
        ValueError: another nonlinearity, which is named; a function of logits; or epsilon or gamma is negative.

    Source:
        Bach et al. 2015, On pixel-wise explanations, https://doi.org/10.1371/journal.pone.0130140; the gamma rule:
        Montavon et al. 2019, Layer-wise relevance propagation: an overview, https://doi.org/10.1007/978-3-030-28954-6_10,
        here also for inputs and sums below 0.
    """
    if not (epsilon >= 0 and gamma >= 0):
        raise ValueError(f"epsilon and gamma must be 0 or more, got {epsilon} and {gamma}.")
    net = precise_network(model)
    net.needs_rules("lrp")
    images, goal = checked(net, images, class_index)
    goal.needs_logit("lrp")
    call = net.compiled(_make_relevance, gamma > 0)
    relevance, values = in_batches(
        lambda *batch: call(*batch, np.float64(epsilon), np.float64(gamma)),
        net.rows(GAMMA_COST if gamma > 0 else LRP_COST), images, goal.weights.astype(np.float64),
    )  # fmt: skip
    sums = completeness(values, relevance)
    return Explanation(relevance.astype(np.float32), {"total": sums["total"], "leak": sums["residual"]})


def _make_relevance(net: Network, has_gamma: bool) -> Callable[..., Any]:
    # A layer whose result BatchNormalization alone reads -> that BatchNormalization.
    folded: dict[Step, Step] = {}
    for step in net.steps:
        readers = net.readers(step.writes[0])
        kinds = [type(reader.layer) for reader in readers]
        if isinstance(step.layer, FOLDING) and kinds == [layers.BatchNormalization]:
            folded[step] = readers[0]

    def relevance(
        images: tf.Tensor, weights: tf.Tensor, epsilon: tf.Tensor, gamma: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        sizes: dict[Step, tf.Tensor] = {}  # of the step that ends a convolution: the sum of its contributions' sizes

        def rule(step: Step, *tensors: tf.Tensor) -> tf.Tensor:
            if step.role is Role.RELU:
                return _handed_on(step, *tensors)
            result = step.apply(*tensors)
            if step.role is not Role.LINEAR:
                return result
            result = tf.cast(result, net.dtype)  # of a custom layer that cannot be copied
            if has_gamma and isinstance(step.layer, CONVOLUTIONS):
                sizes[folded.get(step, step)] = _size(step, folded.get(step), *tensors)
            if step in folded:
                return result
            # Of the contributions to z, those of its own sign sum to (z + sign(z) * sum of all sizes) / 2.
            total = result + gamma / 2 * (result + tf.sign(result) * sizes[step]) if step in sizes else result
            return _divided(result, total, epsilon)

        x = net.scale(images)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            values = value(net.logits(x, rule), weights, None)
        return tf.reduce_sum(x * tape.gradient(values, x, unconnected_gradients="zero"), axis=-1), values

    return relevance


def _size(step: Step, normalization: Step | None, x: tf.Tensor) -> tf.Tensor:
    """The sum of the sizes of all that a convolution adds up, its bias included, after the BatchNormalization behind it."""
    bias = getattr(step.layer, "bias", None)
    shift = tf.zeros((1, 1, 1, 1), x.dtype) if bias is None else tf.reshape(tf.cast(bias.value, x.dtype), (1, 1, 1, -1))
    # A bias is the only weight with one axis.
    size = step.apply(tf.abs(x), weights=lambda each: tf.abs(each) if each.shape.rank > 1 else tf.zeros_like(each))
    if normalization is not None:
        shift = shift + tf.zeros_like(size[:1, :1, :1])
        scale = normalization.apply(shift + 1) - normalization.apply(shift)
        shift, size = normalization.apply(shift), tf.abs(scale) * size
    return size + tf.abs(shift)


def _divided(result: tf.Tensor, total: tf.Tensor, epsilon: tf.Tensor) -> tf.Tensor:
    """The result, whose relevance reaches what `total` is computed from, in proportion to its parts."""
    axes = tf.range(1, tf.rank(result))
    floor = epsilon * tf.sqrt(tf.reduce_mean(result**2, axis=axes, keepdims=True))

    @tf.custom_gradient
    def divided(t: tf.Tensor) -> tuple[tf.Tensor, Rule]:
        size = tf.abs(t) + floor
        # 0 / 0 is 1: such a sum has no relevance.
        share = tf.where(size > 0, tf.abs(result) / tf.where(size > 0, size, 1), 1)
        return tf.identity(result), lambda upstream: share * upstream

    return divided(total)


def _handed_on(step: Step, z: tf.Tensor) -> tf.Tensor:
    @tf.custom_gradient
    def handed_on(z: tf.Tensor) -> tuple[tf.Tensor, Rule]:
        a = step.apply(z)
        return a, lambda upstream: upstream * tf.where(z > 0, a / tf.where(z > 0, z, 1), 0)

    return handed_on(z)
