"""Monte Carlo dropout over many images, computed once and kept in the run's folder under monte_carlo/.

Importing this module does not import Keras.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.metrics.passes import PassSummary, joined, pass_summary
from core.training import runs
from core.training.runs import Run

AT_ONCE = 1000  # images whose passes are held at a time


def saved_passes(run: Run, name: str, num_passes: int) -> PassSummary | None:
    """What an earlier computation has left; None if there is nothing, or nothing that can be read."""
    with suppress(Exception):  # of a broken file NumPy raises whatever it stumbles over
        return PassSummary.load(_path(run, name, num_passes))
    return None


def computed_passes(
    run: Run,
    name: str,
    images: NDArray[np.uint8],
    num_passes: int,
    seed: int,
    progress: Callable[[float], None] | None = None,
    model: object | None = None,
) -> PassSummary:
    """Monte Carlo dropout over some images, and the result kept for the next time.

    Args:
        run: a finished run whose network has Dropout.
        name: of these images, for the file.
        images: (num_samples, height, width, channels) uint8.
        num_passes, seed: as `core.models.inference.mc_dropout_probs` takes them.
        progress: called with the fraction done; raising from it cancels, and nothing is kept.
        model: the run's model if it is loaded already.

    Raises:
        ValueError: the network has no Dropout.
    """
    from core.models.inference import mc_dropout_probs

    model = model if model is not None else run.model()
    parts = []
    for start in range(0, len(images), AT_ONCE):
        batch = images[start : start + AT_ONCE]

        def report(done: float, start: int = start, size: int = len(batch)) -> None:
            if progress is not None:
                progress((start + done * size) / len(images))

        parts.append(pass_summary(mc_dropout_probs(model, batch, num_passes, seed, report)))
    summary = joined(parts)
    # Where the folder cannot be written, as in a shared installation, the result is computed again the next time.
    with suppress(OSError):
        summary.save(_path(run, name, num_passes))
    return summary


def _path(run: Run, name: str, num_passes: int) -> Path:
    # What came with the app is left as it came: of a starter run the results lie among the user's own runs.
    home = runs.folder() / run.name if run.is_starter else run.folder
    return home / f"monte_carlo/{name}-{num_passes}.npz"
