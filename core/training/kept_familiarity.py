"""The distance to a run's training images with its limit, computed once and kept in the run's folder.

Importing this module does not import Keras.
"""

from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.metrics.familiarity import Familiarity
from core.metrics.whitening import WhitenedClasses
from core.training.kept import saved_arrays
from core.training.runs import Run

NAME = "familiarity.npz"
PARTS = ("mean", "whitening", "class_means", "class_shares")  # of `WhitenedClasses`
Array: TypeAlias = NDArray[np.floating]


def saved_familiarity(run: Run) -> Familiarity | None:
    """The result of an earlier computation; None if there is none, or it cannot be read.

    That of a run that came with the app may have come with it.
    """
    for parent in dict.fromkeys((run.results, run.folder)):
        saved = saved_arrays(parent / NAME)
        if saved.keys() == {*PARTS, "limit"} and saved["limit"].shape == () and _fit(*(saved[name] for name in PARTS)):
            classes = WhitenedClasses(*(saved[name].astype(np.float64) for name in PARTS))
            return Familiarity(classes, float(saved["limit"]))
    return None


def _fit(mean: Array, whitening: Array, class_means: Array, class_shares: Array) -> bool:
    num_features, num_directions = mean.shape, whitening.shape[1:]
    return (
        (mean.ndim, whitening.ndim, class_means.ndim, class_shares.ndim) == (1, 2, 2, 1)
        and whitening.shape[:1] == num_features
        and class_means.shape[1:] == num_directions
        and class_means.shape[:1] == class_shares.shape
        and class_shares.size > 0
    )


def save_familiarity(run: Run, known: Familiarity) -> None:
    """Keep it for the next time, in single precision; where the folder cannot be written it is computed again then."""
    with suppress(OSError):
        write(run.results / NAME, known)


def write(path: Path, known: Familiarity) -> None:
    """Write to an .npz file; a reader never sees a part of it."""
    classes = known.classes
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(
            file,
            mean=np.float32(classes.mean),
            whitening=np.float32(classes.whitening),
            class_means=np.float32(classes.class_means),
            class_shares=np.float32(classes.class_shares),
            limit=known.limit,
        )
    part.replace(path)
