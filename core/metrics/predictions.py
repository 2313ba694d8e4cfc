"""A model's answers for one split, kept as logits, because probabilities lose information.

Axis 0 is the sample, the last axis the class.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray


def softmax(logits: ArrayLike) -> NDArray[np.float64]:
    """Probabilities of logits, in float64 whatever comes in.

    Args:
        logits: (..., num_classes), any real numbers.

    Returns:
        (..., num_classes), in [0, 1], each row summing to 1. In float32 the largest probability of a sure answer is often
        exactly 1.0 (9.6 % of the test images of `mnist-small_cnn`, none in float64), and such answers cannot be ranked.

    Example:
        >>> softmax([0, np.log(3)]).round(3).tolist()
        [0.25, 0.75]
    """
    logits = np.asarray(logits, dtype=np.float64)
    # The largest exponent becomes 0, so that nothing overflows; the quotient is the same.
    probs: NDArray[np.float64] = logits - logits.max(axis=-1, keepdims=True)
    # In place: new arrays of this size take as long as the arithmetic.
    np.exp(probs, out=probs)
    probs /= probs.sum(axis=-1, keepdims=True)
    return probs


class _OfLogits:
    """What follows from logits alone, whether or not the true classes are known."""

    logits: NDArray[np.float32]
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        logits = np.array(self.logits, dtype=np.float32)
        names = tuple(str(name) for name in self.class_names)
        if logits.ndim != 2:
            raise ValueError(f"logits must have shape (num_samples, num_classes), got {logits.shape}.")
        if len(names) != logits.shape[1]:
            raise ValueError(
                f"class_names must have {logits.shape[1]} names, one per column of logits, got {len(names)}."
            )
        if not np.isfinite(logits).all():
            raise ValueError("logits must be finite, got NaN or infinity. Train again with a lower learning rate.")
        logits.flags.writeable = False
        object.__setattr__(self, "logits", logits)
        object.__setattr__(self, "class_names", names)

    @property
    def num_samples(self) -> int:
        return len(self.logits)

    @property
    def num_classes(self) -> int:
        return len(self.class_names)

    @cached_property
    def probs(self) -> NDArray[np.float64]:
        """(num_samples, num_classes), in [0, 1]."""
        return softmax(self.logits)

    @cached_property
    def predicted(self) -> NDArray[np.intp]:
        """(num_samples,): index of the most likely class; ties go to the lowest index."""
        return np.asarray(self.logits.argmax(axis=-1))


@dataclass(frozen=True, eq=False)
class Answers(_OfLogits):
    """Logits of samples whose true classes are not known.

    Attributes:
        logits: (num_samples, num_classes) float32, before the softmax, finite.
        class_names: num_classes names.

    Raises:
        ValueError: shape and names do not fit together, or a logit is not finite.
    """

    logits: NDArray[np.float32]
    class_names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Predictions(_OfLogits):
    """Logits of one split, with the true classes.

    Attributes:
        logits: (num_samples, num_classes) float32, before the softmax, finite.
        labels: (num_samples,) integers in [0, num_classes).
        class_names: num_classes names.

    Raises:
        ValueError: shapes, labels or names do not fit together, or a logit is not finite.
    """

    logits: NDArray[np.float32]
    labels: NDArray[np.integer]
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        labels = np.array(self.labels)
        if labels.shape != (self.num_samples,):
            raise ValueError(
                f"labels must have shape ({self.num_samples},), one per row of logits, got {labels.shape}."
            )
        if not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(f"labels must be integers, got {labels.dtype}.")
        if labels.size and not (labels.min() >= 0 and labels.max() < self.num_classes):
            raise ValueError(f"labels must lie in [0, {self.num_classes}), got {labels.min()} to {labels.max()}.")
        labels.flags.writeable = False
        object.__setattr__(self, "labels", labels)

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """(num_samples,): whether the most likely class is the true one."""
        return np.asarray(self.predicted == self.labels)

    @property
    def accuracy(self) -> float:
        """Share of right answers, a fraction; NaN without samples."""
        return float(self.correct.mean()) if self.num_samples else float("nan")

    def save(self, path: Path) -> None:
        """Write an .npz file without pickles; a reader never sees a part of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            np.savez_compressed(file, logits=self.logits, labels=self.labels, class_names=np.array(self.class_names))
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Predictions":
        """Read what `save` wrote; never unpickles."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(stored["logits"], stored["labels"], tuple(stored["class_names"].tolist()))
