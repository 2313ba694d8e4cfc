"""Train the runs that come with the app: `python -m core.training.starter [NAME ...]`.

About five minutes on two CPU cores. Fashion-MNIST in full is needed: `python -m core.data.download fashion_mnist`.
"""

import argparse
import shutil
import sys

from core.training import runs, trainer
from core.training.config import RunConfig

STARTERS = {
    # The thesis gives 96.7 % after 1,000 steps and neither optimizer nor rate; these come closest on validation.
    "mnist-dense": RunConfig("mnist", "dense", "sgd", 0.025, batch_size=100, steps=1000),
    # Of what was tried (optimizers, rates, schedules, shifts of 0 to 2 pixels), these were best on validation.
    "mnist-small_cnn": RunConfig("mnist", "small_cnn", "adam", 0.002, "cosine", epochs=20, shift=1),
    "fashion_mnist-small_cnn": RunConfig("fashion_mnist", "small_cnn", "adam", schedule="cosine", epochs=20),
    # An hour on two CPU cores that reckon in bfloat16, given CIFAR-10: `python -m core.data.download cifar10`.
    "cifar10-conv10": RunConfig(
        "cifar10", "conv10", "sgd", 0.2, "one-cycle", batch_size=256, epochs=15, shift=4, flip=True, label_smoothing=0.1,
        weight_decay=5e-4, precision="mixed_bfloat16",
    ),
}  # fmt: skip


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
    return 0


if __name__ == "__main__":
    sys.exit(main())
