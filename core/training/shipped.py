"""Copy the finished runs of an experiment to those that come with the app: `python -m core.training.shipped EXPERIMENT`.

Only what a comparison needs is copied: settings, history, end and logits, but no network. Logits for images of another data
set are kept in half precision. Importing this module does not import Keras.
"""

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np

from core.training import experiments, runs
from core.training.experiments import Experiment, ExperimentInvalid
from core.training.kept_logits import OUT_OF_DISTRIBUTION, saved_logits
from core.training.runs import Run

FILES = ("config.json", "history.jsonl", "done.json")
FOLDERS = ("predictions", "epochs")


def ship(experiment: Experiment, parent: Path) -> list[Path]:
    """Copy the record of each finished run, in place of an earlier copy.

    Args:
        experiment: whose runs.
        parent: where a folder with the name of the experiment is to lie.

    Returns:
        The new folders, in the order of the experiment.
    """
    made = []
    for cell in experiment.cells:
        run = Run(cell.folder)
        if not run.folder.is_dir() or run.status != "done":
            continue
        target = parent / experiment.name / run.name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in FILES:
            shutil.copyfile(run.folder / name, target / name)
        for name in FOLDERS:
            if (run.folder / name).is_dir():
                shutil.copytree(run.folder / name, target / name)
        kind = OUT_OF_DISTRIBUTION.get(run.config.dataset, "")
        if (logits := saved_logits(run, kind)) is not None:
            (target / "logits").mkdir()
            np.savez_compressed(target / f"logits/{kind}.npz", logits=logits.astype(np.float16))
        made.append(target)
    return made


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m core.training.shipped", description=__doc__.splitlines()[0])
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a TOML file, or the name of an experiment")
    try:
        experiment = experiments.find(parser.parse_args(arguments).experiment)
    except ExperimentInvalid as error:
        print(error, file=sys.stderr)
        return 1
    made = ship(experiment, runs.EXPERIMENTS)
    size = sum(file.stat().st_size for folder in made for file in folder.rglob("*"))
    print(f"{len(made)} of {len(experiment.cells)} runs in {runs.EXPERIMENTS / experiment.name}, {size / 1e6:.1f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
