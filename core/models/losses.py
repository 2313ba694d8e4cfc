"""What training lowers: cross-entropy, and with it the cross-entropy of superclasses.

Labels are (num_samples,) integers, logits (num_samples, num_classes); a loss is (num_samples,), in nats, at least 0. A
grouping is a row of num_classes integers, the superclass of each class. Everything is a difference of logarithms of sums
of exponentials, so that a saturated logit gives a large number and not NaN.

Source:
    "CIFAR-10で「天然物か人工物かどうか」のフラグを入れて分類すると精度が上がるか?", whose five patterns are
    `hardmax_cross_entropy`, `grouping_cross_entropy` of one grouping and of all `index_ranges`, each beside
    `cross_entropy`, and that alone at two learning rates.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

# The probability that stands for 0 in a logarithm: what Keras clips probabilities to.
EPSILON = 1e-7
# What a logit is replaced with where its class shall not count; infinity would make a gradient of 0 times infinity.
NEVER = -1e30


def cross_entropy(labels: Any, logits: Any, label_smoothing: float = 0.0) -> Any:
    """Minus the log-probability of the true class.

    Args:
        label_smoothing: in [0, 1); the part of the truth that is spread evenly over all classes.

    Source:
        Smoothing: Szegedy and others 2016, Rethinking the Inception architecture, https://arxiv.org/abs/1512.00567.
    """
    log_probs = ops.log_softmax(logits, axis=-1)
    picked = ops.sum(log_probs * ops.one_hot(labels, logits.shape[-1], dtype=log_probs.dtype), axis=-1)
    if not label_smoothing:
        return -picked
    return -((1 - label_smoothing) * picked + label_smoothing * ops.mean(log_probs, axis=-1))


def grouping_cross_entropy(labels: Any, logits: Any, groupings: Sequence[Sequence[int]]) -> Any:
    """Minus the log of the summed softmax of the true class's superclass, the mean over some groupings.

    Args:
        groupings: (num_groupings, num_classes) the superclass of each class.
    """
    superclass = ops.convert_to_tensor(groupings, "int32")
    true = ops.take(superclass, labels, axis=1)  # (num_groupings, num_samples)
    same = ops.equal(superclass[:, None, :], true[:, :, None])
    mass = ops.logsumexp(ops.where(same, logits[None], NEVER), axis=-1)
    # Rounding may leave a hair less than 0 where all mass is in the group.
    return ops.mean(ops.maximum(ops.logsumexp(logits, axis=-1)[None] - mass, 0), axis=0)


def hardmax_cross_entropy(labels: Any, logits: Any, grouping: Sequence[int]) -> Any:
    """The superclass cross-entropy of the most probable class alone: 0 where its superclass is right, else 16.1.

    It has no gradient: a small change of the logits does not change which one is the largest. Training with it is training
    without it; only the number that is reported is larger.
    """
    superclass = ops.convert_to_tensor(grouping, "int32")
    right = ops.equal(ops.take(superclass, ops.argmax(logits, axis=-1)), ops.take(superclass, labels))
    return ops.where(right, 0.0, -ops.log(ops.convert_to_tensor(EPSILON, "float32")))


def superclasses(class_names: Sequence[str], groups: Mapping[str, Sequence[str]]) -> list[int]:
    """The grouping that a data set's groups make.

    Raises:
        ValueError: a class is in no group or in several.
    """
    found = [[number for number, names in enumerate(groups.values()) if name in names] for name in class_names]
    for name, numbers in zip(class_names, found, strict=True):
        if len(numbers) != 1:
            raise ValueError(f"The class {name} is in {len(numbers)} groups, expected one.")
    return [number for [number] in found]


def index_ranges(num_classes: int) -> list[list[int]]:
    """Every grouping into the classes i to j and the rest, i below j: 45 of ten classes.

    The range of all classes is among them, as in the article; its cross-entropy is 0.
    """
    return [
        [int(first <= index <= last) for index in range(num_classes)]
        for first in range(num_classes)
        for last in range(first + 1, num_classes)
    ]


@keras.saving.register_keras_serializable("wakaranai")
class TrainingLoss(keras.losses.Loss):
    """Cross-entropy and a weighted term of superclasses, as a loss that Keras saves with a model.

    Args:
        label_smoothing: of the cross-entropy of the classes; that of the superclasses has none.
        groupings: (num_groupings, num_classes); without any there is no further term.
        weight: of the further term.
        hardmax: whether the further term is of the most probable class alone; takes the first grouping.
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
