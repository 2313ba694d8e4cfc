"""Train one run: `python -m core.training.trainer RUN_FOLDER`, started by a page or in a terminal.

The run is divided into segments: an epoch, or, if the run is given in steps, at most a tenth of the run and at most to the
end of an epoch. After each segment the model and its optimizer are saved and a line is added to the history. So a run that was stopped or killed continues from its last
segment, and ends with exactly the weights that it would have had without the pause (on a CPU; GPUs add in varying order).
"""

import argparse
import json
import math
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from core.data import augmentation, datasets, out_of_distribution, sources
from core.data.datasets import Dataset
from core.metrics.predictions import Predictions
from core.training import cells, epoch_logits, kept_logits, machine, queue
from core.training.config import RunConfig
from core.training.reporting import (
    StopRequested,
    check_finite,
    failure,
    report,
    reporter,
    summary,
)
from core.training.runs import Run, write_text
from core.training.writing import remove_checkpoints, remove_parts

if TYPE_CHECKING:
    import keras

NICENESS = 10  # pages and the networks that they use have priority if there are few cores


def segments(config: RunConfig) -> Iterator[tuple[int, int]]:
    """The segments of a run, none of which crosses the end of an epoch.

    Returns:
        Pairs (first step, step after the last), which cover 0 to config.total_steps.
    """
    longest = config.steps_per_epoch if config.steps is None else math.ceil(config.steps / 10)
    first = 0
    while first < config.total_steps:
        end_of_epoch = (first // config.steps_per_epoch + 1) * config.steps_per_epoch
        last = min(first + longest, end_of_epoch, config.total_steps)
        yield first, last
        first = last


def train(run: Run, *, at_once: bool = False, device: str | None = None) -> None:
    """Train the run from its last checkpoint to its end.

    Args:
        run: which.
        at_once: without waiting for its turn in the queue.
        device: where, if not on the device of its config.

    Raises:
        StopRequested: a user asked it to stop.
        NonFiniteLoss: the loss became NaN or infinite.
        DataMissing, DataDamaged: its data set cannot be read.
    """
    config = replace(run.config, device=device or run.config.device)
    with nullcontext() if at_once else queue.take_turn(run):
        _select_device(config)
        splits = {split: datasets.load(config.dataset, split) for split in datasets.SPLITS}
        done = _fit(run, config, splits)
    write_text(run.folder / "done.json", json.dumps(done, indent=2) + "\n")
    remove_checkpoints(run.folder)


def _select_device(config: RunConfig) -> None:
    """Set backend, device and gradual GPU memory allocation, before Keras is imported."""
    os.environ["KERAS_BACKEND"] = config.backend
    os.environ.update(machine.visible_only(config.device))
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def _fit(run: Run, config: RunConfig, splits: dict[str, Dataset]) -> dict[str, Any]:
    """Train in segments; returns the content of done.json."""
    import keras

    from core.training import optimization
    from core.training.feeding import fed

    model = _restored(run) or optimization.compiled(config)
    history = [line for line in run.history() if line["step"] <= _step(model)]
    images, labels = splits["train"].images[: config.num_images], splits["train"].labels[: config.num_images]
    if len(images) < config.num_images:
        raise datasets.DataMissing(
            f"The run was made for {config.num_images:,} training images of {config.dataset}, of which {len(images):,} are "
            "here. Bring the others back, or make a new run."
        )
    optimization.prepare(model, images[: config.batch_size])
    for first, last in segments(config):
        if last <= _step(model):
            continue
        if _has_run_out_of_patience(history, config):
            break
        if first == config.frozen_epochs * config.steps_per_epoch > 0:
            optimization.unfreeze(model, config, first)
            optimization.prepare(model, images[: config.batch_size])
        before = time.perf_counter()
        epoch, start = divmod(first, config.steps_per_epoch)
        # Order and augmentation depend only on seed and epoch, so that a resumed run sees the same images.
        rng = np.random.default_rng([config.seed, epoch])
        part = rng.permutation(len(images))[start * config.batch_size : (start + last - first) * config.batch_size]
        seen = _augmented(images, part, config, rng)
        _reseed(model, config.seed, first)
        fitted = model.fit(
            **fed(seen, labels[part], config.batch_size),
            verbose=0,
            callbacks=[reporter(keras, run, config, first, last)],
        ).history
        seconds = time.perf_counter() - before
        check_finite(fitted["loss"][0], last)
        with optimization.averaged(model):
            validation = predicted(model, splits["validation"], last)
            if config.keep_logits:
                epoch_logits.keep(run, last, validation.logits)
            validation_loss = _loss(validation)
            lowest = min((line["validation_loss"] for line in history), default=math.inf)
            if config.patience and validation_loss < lowest:
                _save(float32_model(model, config), run.folder / "best.keras")
        # "cross_entropy" is measured only if the loss has other terms, and not by the checkpoints of older versions.
        measured = [key for key in ("loss", "cross_entropy", "accuracy") if key in fitted]
        history.append(
            {
                "step": last,
                "epoch": last / config.steps_per_epoch,
                **{key: fitted[key][0] for key in measured},
                "validation_loss": validation_loss,
                "validation_accuracy": validation.accuracy,
                "seconds": seconds,
                "images_per_second": len(part) / seconds,
            }
        )
        # The history first: a resumed run drops the lines that are newer than its checkpoint.
        write_text(run.folder / "history.jsonl", "".join(json.dumps(line) + "\n" for line in history))
        _save(model, run.folder / "checkpoint.keras")
        print(f"\r{summary(history[-1])}", flush=True)
    report(run, {"phase": "evaluating"})
    with optimization.averaged(model):
        kept = keras.saving.load_model(run.folder / "best.keras") if config.patience else float32_model(model, config)
        results = {split: predicted(kept, splits[split], _step(model)) for split in ("validation", "test")}
        for split, predictions in results.items():
            predictions.save(run.folder / f"predictions/{split}.npz")
        if cells.is_cell(run):
            _keep_out_of_distribution(run, kept)
        _save(kept, run.folder / "model.keras")
    return {
        "finished_at": time.time(),
        "seconds": sum(line["seconds"] for line in history),
        "kept_epoch": _kept(history, config)["epoch"],
        "num_parameters": model.count_params(),
        **{f"{split}_accuracy": predictions.accuracy for split, predictions in results.items()},
        "machine": machine.description(config.device),
    }


def _augmented(
    images: NDArray[np.uint8], part: NDArray[np.integer], config: RunConfig, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A part of the training images, augmented. Random numbers are drawn for all images, so they do not depend on the part."""
    seen = images[part]
    if config.shift:
        offsets = rng.integers(-config.shift, config.shift, size=(len(images), 2), endpoint=True)
        seen = augmentation.shifted(seen, offsets[part])
    if config.flip:
        seen = augmentation.flipped(seen, rng.integers(2, size=len(images), dtype=bool)[part])
    if config.cutout:
        seen = augmentation.cut_out(seen, rng.integers(images.shape[1:3], size=(len(images), 2))[part], config.cutout)
    return seen


def _kept(history: list[dict[str, float]], config: RunConfig) -> dict[str, float]:
    """The history line of the segment whose weights are kept."""
    return min(history, key=lambda line: line["validation_loss"]) if config.patience else history[-1]


def _has_run_out_of_patience(history: list[dict[str, float]], config: RunConfig) -> bool:
    losses = [line["validation_loss"] for line in history]
    return bool(config.patience and losses) and len(losses) - 1 - losses.index(min(losses)) >= config.patience


def float32_model(model: "keras.Model", config: RunConfig) -> "keras.Model":
    """A model with the same weights, without optimizer, that computes in float32.

    Lower precision is slow on some machines, and too imprecise for gradients with respect to an image.
    """
    import keras

    from core.training import optimization

    keras.config.set_dtype_policy("float32")
    kept = optimization.network(config)
    keras.config.set_dtype_policy(config.precision)
    kept.set_weights(model.get_weights())
    return kept


def _restored(run: Run) -> "keras.Model | None":
    import keras

    file = run.folder / "checkpoint.keras"
    return keras.saving.load_model(file, safe_mode=True) if file.exists() else None


def _reseed(model: "keras.Model", seed: int, step: int) -> None:
    """Make Dropout depend only on seed and step: a saved model does not keep the state of its random generators."""
    for number, layer in enumerate(model.layers):
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign(np.random.default_rng([seed, step, number]).integers(2**32, size=2))


def _step(model: "keras.Model") -> int:
    return int(model.optimizer.iterations)


def _save(model: "keras.Model", path: Path) -> None:
    part = path.with_name(f".part-{path.name}")  # Keras wants the ending .keras
    model.save(part)
    part.replace(path)


def predicted(model: "keras.Model", dataset: Dataset, step: int) -> Predictions:
    from core.models.inference import logits

    answers = logits(model, dataset.images)
    check_finite(float(answers.sum()), step)
    return Predictions(answers, dataset.labels, dataset.class_names)


def _keep_out_of_distribution(run: Run, model: "keras.Model") -> None:
    """Keep the logits for another data set's test images, by which the runs of an experiment are compared, if it is here."""
    from core.models.inference import logits

    name = kept_logits.OUT_OF_DISTRIBUTION.get(run.config.dataset)
    if name is None:
        return
    try:
        images = datasets.load(name, "test").images
    except (datasets.DataMissing, datasets.DataDamaged) as error:
        print(f"Without logits for {name}: {error}", flush=True)
        return
    shape = sources.source(run.config.dataset).image_shape
    kept_logits.save_logits(run, name, logits(model, out_of_distribution.in_shape(images, shape)))


def _loss(predictions: Predictions) -> float:
    picked = predictions.probs[np.arange(predictions.num_samples), predictions.labels]
    return float(-np.log(np.maximum(picked, np.finfo(np.float64).tiny)).mean())


def _end_with_parent() -> None:
    """End with the parent: it holds the other end of standard input, which the system closes when the parent ends."""
    # Not through sys.stdin, whose lock a thread that waits would still hold when Python ends.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(1)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m core.training.trainer", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a run's folder, which has a config.json")
    parser.add_argument("--queued", action="store_true", help="for the queue, which starts the run in its turn")
    parser.add_argument("--device", help="train there instead of on the device of the config")
    parser.add_argument(
        "--attached", action="store_true",
        help="for a program that starts several trainers: begin at once, without a turn in the queue, and end when it ends",
    )  # fmt: skip
    asked = parser.parse_args(arguments)
    run = Run(asked.run.resolve())
    if asked.attached:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        held = FileLock(run.folder / "lock").acquire(timeout=10)
    except Timeout:
        # No error.txt: the run has not failed, another trainer is at work on it.
        print(f"{run.name} is being trained already.", file=sys.stderr)
        return 1
    # Its end is recorded while the lock is held; otherwise the run would look interrupted for a moment.
    with held:
        remove_parts(run.folder)  # of a trainer that was killed
        if run.status == "done":
            remove_checkpoints(run.folder)
            print(f"{run.name} is done already. Make a new run to train again.", file=sys.stderr)
            return 1
        try:
            if asked.attached:
                report(run, {"phase": "loading"})
                queue.leave(run)
                (run.folder / "error.txt").unlink(missing_ok=True)
            # A queued run that is not in the queue any more was stopped before its turn.
            elif not asked.queued:
                queue.join(run)
            train(run, at_once=asked.attached, device=asked.device)
        except queue.QueueFull as error:
            print(error, file=sys.stderr)
            return 1
        except (StopRequested, KeyboardInterrupt):
            write_text(run.folder / "stop", "")
            print("\nStopped. Resume it from the page Train or with the same command.")
            return 0
        except Exception as error:
            remove_parts(run.folder)  # first: on a full disk this makes room for the reason
            with suppress(OSError):
                write_text(run.folder / "error.txt", failure(error))
            print(f"\n{failure(error)}", file=sys.stderr)
            raise
    print(f"Test accuracy {run.done()['test_accuracy']:.2%}. The run is in {run.folder}.")
    return 0


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Without taking TensorFlow down, which takes a while: the next run would wait for it.
    os._exit(status)
