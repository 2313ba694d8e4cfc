"""What an experiment adds between two runs: `python -m benchmarks.experiment_speed --runs 8`.

Measured is the time from the moment at which one run's done.json is written to the start of the next run's trainer process.
In it lie the end of the trainer, the look of the experiment, and that of the queue. Linux only, because it reads /proc.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.server import processes
from core.training import experiments, locks, machine, runs

LOOK_EVERY = 0.01  # seconds
TEXT = """
title = "Many short runs"
seeds = [SEEDS]
settings = {dataset = "mnist", architecture = "softmax_regression", num_train = 1000, epochs = 1}
variants = [{name = "plain"}]
"""


def started(names: list[str]) -> dict[str, float]:
    """Name of a run -> when its trainer's process was first seen, in seconds since 1970. Returns when all have been seen."""
    seen: dict[str, float] = {}
    while len(seen) < len(names):
        for process in processes(os.getpid()):
            name = process.command.rsplit("/", 1)[-1]
            if "core.training.trainer" in process.command and name in names:
                seen.setdefault(name, time.time())
        time.sleep(LOOK_EVERY)
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=8, help="at least two")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as parent:
        os.environ["WAKARANAI_RUNS"] = str(Path(parent).resolve() / "runs")
        file = Path(parent) / "short.toml"
        file.write_text(TEXT.replace("SEEDS", ", ".join(map(str, range(arguments.runs)))))
        cells = experiments.read(file).cells
        process = subprocess.Popen([sys.executable, "-m", "core.training.experiments", str(file)], cwd=runs.ROOT)
        try:
            begun = started([cell.run_name for cell in cells])
        finally:
            process.wait()
            while locks.is_held(runs.folder() / ".serving.lock"):
                time.sleep(LOOK_EVERY)
        done = {cell.run_name: (cell.folder / "done.json").stat().st_mtime for cell in cells}
    names = [cell.run_name for cell in cells]
    gaps = [begun[name] - done[before] for before, name in pairwise(names)]
    print(machine.description("cpu"))
    print(
        f"from done.json to the next trainer: median {median(gaps):.2f} s, at most {max(gaps):.2f} s (n = {len(gaps)})"
    )


if __name__ == "__main__":
    main()
