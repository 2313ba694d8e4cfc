"""Train the runs that come with the app: `python -m core.training.starter [NAME ...]`.

On two CPU cores those of MNIST and Fashion-MNIST take about five minutes together, those of CIFAR-10 an hour or more each,
that of the pets a few minutes. Data sets that do not come with the app must be complete, except the pets:
`python -m core.data.download fashion_mnist`.

Large models are saved with weights in half precision; their accuracies and predictions are computed with those weights.

The last digits of the weights depend on the code, the versions of the packages and the number of cores. The runs of MNIST
and Fashion-MNIST that come with the app were trained before `core.models.losses` existed, with Keras's own cross-entropy,
which rounds differently. So training them again gives another accuracy, by a few hundredths of a point.
"""

import argparse
import json
import shutil
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np

from core.data import datasets
from core.training import runs, trainer
from core.training.config import RECIPES, RunConfig
from core.training.runs import Run, write_text

LARGE = 4e6  # bytes; the weights of a larger model file are saved in half precision
TOLERANCE = 0.001  # largest change of accuracy (a fraction) by half precision

STARTERS = {
    # The thesis gives 96.7 % after 1,000 steps, but not its optimizer or learning rate; these come closest on validation.
    "mnist-dense": RunConfig("mnist", "dense", "sgd", 0.025, batch_size=100, steps=1000),
    # The best on validation among several optimizers, learning rates, schedules, and shifts of 0 to 2 pixels.
    "mnist-small_cnn": RunConfig("mnist", "small_cnn", "adam", 0.002, "cosine", epochs=20, shift=1),
    "fashion_mnist-small_cnn": RunConfig("fashion_mnist", "small_cnn", "adam", schedule="cosine", epochs=20),
    # About an hour on two CPU cores that support bfloat16. Needs CIFAR-10: `python -m core.data.download cifar10`.
    "cifar10-conv10": RunConfig("cifar10", "conv10", **RECIPES["conv10"]),
    # The same with the superclasses animal and vehicle in the loss, to compare.
    "cifar10-conv10-superclass": RunConfig("cifar10", "conv10", loss="superclass", **RECIPES["conv10"]),
    # Six images of each breed, all training images of a sample of 370. Training more than the logits on so few gains
    # nothing: the kept weights are from an epoch before that.
    "oxford_pets-pets_transfer": RunConfig("oxford_pets", "pets_transfer", num_train=222, **RECIPES["pets_transfer"]),
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m core.training.starter", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(STARTERS)}; all if none is given")
    names = parser.parse_args(arguments).names or list(STARTERS)
    if unknown := set(names) - set(STARTERS):
        parser.error(f"there is no starter run {', '.join(unknown)}; expected some of {', '.join(STARTERS)}")
    for name in names:
        shutil.rmtree(runs.STARTER / name, ignore_errors=True)
        run = runs.create(STARTERS[name], name, runs.STARTER)
        print(run.title)
        if status := trainer.main([str(run.folder)]):
            return status
        if (run.folder / "model.keras").stat().st_size > LARGE:
            compact(run)
    return 0


def compact(run: Run) -> None:
    """Save a finished run's weights in half precision, and update its predictions and accuracies, but not its history.

    Loading converts the weights to float32.

    Raises:
        ArithmeticError: the accuracy would change by more than 0.1 points; nothing is changed.
    """
    done, small = run.done(), run.folder / ".small.keras"
    trainer.float32_model(run.model(), run.config).save(small)
    halve(small)
    import keras

    model = keras.saving.load_model(small, compile=False, safe_mode=True)
    results = {}
    for split in ("validation", "test"):
        results[split] = trainer.predicted(model, datasets.load(run.config.dataset, split), run.config.total_steps)
        if abs(results[split].accuracy - done[f"{split}_accuracy"]) > TOLERANCE:
            small.unlink()
            raise ArithmeticError(
                f"{run.name} had {done[f'{split}_accuracy']:.2%} right of {split} and would have "
                f"{results[split].accuracy:.2%} with weights in half precision."
            )
    for split, predictions in results.items():
        predictions.save(run.folder / f"predictions/{split}.npz")
        done[f"{split}_accuracy"] = predictions.accuracy
    small.replace(run.folder / "model.keras")
    write_text(run.folder / "done.json", json.dumps(done, indent=2) + "\n")


def halve(path: Path) -> None:
    """Convert the weights in a .keras file to float16."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    halved = BytesIO()
    with h5py.File(BytesIO(members["model.weights.h5"])) as before, h5py.File(halved, "w") as after:
        after.attrs.update(before.attrs)

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Group):
                kept = after.require_group(name)
            else:
                kept = after.create_dataset(name, data=item[()].astype(np.float16) if item.dtype == "f4" else item[()])
            kept.attrs.update(item.attrs)

        before.visititems(copy)
    members["model.weights.h5"] = halved.getvalue()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


if __name__ == "__main__":
    sys.exit(main())
