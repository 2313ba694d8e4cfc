"""Data sets as values: images as stored, labels, names.

Splits: "train" (the first training images), "validation" (the last ones), "test" (as published). Of 60,000 images
50,000 train and 10,000 validate; of CIFAR-10's 50,000 training images the first 45,000 train and the last 5,000 validate.
`core.data.formats.pets` says how the pets are split.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.data import sources
from core.data.formats.idx import DataDamaged
from core.data.sources import DataMissing

__all__ = ["SPLITS", "DataDamaged", "DataMissing", "Dataset", "available", "load"]
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """One split of a data set.

    Attributes:
        name, split: what was loaded.
        images: uint8 (num_samples, height, width, channels), as stored; scaling is the model's first layer.
        labels: (num_samples,) integers.
        class_names: in the order of the labels.
        groups: superclass -> its class names; empty if there are none.
        note: what a viewer must know, for example that this is only a sample; usually empty.

    Raises:
        ValueError: the arrays do not fit together.
    """

    name: str
    split: str
    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    class_names: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    note: str = ""

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.ndim != 4:
            raise ValueError(
                "images must be uint8 of shape (num_samples, height, width, channels), "
                f"got {self.images.dtype} of shape {self.images.shape}."
            )
        if self.labels.shape != self.images.shape[:1]:
            raise ValueError(f"labels must have shape {self.images.shape[:1]}, one per image, got {self.labels.shape}.")
        if self.labels.size and self.labels.max() >= len(self.class_names):
            raise ValueError(f"labels must lie in [0, {len(self.class_names)}), got {self.labels.max()}.")
        self.images.flags.writeable = self.labels.flags.writeable = False
        object.__setattr__(self, "groups", MappingProxyType(dict(self.groups)))


def load(name: str, split: str) -> Dataset:
    """One split of a data set. Every file whose SHA-256 `core.data.sources` knows is checked: all but those of the pets.

    Args:
        name: a name in `core.data.sources.SOURCES`.
        split: "train", "validation" or "test".

    Raises:
        ValueError: there is no such data set or split.
        DataMissing: a file was not found.
        DataDamaged: a file differs from the published one.
    """
    source = sources.source(name)
    if split not in source.split_files:
        raise ValueError(f"There is no split {split!r}; expected one of {', '.join(source.split_files)}.")
    if source.read is None:
        images, labels = sources.opened(name).read(split)
        return Dataset(
            name, split, images, labels.astype(np.int64), source.class_names, source.groups, sources.note(name)
        )
    images, labels = source.read({file: sources.content(name, file) for file in source.split_files[split]})
    num_train, num_validation = source.num_samples["train"], source.num_samples["validation"]
    part = {
        "train": slice(num_train),
        "validation": slice(-num_validation, None),
        "test": slice(None),
    }[split]
    return Dataset(name, split, images[part], labels[part].astype(np.int64), source.class_names, source.groups)


def available(name: str, split: str) -> bool:
    """Whether every file of a split was found. Fast, because no file is read."""
    return not sources.missing_files(name, split)
