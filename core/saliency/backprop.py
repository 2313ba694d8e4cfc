"""Gradients with another rule at each ReLU: they show what a network reacts to rather than why it chose the class.

Arguments and proof are those of `core.saliency.gradients.vanilla_gradient`. Both maps change less than the gradient when the
network's weights are drawn at random again (for guided backpropagation: Adebayo et al. 2018,
https://arxiv.org/abs/1810.03292): look, but do not conclude. For ties in max-pooling see `core.saliency.pooling_ties`.
"""

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from core.metrics.explanation import Explanation
from core.saliency.gradients import gradients, summed
from core.saliency.graph import Role, Step
from core.saliency.network import Rule, network
from core.saliency.targets import ClassIndex


def deconvnet(model: keras.Model, images: ArrayLike, class_index: ClassIndex) -> Explanation:
    """The gradient, except that a ReLU passes back whatever is positive and nothing else, active or not.

    Args:
        model: ends in logits; ReLU and ReLU6 are its only nonlinearities, beside max-pooling.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or another target.

    Returns:
        Maps, signed, summed over channels; in the proof "value", the target.

    Raises:
        ValueError: another nonlinearity, which is named.

    Source:
        Zeiler & Fergus 2014, Visualizing and understanding convolutional networks, https://arxiv.org/abs/1311.2901.
    """
    return _with_rule(model, images, class_index, _deconvolution, "deconvnet")


def guided_backprop(model: keras.Model, images: ArrayLike, class_index: ClassIndex) -> Explanation:
    """The gradient, except that a ReLU also stops what is negative. Arguments and result as for `deconvnet`.

    Where a ReLU6 is cut off at 6 its gradient is 0, and so nothing passes there either.

    Source:
        Springenberg et al. 2015, Striving for simplicity, https://arxiv.org/abs/1412.6806.
    """
    return _with_rule(model, images, class_index, _guided, "guided_backprop")


def _with_rule(model: keras.Model, images: ArrayLike, class_index: ClassIndex, rule: Rule, method: str) -> Explanation:
    net = network(model)
    net.needs_rules(method)
    gradient, _, values = gradients(net, images, class_index, rule)
    return Explanation(summed(gradient), {"value": values})


def _deconvolution(step: Step, *tensors: tf.Tensor) -> tf.Tensor:
    if step.role is not Role.RELU:
        return step.apply(*tensors)

    @tf.custom_gradient
    def rectified(z: tf.Tensor) -> tuple[tf.Tensor, Rule]:
        return step.apply(z), tf.nn.relu

    return rectified(*tensors)


def _guided(step: Step, *tensors: tf.Tensor) -> tf.Tensor:
    if step.role is not Role.RELU:
        return step.apply(*tensors)

    @tf.custom_gradient
    def rectified(z: tf.Tensor) -> tuple[tf.Tensor, Rule]:
        y = step.apply(z)
        # 1 where the gradient of ReLU is: above 0, and below the cut-off if there is one.
        open_ = tf.cast((z > 0) & (y >= z), z.dtype)
        return y, lambda upstream: open_ * tf.nn.relu(upstream)

    return rectified(*tensors)
