"""How fast `small_cnn` trains here, against plain Keras `fit` with the settings of the article it comes from.

    python -m benchmarks.training_speed

Both train on all of MNIST with RMSprop and batches of 128, in this process, by turns, so that a busy machine slows both
alike. Two rates are printed, each a median of 3: of the steps alone, and of whole epochs, in which plain Keras
validates and the trainer validates, writes the history and saves a checkpoint. The first epoch compiles and is left out.
"""

import contextlib
import io
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras

from core.data import datasets
from core.models.architectures import small_cnn
from core.training import runs, trainer
from core.training.config import RunConfig

REPETITIONS = 3
EPOCHS = 3  # the first compiles
CONFIG = RunConfig("mnist", "small_cnn", "rmsprop", 1e-3, batch_size=128, epochs=EPOCHS)


def plain_fit() -> tuple[float, float]:
    """Seconds an epoch of the steps alone and of everything, in plain Keras."""
    train, validation = (datasets.load("mnist", split) for split in ("train", "validation"))
    model = small_cnn((28, 28, 1), 10)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy"])
    begun, validated, ended = [], [], []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            begun.append(time.perf_counter())

        def on_test_begin(self, logs: dict | None = None) -> None:
            validated.append(time.perf_counter())

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            ended.append(time.perf_counter())

    model.fit(
        train.images, train.labels, batch_size=128, epochs=EPOCHS, verbose=0, callbacks=[Clock()],
        validation_data=(validation.images, validation.labels),
    )  # fmt: skip
    steps = [end - start for start, end in zip(begun[1:], validated[1:], strict=True)]
    return median(steps), (ended[-1] - ended[0]) / (EPOCHS - 1)


def trainer_run() -> tuple[float, float]:
    """The same of a run of the trainer."""
    ended = []

    class Printed(io.StringIO):
        """Takes note of when the trainer prints an epoch's summary, which is the last thing an epoch does."""

        def write(self, text: str) -> int:
            if "validation loss" in text:
                ended.append(time.perf_counter())
            return super().write(text)

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(Printed()):
        run = runs.create(CONFIG, "benchmark", Path(folder))
        trainer.train(run)
        seconds = [line["seconds"] for line in run.history()]
    return median(seconds[1:]), (ended[-1] - ended[0]) / (EPOCHS - 1)


def main() -> None:
    timed: dict[Callable[[], tuple[float, float]], list[tuple[float, float]]] = {plain_fit: [], trainer_run: []}
    for _ in range(REPETITIONS):
        for train in timed:
            timed[train].append(train())
    print(f"small_cnn on MNIST, {CONFIG.num_images:,} images an epoch, {os.cpu_count()} cores, images/s:")
    for kind, title in enumerate(("steps alone", "whole epochs")):
        plain, ours = (CONFIG.num_images / median(pair[kind] for pair in pairs) for pairs in timed.values())
        print(f"  {title:<12}  plain fit {plain:8,.0f}  trainer {ours:8,.0f}  ratio {ours / plain:.2f}")


if __name__ == "__main__":
    main()
