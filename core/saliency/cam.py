"""Grad-CAM: which places of a convolution's feature maps speak for the class."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import layers
from numpy.typing import ArrayLike

from core.metrics.explanation import Explanation
from core.saliency.graph import Key, Step
from core.saliency.network import Network, checked, in_batches, network
from core.saliency.targets import ClassIndex, value

CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
# What a convolution's feature maps go through before anyone else reads them: also the sum that closes a residual block.
BELONGING = (
    layers.BatchNormalization,
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.PReLU,
    layers.ELU,
    layers.Add,
    layers.Concatenate,
)


def grad_cam(
    model: keras.Model, images: ArrayLike, class_index: ClassIndex, layer_name: str | None = None
) -> Explanation:
    """The sum of the feature maps, each weighed by its mean gradient, where it is positive, at the size of the image.

    What is negative is cut before the map is enlarged (bilinearly).

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or another target.
        layer_name: whose output is explained; a layer in a nested model also as "model/layer". Default: the last
            of `feature_layers`.

    Returns:
        Maps, 0 or more; in the proof "value", the target, and "positive_evidence" (bool), False where nothing speaks
        for the class and the map is all zeros.

    Raises:
        ValueError: there is no such layer, no convolution, or the layer's output is no stack of feature maps.

    Source:
        Selvaraju et al. 2017, Grad-CAM, https://arxiv.org/abs/1610.02391.
    """
    net = network(model)
    images, goal = checked(net, images, class_index)
    call = net.compiled(_make_cam, goal.function, _place(net, model, layer_name))
    maps, values = in_batches(call, net.rows(), images, goal.weights)
    return Explanation(maps, {"value": values, "positive_evidence": maps.max(axis=(1, 2), initial=0) > 0})


def feature_layers(model: keras.Model) -> tuple[str, ...]:
    """Layers that Grad-CAM can explain, from the image to the logits: each convolution, named by what
    follows and belongs to it, such as BatchNormalization, the sum of a residual block, or the activation."""
    net = network(model)
    steps = {step: None for step in net.steps if isinstance(step.layer, CONVOLUTIONS)}
    names = {_last_belonging(net, step).name: None for step in steps if step.rank == 4}
    return tuple(names)


def _last_belonging(net: Network, step: Step) -> Step:
    while True:
        readers = net.readers(step.writes[0])
        same = len(readers) == 1 and (readers[0].layer is step.layer or isinstance(readers[0].layer, BELONGING))
        if not same:
            return step
        step = readers[0]


def _place(net: Network, model: keras.Model, layer_name: str | None) -> Key:
    offered = feature_layers(model)
    if layer_name is None:
        if not offered:
            raise ValueError(
                f"grad_cam needs a convolution, {net.name} has none. "
                "Use a method that needs none, such as integrated_gradients."
            )
        return net.outputs[offered[-1]]
    exact = [layer_name] if layer_name in net.outputs else []
    found = exact or [name for name in net.outputs if name.endswith("/" + layer_name)]
    ranks = {key: step.rank for step in net.steps for key in step.writes}
    if len(found) != 1 or ranks.get(net.outputs[found[0]]) != 4:
        raise ValueError(
            f"layer_name must name one layer with feature maps (num_samples, height, width, channels), "
            f"got {layer_name!r}. Offered are {', '.join(offered) or 'none'}."
        )
    return net.outputs[found[0]]


def _make_cam(net: Network, function: Callable[..., Any] | None, place: Key) -> Callable[..., Any]:
    def cam(images: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        kept: list[tf.Tensor] = []
        with tf.GradientTape(watch_accessed_variables=False) as tape:

            def keep(step: Step, *tensors: tf.Tensor) -> tf.Tensor:
                result = step.apply(*tensors)
                if place in step.writes:
                    result = tf.identity(result)
                    tape.watch(result)
                    kept.append(result)
                return result

            values = value(net.logits(net.scale(images), keep), weights, function)
        gradient = tape.gradient(values, kept[0], unconnected_gradients="zero")
        importance = tf.reduce_mean(gradient, axis=(1, 2), keepdims=True)
        evidence = tf.nn.relu(tf.reduce_sum(importance * kept[0], axis=-1, keepdims=True))
        return tf.image.resize(evidence, tf.shape(images)[1:3])[..., 0], values

    return cam
