"""Monte Carlo dropout over many images, computed once and kept in the run's folder under monte_carlo/.

Importing this module does not import Keras.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.metrics.passes import PassSummary, joined, pass_summary
from core.training.kept import saved_arrays
from core.training.runs import Run

if TYPE_CHECKING:
    import keras

AT_ONCE = 1000  # images whose passes are in memory at a time


def name_of(split: str) -> str:
    """The name under which the passes over a split are kept; "own" are the run's own test images."""
    return "own" if split == "test" else split


def saved_passes(run: Run, name: str, num_passes: int) -> PassSummary | None:
    """The result of an earlier computation; None if there is none, or it cannot be read.

    That of a run that came with the app may have come with it.
    """
    for parent in dict.fromkeys((run.results, run.folder)):
        saved = saved_arrays(_path(parent, name, num_passes))
        with suppress(ValueError, TypeError):  # other arrays than those of a summary
            return PassSummary(**{part: array.astype(np.float64) for part, array in saved.items()})
    return None


def summarized_passes(
    model: "keras.Model",
    images: NDArray[np.uint8],
    num_passes: int,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> PassSummary:
    """Monte Carlo dropout over many images, summarized in parts, so that not all passes are in memory.

    Args:
        model: a network with Dropout.
        images: (num_samples, height, width, channels) uint8.
        num_passes, seed: as in `core.models.inference.mc_dropout_probs`.
        progress: called with the fraction done, in (0, 1]; raising from it cancels.

    Raises:
        ValueError: the network has no Dropout.
    """
    from core.models.inference import mc_dropout_probs

    parts = []
    for start in range(0, len(images), AT_ONCE):
        batch = images[start : start + AT_ONCE]

        def report(done: float, start: int = start, size: int = len(batch)) -> None:
            if progress is not None:
                progress((start + done * size) / len(images))

        parts.append(pass_summary(mc_dropout_probs(model, batch, num_passes, seed, report)))
    return joined(parts)


def save_passes(run: Run, name: str, num_passes: int, summary: PassSummary) -> None:
    """Save a result for the next time; does nothing if the folder is not writable."""
    with suppress(OSError):
        summary.save(_path(run.results, name, num_passes))


def _path(parent: Path, name: str, num_passes: int) -> Path:
    return parent / f"monte_carlo/{name}-{num_passes}.npz"
