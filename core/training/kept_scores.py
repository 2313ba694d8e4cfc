"""Scores that need more than the saved logits, computed once and kept in the run's folder under scores/.

Importing this module does not import Keras.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.kept import saved_arrays
from core.training.runs import Run


def saved_scores(run: Run, split: str) -> dict[str, NDArray[np.floating]]:
    """What an earlier computation has left.

    Args:
        run: whose scores.
        split: "validation", "test", or the name of another kind of images.

    Returns:
        label of the score -> (num_samples,); empty if there is nothing, or nothing that can be read.
    """
    arrays = saved_arrays(_path(run, split))
    shapes = {array.shape for array in arrays.values()}
    return arrays if len(shapes) == 1 and len(*shapes) == 1 else {}


def save_scores(run: Run, split: str, values: Mapping[str, NDArray[np.floating]]) -> None:
    """Keep values for the next time; where the folder cannot be written they are computed again then.

    Args:
        run: whose scores.
        split: "validation", "test", or the name of another kind of images.
        values: label of the score -> (num_samples,).
    """
    path = _path(run, split)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            arrays: dict[str, Any] = dict(values)  # NumPy's annotation takes them for its own arguments
            np.savez_compressed(file, **arrays)
        part.replace(path)


def _path(run: Run, split: str) -> Path:
    return run.results / f"scores/{split}.npz"
