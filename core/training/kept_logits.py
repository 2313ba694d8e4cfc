"""A network's logits for images that are not its own, computed once and kept in the run's folder under logits/.

Importing this module does not import Keras.
"""

from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.training.kept import saved_arrays
from core.training.runs import Run

# Data set -> the one whose test images are out of distribution for it, when runs are compared by one number.
OUT_OF_DISTRIBUTION = {"cifar10": "mnist", "mnist": "fashion_mnist", "fashion_mnist": "mnist"}


def saved_logits(run: Run, name: str) -> NDArray[np.float32] | None:
    """The result of an earlier computation; None if there is none, or it cannot be read.

    That of a run that came with the app may have come with it.

    Args:
        run: whose network.
        name: of the images.

    Returns:
        (num_samples, num_classes).
    """
    for parent in dict.fromkeys((run.results, run.folder)):
        logits = saved_arrays(_path(parent, name)).get("logits")
        if logits is not None and logits.ndim == 2 and np.can_cast(logits.dtype, np.float32):
            return logits.astype(np.float32)
    return None


def save_logits(run: Run, name: str, logits: NDArray[np.float32]) -> None:
    """Keep logits for the next time; where the folder cannot be written they are computed again then."""
    path = _path(run.results, name)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            np.savez_compressed(file, logits=logits)
        part.replace(path)


def _path(parent: Path, name: str) -> Path:
    return parent / f"logits/{name}.npz"
