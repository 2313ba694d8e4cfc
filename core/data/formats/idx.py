"""IDX files, the format of MNIST: a big-endian header, then bytes.

Source: http://yann.lecun.com/exdb/mnist/ (section "File formats for the MNIST database").
"""

import gzip
import io
import struct
import zlib
from collections.abc import Mapping
from math import prod

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTE = 0x08
LARGEST = 2**26  # bytes, unpacked; the largest published file has 47 million
MOST_DIMENSIONS = 3  # images have as many, labels one


class DataDamaged(ValueError):
    """A file exists but differs from the published one."""


def parse(content: bytes, name: str) -> NDArray[np.uint8]:
    """The array in a gzipped IDX file of unsigned bytes.

    Args:
        content: the file's bytes, gzipped.
        name: the file's name, for errors.

    Returns:
        uint8, with the shape that the header gives; read-only.

    Raises:
        DataDamaged: it is not a gzip file, not an IDX file of unsigned bytes, or its length differs from its header.
    """
    try:
        # Not decompress(), which unpacks everything: a few kilobytes can become gigabytes.
        with gzip.open(io.BytesIO(content)) as file:
            raw = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataDamaged(f"{name} is not a complete gzip file ({error}). Delete it and download it again.") from error
    if len(raw) > LARGEST:
        raise DataDamaged(f"{name} unpacks to more than {LARGEST:,} bytes. Delete it and download it again.")
    if len(raw) < 4 or raw[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise DataDamaged(f"{name} does not begin as an IDX file of bytes does, but with {raw[:4].hex()}.")
    dimensions, header = raw[3], 4 + 4 * raw[3]
    if dimensions > MOST_DIMENSIONS:
        raise DataDamaged(f"{name} promises {dimensions} dimensions; at most {MOST_DIMENSIONS} were expected.")
    if len(raw) < header:
        raise DataDamaged(f"{name} ends inside its header, after {len(raw)} bytes of {header}.")
    shape = struct.unpack(f">{dimensions}I", raw[4:header])
    expected = header + prod(shape)
    if len(raw) != expected:
        raise DataDamaged(f"{name} has {len(raw):,} bytes, its header promises {expected:,}.")
    try:
        return np.frombuffer(raw, dtype=np.uint8, offset=header).reshape(shape)
    except ValueError as error:  # no element, and lengths whose product NumPy cannot hold
        raise DataDamaged(f"{name} promises the impossible shape {shape}.") from error


def images_and_labels(contents: Mapping[str, bytes]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The content of a pair of MNIST's files.

    Args:
        contents: file name -> its bytes, gzipped; the images' file first, then the labels'.

    Returns:
        images (num_samples, height, width, 1) and labels (num_samples,); both uint8, read-only.

    Raises:
        DataDamaged: as `parse`.
    """
    images, labels = (parse(content, name) for name, content in contents.items())
    return images[..., None], labels
