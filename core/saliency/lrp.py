"""Layer-wise relevance propagation: the logit passed back, layer by layer, in proportion to what each unit contributed.

Relevance is kept as c with R = a * c, for a the activation. Then a weighted sum passes c back as a gradient, after
c * z / (z + epsilon * sign z) at its result z; and a ReLU, which passes relevance on unchanged, multiplies c by a / z.
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

FOLDING = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Dense)
LRP_COST = 3  # of an image, in gradients in float32, as measured


def lrp(model: keras.Model, images: ArrayLike, class_index: ClassIndex, epsilon: float = 0.01) -> Explanation:
    """Relevance by the epsilon rule, from the logit. BatchNormalization counts as part of the layer before it.

    Max-pooling passes relevance to the largest value. What biases contribute and epsilon absorbs reaches no pixel.

    Args:
        model: ends in logits; ReLU and ReLU6 are its only nonlinearities, beside max-pooling.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or a `Contrast`.
        epsilon: 0 or more, in the units of the layers' results; the larger, the sparser the map.

    Returns:
        Maps, signed, summed over channels; in the proof "total" (the logit) and "leak", the fraction of it that the map
        does not add up to.

    Raises:
        ValueError: another nonlinearity, which is named; a function of logits; or epsilon is negative.

    Source:
        Bach et al. 2015, On pixel-wise explanations, https://doi.org/10.1371/journal.pone.0130140.
    """
    if epsilon < 0:
        raise ValueError(f"epsilon must be 0 or more, got {epsilon}.")
    net = precise_network(model)
    net.needs_rules("lrp")
    images, goal = checked(net, images, class_index)
    goal.needs_logit("lrp")
    call = net.compiled(_make_relevance)
    relevance, values = in_batches(
        lambda *batch: call(*batch, np.float64(epsilon)), net.rows(LRP_COST), images, goal.weights.astype(np.float64)
    )
    sums = completeness(values, relevance)
    return Explanation(relevance.astype(np.float32), {"total": sums["total"], "leak": sums["residual"]})


def _make_relevance(net: Network) -> Callable[..., Any]:
    folded = {
        step
        for step in net.steps
        if isinstance(step.layer, FOLDING)
        and [type(reader.layer) for reader in net.readers(step.writes[0])] == [layers.BatchNormalization]
    }

    def relevance(images: tf.Tensor, weights: tf.Tensor, epsilon: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        def rule(step: Step, *tensors: tf.Tensor) -> tf.Tensor:
            if step.role is Role.RELU:
                return _handed_on(step, *tensors)
            result = step.apply(*tensors)
            return _stabilised(result, epsilon) if step.role is Role.LINEAR and step not in folded else result

        x = net.scale(images)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            values = value(net.logits(x, rule), weights, None)
        return tf.reduce_sum(x * tape.gradient(values, x, unconnected_gradients="zero"), axis=-1), values

    return relevance


def _stabilised(result: tf.Tensor, epsilon: tf.Tensor) -> tf.Tensor:
    @tf.custom_gradient
    def stabilised(z: tf.Tensor) -> tuple[tf.Tensor, Rule]:
        size = tf.abs(z)
        # z / (z + epsilon * sign z); 0 / 0 is the limit, 1, as z carries no relevance there.
        share = tf.where(size > 0, size / tf.where(size > 0, size + epsilon, 1), 1)
        return tf.identity(z), lambda upstream: share * upstream

    return stabilised(result)


def _handed_on(step: Step, z: tf.Tensor) -> tf.Tensor:
    @tf.custom_gradient
    def handed_on(z: tf.Tensor) -> tuple[tf.Tensor, Rule]:
        a = step.apply(z)
        return a, lambda upstream: upstream * tf.where(z > 0, a / tf.where(z > 0, z, 1), 0)

    return handed_on(z)
