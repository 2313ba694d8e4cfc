"""Arrays that were computed once and are kept in a run's folder: read as they were written, or not at all.

Importing this module does not import Keras.
"""

import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.training import records


def saved_arrays(file: Path) -> dict[str, NDArray[np.floating]]:
    """The arrays in an .npz file.

    Returns:
        Name -> array of finite numbers. Empty if there is no such file, if it is not a regular file or unpacks to more than
        `records.LARGEST_ARRAYS` bytes, or if anything in it cannot be read or is no finite floating-point number.
    """
    # Of a broken file NumPy raises whatever it meets. Opened here, because NumPy would leave such a file open.
    with suppress(Exception), records.opened(file) as stream:
        with zipfile.ZipFile(stream) as archive:
            if sum(member.file_size for member in archive.infolist()) > records.LARGEST_ARRAYS:
                return {}
        stream.seek(0)
        with np.load(stream, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        if all(np.issubdtype(array.dtype, np.floating) and np.isfinite(array).all() for array in arrays.values()):
            return arrays
    return {}
