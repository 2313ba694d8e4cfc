"""IDX files, the format of MNIST: a big-endian header, then bytes.

Source: http://yann.lecun.com/exdb/mnist/ (section "File formats for the MNIST database").
"""

import gzip
import hashlib
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTE = 0x08


class DataDamaged(ValueError):
    """A file is there but is not what its publisher published."""


def verified_bytes(path: Path, sha256: str) -> bytes:
    """A file's bytes.

    Raises:
        DataDamaged: their SHA-256 is another; the sentence names the file and what to do.
    """
    content = path.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise DataDamaged(
            f"{path} is damaged: {len(content):,} bytes with SHA-256 {found[:12]}…, expected {sha256[:12]}…. "
            "Delete it and download it again."
        )
    return content


def parse(content: bytes, name: str) -> NDArray[np.uint8]:
    """The array in a gzipped IDX file of unsigned bytes.

    Args:
        content: the file's bytes, gzipped.
        name: the file's name, for errors.

    Returns:
        uint8, of the shape that the header gives; read-only.

    Raises:
        DataDamaged: it is no gzip file, no IDX file of unsigned bytes, or shorter or longer than its header says.
    """
    try:
        raw = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataDamaged(f"{name} is not a complete gzip file ({error}). Delete it and download it again.") from error
    if len(raw) < 4 or raw[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise DataDamaged(f"{name} does not begin as an IDX file of bytes does, but with {raw[:4].hex()}.")
    dimensions, header = raw[3], 4 + 4 * raw[3]
    if len(raw) < header:
        raise DataDamaged(f"{name} ends inside its header, after {len(raw)} bytes of {header}.")
    shape = struct.unpack(f">{dimensions}I", raw[4:header])
    expected = header + int(np.prod(shape, dtype=np.int64))
    if len(raw) != expected:
        raise DataDamaged(f"{name} has {len(raw):,} bytes, its header promises {expected:,}.")
    return np.frombuffer(raw, dtype=np.uint8, offset=header).reshape(shape)
