"""CIFAR-10's binary version: records of a label byte and 3 x 32 x 32 bytes, channel by channel, row by row.

Source: https://www.cs.toronto.edu/~kriz/cifar.html (section "Binary version").
"""

from collections.abc import Mapping
from math import prod

import numpy as np
from numpy.typing import NDArray

from core.data.formats.idx import DataDamaged

NUM_CLASSES = 10
SHAPE = (3, 32, 32)  # channels, height, width, as stored
RECORD = 1 + prod(SHAPE)  # bytes


def images_and_labels(contents: Mapping[str, bytes]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The content of some of CIFAR-10's batches, one after the other.

    Args:
        contents: file name -> its bytes.

    Returns:
        images (num_samples, 32, 32, 3) and labels (num_samples,); both uint8.

    Raises:
        DataDamaged: a file ends inside a record, or has a label beyond 9; says which.
    """
    batches = [_records(content, name) for name, content in contents.items()]
    images = np.concatenate([batch[:, 1:] for batch in batches]).reshape(-1, *SHAPE)
    labels = np.concatenate([batch[:, 0] for batch in batches])
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels


def _records(content: bytes, name: str) -> NDArray[np.uint8]:
    """(num_samples, RECORD): each row is a label and the pixels of its image."""
    if len(content) % RECORD:
        raise DataDamaged(
            f"{name} has {len(content):,} bytes, which is no whole number of records of {RECORD:,} bytes. "
            "Delete it and download it again."
        )
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, RECORD)
    wrong = np.flatnonzero(records[:, 0] >= NUM_CLASSES)
    if len(wrong):
        raise DataDamaged(
            f"{name} has the label {records[wrong[0], 0]} at image {wrong[0]:,}; labels lie in [0, {NUM_CLASSES})."
        )
    return records
