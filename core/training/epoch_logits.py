"""A run's logits for the validation images after each segment, kept in its folder under epochs/ if its config says so.

They are kept in half precision: a hundredth of a point of accuracy may differ from the history. Importing this module does
not import Keras.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.training import records
from core.training.runs import Damaged, Run

LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True, eq=False)
class EpochLogits:
    """The logits of one split after each of several segments.

    Attributes:
        epochs: (num_segments,), epochs since the beginning; a run given in steps has fractions.
        logits: (num_segments, num_samples, num_classes) float32.
        labels: (num_samples,).
        class_names: num_classes names.
    """

    epochs: NDArray[np.float64]
    logits: NDArray[np.float32]
    labels: NDArray[np.integer]
    class_names: tuple[str, ...]


def keep(run: Run, step: int, logits: NDArray[np.float32]) -> None:
    """Write the logits after this step; those after the same step of an attempt that was interrupted are replaced.

    Args:
        run: whose network.
        step: the last step of the segment.
        logits: (num_samples, num_classes).
    """
    path = run.folder / _name(step)
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.save(file, np.clip(logits, -LARGEST, LARGEST).astype(np.float16))
    part.replace(path)


def is_kept(run: Run) -> bool:
    """Whether the run has kept logits of its segments."""
    return run.config.keep_logits and (run.folder / "epochs").is_dir()


def kept(run: Run) -> EpochLogits:
    """The logits after each segment of a finished run, in the order of training.

    Raises:
        Damaged: one is missing or cannot be read.
    """
    validation, history = run.predictions("validation"), run.history()
    stacked = np.empty((len(history), *validation.logits.shape), np.float32)
    for place, line in enumerate(history):
        stacked[place] = _read(run, int(line["step"]), validation.logits.shape)
    epochs = np.array([line["epoch"] for line in history])
    return EpochLogits(epochs, stacked, validation.labels, validation.class_names)


def _read(run: Run, step: int, shape: tuple[int, ...]) -> NDArray[np.float16]:
    name = _name(step)
    try:
        with records.opened(run.folder / name) as file:
            logits: NDArray[np.float16] = np.load(file, allow_pickle=False)
    except FileNotFoundError:
        raise Damaged(f"{name} is missing.") from None
    except Damaged:
        raise
    except Exception as error:  # of a broken file, NumPy raises whatever it meets
        raise Damaged(f"{name} is incomplete or was changed.") from error
    if logits.dtype != np.float16 or logits.shape != shape or not np.isfinite(logits).all():
        raise Damaged(f"{name} must have finite float16 logits of shape {shape}, got {logits.dtype} of {logits.shape}.")
    return logits


def _name(step: int) -> str:
    return f"epochs/{step:08d}.npy"
