"""What a map explains: one number per sample, computed from the logits.

A class index asks for that class's logit, never its softmax probability, whose gradient nearly vanishes where the network
is sure. `Contrast` asks for the difference of two logits, "why 4 and not 9". A function of logits, TensorFlow tensors
(num_samples, num_classes) -> (num_samples,), asks for itself: `entropy` and `top_two_margin` ask what makes the network
unsure.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from core.metrics.explanation import Contrast

ClassIndex = ArrayLike | Contrast | Callable[[tf.Tensor], tf.Tensor]


def entropy(logits: tf.Tensor) -> tf.Tensor:
    """(num_samples,): Shannon entropy of the softmax in nats; larger is less certain."""
    log_probs = tf.nn.log_softmax(logits)
    return -tf.reduce_sum(tf.exp(log_probs) * log_probs, axis=-1)


def top_two_margin(logits: tf.Tensor) -> tf.Tensor:
    """(num_samples,): the largest logit minus the second largest; smaller is less certain."""
    top = tf.math.top_k(logits, 2).values
    return top[:, 0] - top[:, 1]


@dataclass(frozen=True, eq=False)
class Target:
    """A class index made ready: weights of the logits, or a function of them.

    Attributes:
        weights: (num_samples, num_classes) float32, of the logits; unused where there is a function.
        function: logits -> (num_samples,), or None.
    """

    weights: NDArray[np.float32]
    function: Callable[[tf.Tensor], tf.Tensor] | None = None

    def needs_logit(self, method: str) -> None:
        """Raises ValueError for a function of logits: what is passed back must be a weighted sum of logits."""
        if self.function is not None:
            raise ValueError(
                f"{method} explains a logit or a Contrast of two, got a function of logits. "
                "Use a method that takes any, such as integrated_gradients."
            )


def target(class_index: ClassIndex, num_samples: int, num_classes: int) -> Target:
    """The target that a caller asks for.

    Raises:
        ValueError: an index is no whole number, is out of range, or there is not one per sample.
    """
    if callable(class_index):
        return Target(np.zeros((num_samples, num_classes), np.float32), class_index)
    if isinstance(class_index, Contrast):
        toward = _one_hot(class_index.class_index, num_samples, num_classes)
        return Target(toward - _one_hot(class_index.other_index, num_samples, num_classes))
    return Target(_one_hot(class_index, num_samples, num_classes))


def value(logits: tf.Tensor, weights: tf.Tensor, function: Callable[[tf.Tensor], tf.Tensor] | None) -> tf.Tensor:
    """(num_samples,): the target of each row of logits."""
    return tf.reduce_sum(logits * weights, axis=-1) if function is None else function(logits)


def probability(logits: tf.Tensor, weights: tf.Tensor, function: Callable[[tf.Tensor], tf.Tensor] | None) -> tf.Tensor:
    """(num_samples,): the target with softmax probabilities in place of logits; a function of logits stays itself."""
    return value(tf.nn.softmax(logits) if function is None else logits, weights, function)


def _one_hot(class_index: ArrayLike, num_samples: int, num_classes: int) -> NDArray[np.float32]:
    index = np.asarray(class_index)
    if index.ndim > 1 or (index.ndim == 1 and len(index) != num_samples) or index.dtype.kind not in "iu":
        raise ValueError(
            f"class_index must be whole numbers of shape ({num_samples},), one per sample, or one for all, "
            f"got {index.dtype} {index.shape}."
        )
    if index.size and not (index.min() >= 0 and index.max() < num_classes):
        raise ValueError(
            f"class_index must lie in 0 ... {num_classes - 1}, got {index.min()} ... {index.max()}. "
            f"The model has {num_classes} classes."
        )
    return np.eye(num_classes, dtype=np.float32)[np.broadcast_to(index, (num_samples,))]
