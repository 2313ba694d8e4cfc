"""Create a run and train it in this process: `python -m core.training --dataset mnist --architecture small_cnn --epochs 5`."""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import fields

from core.data import sources
from core.models.sizes import NUM_PARAMETERS
from core.training import config as choices
from core.training import runs, trainer

OPTIONS: dict[str, Iterable[str]] = {
    "dataset": sources.SOURCES,
    "architecture": NUM_PARAMETERS,
    "optimizer": choices.OPTIMIZERS,
    "schedule": choices.SCHEDULES,
    "precision": choices.PRECISIONS,
    "backend": choices.BACKENDS,
    "loss": choices.LOSSES,
}
TYPES = {
    "learning_rate": float,
    "batch_size": int,
    "epochs": int,
    "steps": int,
    "shift": int,
    "seed": int,
    "num_train": int,
    "cutout": int,
    "label_smoothing": float,
    "weight_decay": float,
    "patience": int,
    "frozen_epochs": int,
    "averaging": float,
    "loss_weight": float,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m core.training", description=__doc__.splitlines()[0])
    for entry in fields(choices.RunConfig):
        if entry.name == "versions":
            continue
        name = "--" + entry.name.replace("_", "-")
        if entry.type is bool:
            parser.add_argument(name, action="store_true")
            continue
        required = entry.name in ("dataset", "architecture")
        parser.add_argument(
            name, dest=entry.name, choices=OPTIONS.get(entry.name), type=TYPES.get(entry.name, str), required=required,
            default=None if required else entry.default,
        )  # fmt: skip
    try:
        config = choices.RunConfig(**vars(parser.parse_args(arguments)))
        run = runs.create(config)
    except ValueError as error:
        parser.error(str(error))
    print(
        f"{run.title}: {config.num_parameters:,} parameters, {config.total_steps:,} steps. The run is in {run.folder}."
    )
    return trainer.main([str(run.folder)])


if __name__ == "__main__":
    sys.exit(main())
