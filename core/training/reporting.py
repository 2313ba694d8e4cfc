"""Progress of a run, written to its folder by the trainer, and the request to stop, read from there."""

import json
import math
import time
from collections.abc import Mapping
from typing import Any

from core.data import datasets
from core.training.config import RunConfig
from core.training.runs import Run, write_text
from core.training.writing import CANNOT_WRITE, why

REPORT_EVERY = 0.25  # seconds between two checks of the stop file and two writes of the progress


class NonFiniteLoss(ArithmeticError):
    """The loss became NaN or infinite."""


class StopRequested(Exception):
    """Somebody asked the run to stop."""


def report(run: Run, progress: dict[str, Any]) -> None:
    """Write the progress of the run to its folder."""
    write_text(run.folder / "progress.json", json.dumps(progress))


def reporter(keras: Any, run: Run, config: RunConfig, first: int, last: int) -> Any:
    """A Keras callback that writes progress.json, prints the same numbers, and checks the stop file."""
    started, last_report = time.perf_counter(), 0.0

    class Reporter(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
            nonlocal last_report
            now = time.perf_counter()
            if now - last_report < REPORT_EVERY:
                return
            # Keras counts whole executions of several steps, the last of which may have fewer.
            last_report, done = now, min(batch + 1, last - first)
            if (run.folder / "stop").exists():
                raise StopRequested
            check_finite(logs["loss"], first + done)
            images_per_second = done * config.batch_size / (now - started)
            steps_left = config.total_steps - first - done
            progress = {
                "phase": "training",
                "step": first + done,
                "total_steps": config.total_steps,
                "images_per_second": images_per_second,
                "seconds_left": steps_left * config.batch_size / images_per_second,
                "loss": logs["loss"],
                "accuracy": logs["accuracy"],
            }
            if "cross_entropy" in logs:
                progress["cross_entropy"] = logs["cross_entropy"]
            report(run, progress)
            print(
                f"\rstep {progress['step']:,} of {config.total_steps:,} · {images_per_second:,.0f} images/s · "
                f"{progress['seconds_left']:.0f} s left · loss {comparable_loss(logs):.4f} ",
                end="", flush=True,
            )  # fmt: skip

    return Reporter()


def comparable_loss(values: Mapping[str, float]) -> float:
    """The training loss to show beside the validation loss: cross-entropy alone, where it was recorded.

    Args:
        values: a line of the history, or the progress during training.
    """
    return values.get("cross_entropy", values["loss"])


def summary(line: dict[str, float]) -> str:
    return (
        f"epoch {line['epoch']:g} · loss {comparable_loss(line):.4f} · accuracy {line['accuracy']:.2%} · validation loss "
        f"{line['validation_loss']:.4f} · accuracy {line['validation_accuracy']:.2%} · {line['images_per_second']:,.0f} images/s"
    )


def check_finite(loss: float, step: int) -> None:
    if not math.isfinite(loss):
        raise NonFiniteLoss(
            f"The loss became {loss} at step {step:,}. Try a lower learning rate, or float32 instead of mixed precision."
        )


def failure(error: BaseException) -> str:
    """One sentence that tells a user why a run failed."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError) or "ResourceExhausted" in text or "out of memory" in text.lower():
        return "Out of memory. Choose a smaller batch, a smaller network or another device."
    if isinstance(error, NonFiniteLoss | datasets.DataMissing | datasets.DataDamaged):
        return str(error)
    if isinstance(error, OSError) and (error.errno in CANNOT_WRITE or "No space left" in text):
        return why(error)
    return text.splitlines()[0]
