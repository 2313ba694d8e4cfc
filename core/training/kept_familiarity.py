"""The distance to a run's training images with its limit, computed once and kept in the run's folder.

Importing this module does not import Keras.
"""

from contextlib import suppress
from pathlib import Path

import numpy as np

from core.metrics.familiarity import Familiarity
from core.metrics.whitening import WhitenedClasses
from core.training.runs import Run

NAME = "familiarity.npz"


def saved_familiarity(run: Run) -> Familiarity | None:
    """The result of an earlier computation; None if there is none, or it cannot be read.

    That of a run that came with the app may have come with it.
    """
    for parent in dict.fromkeys((run.results, run.folder)):
        # Of a broken file NumPy raises whatever it meets. Opened here, because NumPy would leave such a file open.
        with (
            suppress(Exception),
            (parent / NAME).open("rb") as file,
            np.load(file, allow_pickle=False) as saved,
        ):
            arrays = [saved[name].astype(np.float64) for name in ("mean", "whitening", "class_means", "class_shares")]
            return Familiarity(WhitenedClasses(*arrays), float(saved["limit"]))
    return None


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
