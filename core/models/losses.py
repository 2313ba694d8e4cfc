"""Training losses: cross-entropy, and the cross-entropy of superclasses that can be added to it.

Labels are (num_samples,) integers, logits (num_samples, num_classes); a loss is (num_samples,), in nats, at least 0. A
grouping is a list of num_classes integers, the superclass of each class. Log-probabilities are computed from the logits by
log-sum-exp, so that a saturated logit gives a large number and not NaN.

Source:
    "CIFAR-10で「天然物か人工物かどうか」のフラグを入れて分類すると精度が上がるか?". Its five patterns: `hardmax_cross_entropy`,
    `grouping_cross_entropy` of one grouping and of all `index_ranges`, each added to `cross_entropy`, and `cross_entropy`
    alone at two learning rates. The third differs from the article, see `index_ranges`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

# Keras's lower limit for probabilities in a logarithm.
EPSILON = 1e-7
# Replaces the logits of classes outside a group; with infinity the gradient would be 0 times infinity.
NEVER = -1e30


def cross_entropy(labels: Any, logits: Any, label_smoothing: float = 0.0) -> Any:
    """Minus the log-probability of the true class.

    Args:
        label_smoothing: in [0, 1); the share of the target that is spread evenly over all classes.

    Source:
        Smoothing: Szegedy and others 2016, Rethinking the Inception architecture, https://arxiv.org/abs/1512.00567.
    """
    log_probs = ops.log_softmax(logits, axis=-1)
    picked = ops.sum(log_probs * ops.one_hot(labels, logits.shape[-1], dtype=log_probs.dtype), axis=-1)
    if not label_smoothing:
        return -picked
    return -((1 - label_smoothing) * picked + label_smoothing * ops.mean(log_probs, axis=-1))


def grouping_cross_entropy(labels: Any, logits: Any, groupings: Sequence[Sequence[int]]) -> Any:
    """Minus the log-probability of the true superclass, averaged over groupings.

    The probability of a superclass is the sum of its classes' softmax probabilities.

    Args:
        groupings: (num_groupings, num_classes) the superclass of each class.
    """
    superclass = ops.convert_to_tensor(groupings, "int32")
    true = ops.take(superclass, labels, axis=1)  # (num_groupings, num_samples)
    same = ops.equal(superclass[:, None, :], true[:, :, None])
    mass = ops.logsumexp(ops.where(same, logits[None], NEVER), axis=-1)
    # Rounding may give slightly less than 0 if all probability is in the group.
    return ops.mean(ops.maximum(ops.logsumexp(logits, axis=-1)[None] - mass, 0), axis=0)


def hardmax_cross_entropy(labels: Any, logits: Any, grouping: Sequence[int]) -> Any:
    """Superclass cross-entropy of only the most probable class: 0 if its superclass is right, else 16.1.

    Its gradient is 0, because a small change of the logits does not change which one is the largest. So it does not affect
    training; only the value of the loss is larger.
    """
    superclass = ops.convert_to_tensor(grouping, "int32")
    right = ops.equal(ops.take(superclass, ops.argmax(logits, axis=-1)), ops.take(superclass, labels))
    return ops.where(right, 0.0, -ops.log(ops.convert_to_tensor(EPSILON, "float32")))


def superclasses(class_names: Sequence[str], groups: Mapping[str, Sequence[str]]) -> list[int]:
    """The grouping of a data set's classes into its superclasses.

    Raises:
        ValueError: a class is in no group or in several.
    """
    found = [[number for number, names in enumerate(groups.values()) if name in names] for name in class_names]
    for name, numbers in zip(class_names, found, strict=True):
        if len(numbers) != 1:
            raise ValueError(f"The class {name} is in {len(numbers)} groups, expected one.")
    return [number for [number] in found]


def index_ranges(num_classes: int) -> list[list[int]]:
    """Every grouping into the classes i to j and all others, for i < j: 45 groupings of ten classes.

    As in the article, this includes the range of all classes, whose cross-entropy is 0. `grouping_cross_entropy` of these
    is a mean of binary cross-entropies: inside the range, or outside. The article's code, as printed, sums Keras's
    `categorical_crossentropy` of vectors with one column, the probability of the range. Keras divides each row by its sum,
    which makes it 1, so that term has no gradient.
    """
    return [
        [int(first <= index <= last) for index in range(num_classes)]
        for first in range(num_classes)
        for last in range(first + 1, num_classes)
    ]


@keras.saving.register_keras_serializable("wakaranai")
class TrainingLoss(keras.losses.Loss):
    """Cross-entropy plus a weighted superclass term, as a loss that Keras saves with a model.

    Args:
        label_smoothing: of the classes' cross-entropy; the superclass term has none.
        groupings: (num_groupings, num_classes); without any there is no superclass term.
        weight: of the superclass term.
        hardmax: use `hardmax_cross_entropy` of the first grouping as the superclass term.
    """

    def __init__(
        self,
        label_smoothing: float = 0.0,
        groupings: Sequence[Sequence[int]] = (),
        weight: float = 1.0,
        hardmax: bool = False,
        name: str = "training_loss",
        **options: Any,
    ) -> None:
        super().__init__(name=name, **options)
        self.label_smoothing, self.weight, self.hardmax = label_smoothing, weight, hardmax
        self.groupings = [list(grouping) for grouping in groupings]

    def call(self, y_true: Any, y_pred: Any) -> Any:
        labels = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        loss = cross_entropy(labels, y_pred, self.label_smoothing)
        if not self.groupings:
            return loss
        if self.hardmax:
            return loss + self.weight * hardmax_cross_entropy(labels, y_pred, self.groupings[0])
        return loss + self.weight * grouping_cross_entropy(labels, y_pred, self.groupings)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "label_smoothing": self.label_smoothing,
            "groupings": self.groupings,
            "weight": self.weight,
            "hardmax": self.hardmax,
        }
