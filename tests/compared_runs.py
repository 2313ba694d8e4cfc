"""Finished runs that were never trained: folders with random answers, for the tests of comparisons."""

import json
from pathlib import Path

import numpy as np

from core.data import sources
from core.metrics.predictions import Predictions

NUM_SAMPLES = 120
EPOCHS = 3


def write_run(
    parent: Path,
    name: str,
    *,
    seed: int,
    accuracy: float = 0.6,
    dataset: str = "cifar10",
    finished_at: float = 1.0,
    ood: bool = False,
    **settings: object,
) -> Path:
    """The folder of a finished run with these settings; exactly this share of its answers is right."""
    names = sources.source(dataset).class_names
    folder, rng = parent / name, np.random.default_rng([seed, int(1000 * accuracy)])
    labels = np.arange(NUM_SAMPLES) % len(names)
    right = rng.permutation(NUM_SAMPLES) < round(accuracy * NUM_SAMPLES)
    answers = np.where(right, labels, (labels + 1) % len(names))
    logits = rng.random(size=(NUM_SAMPLES, len(names)))
    logits[np.arange(NUM_SAMPLES), answers] = 3 + rng.random(NUM_SAMPLES)
    for split in ("validation", "test"):
        Predictions(logits, labels, names).save(folder / f"predictions/{split}.npz")
    if ood:
        (folder / "logits").mkdir()
        np.savez(folder / "logits/mnist.npz", logits=np.float32(rng.normal(size=(50, len(names)))))
    config = {"dataset": dataset, "architecture": "conv10", "epochs": EPOCHS, "seed": seed} | settings
    (folder / "config.json").write_text(json.dumps(config))
    lines = [
        {
            "step": 10 * epoch, "epoch": float(epoch), "loss": 2 / epoch, "accuracy": accuracy * epoch / EPOCHS,
            "validation_loss": 2.5 / epoch, "validation_accuracy": accuracy * epoch / EPOCHS, "seconds": 4.0 + seed,
            "images_per_second": 100.0,
        }
        for epoch in range(1, EPOCHS + 1)
    ]  # fmt: skip
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = {
        "finished_at": finished_at, "seconds": 12.0, "validation_accuracy": accuracy, "test_accuracy": accuracy,
        "machine": {"processor": "none", "device": "none"},
    }  # fmt: skip
    (folder / "done.json").write_text(json.dumps(done))
    return folder


def write_experiment(folder: Path, name: str, gains: dict[str, list[float]]) -> None:
    """An experiment of CIFAR-10 whose variants are losses, with all of its runs.

    Args:
        folder: of the runs.
        name: of the experiment.
        gains: loss -> accuracy per seed.
    """
    variants = "".join(f'[[variants]]\nname = "{loss}"\nloss = "{loss}"\n' for loss in gains)
    num_seeds = max(map(len, gains.values()))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(
        f'title = "Which loss?"\nabout = "A test."\nseeds = {list(range(num_seeds))}\n[settings]\ndataset = "cifar10"\n'
        f'architecture = "conv10"\nepochs = {EPOCHS}\n{variants}'
    )
    for loss, accuracies in gains.items():
        for seed, accuracy in enumerate(accuracies):
            write_run(folder, f"{name}--{loss}--seed-{seed}", seed=seed, accuracy=accuracy, loss=loss)
