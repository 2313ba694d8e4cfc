"""Finished runs of MNIST that were never trained: seeds with random answers that become better from epoch to epoch."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.data import sources
from core.metrics.predictions import Predictions
from core.training import epoch_logits
from core.training.config import RunConfig
from core.training.runs import Run

NAMES = sources.source("mnist").class_names
NUM_TEST, NUM_VALIDATION, NUM_EPOCHS, STEPS = 300, 120, 4, 10
MACHINE = {"processor": "a processor", "device": "CPU"}


def answers(num_samples: int, signal: float, seed: int) -> Predictions:
    """Answers to the same images by another network for each seed; the larger the signal, the more are right."""
    labels = np.random.default_rng(0).integers(10, size=num_samples)
    noise = np.random.default_rng(seed + 1).normal(size=(num_samples, 10))
    return Predictions(signal * np.eye(10)[labels] + noise, labels, NAMES)


def write_run(
    folder: Path,
    seed: int,
    *,
    loss: str = "cross_entropy",
    keeps: bool = True,
    num_test: int = NUM_TEST,
    num_validation: int = NUM_VALIDATION,
    num_epochs: int = NUM_EPOCHS,
) -> Run:
    """A finished run without a model."""
    run = Run(folder / f"{loss}-{seed}")
    run.folder.mkdir(parents=True)
    config = RunConfig(
        "mnist", "dense", epochs=num_epochs, seed=seed, loss=loss, keep_logits=keeps,
        versions={"keras": "3", "tensorflow": "2", "numpy": "2"},
    )  # fmt: skip
    (run.folder / "config.json").write_text(json.dumps(asdict(config)))
    own = seed + 100 * (loss != "cross_entropy")  # of the noise: two recipes give two networks
    validation, test = answers(num_validation, 2.5, own), answers(num_test, 2.5, own)
    validation.save(run.folder / "predictions/validation.npz")
    test.save(run.folder / "predictions/test.npz")
    lines = []
    for epoch in range(1, num_epochs + 1):
        line = dict.fromkeys(("loss", "validation_loss", "seconds", "images_per_second"), 1.0)
        lines.append(line | {"step": STEPS * epoch, "epoch": epoch, "accuracy": 0.5, "validation_accuracy": 0.5})
        if keeps:
            epoch_logits.keep(run, STEPS * epoch, answers(num_validation, 2.5 * epoch / num_epochs, own).logits)
    (run.folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = {"finished_at": 1.0 + seed, "seconds": 4.0, "machine": MACHINE}
    accuracies = {"validation_accuracy": validation.accuracy, "test_accuracy": test.accuracy}
    (run.folder / "done.json").write_text(json.dumps(done | accuracies))
    return run
