"""What benchmarks over several seeds share: runs that are trained once, and a mean with its spread."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean, stdev

from core.training import runs, trainer
from core.training.config import RunConfig


def trained(config: RunConfig, name: str) -> runs.Run:
    """A run of the user's folder that is done; it is trained unless it is there, and goes on if it was cut off.

    Raises:
        SystemExit: it failed, or the run of this name was asked for something else.
    """
    folder = runs.folder() / name
    if not (folder / "config.json").exists():
        runs.create(config, name)
    run = runs.Run(folder)
    if run.status != "done" and trainer.main([str(folder)]):
        raise SystemExit(run.error)
    if replace(run.config, versions={}) != replace(config, versions={}):
        raise SystemExit(f"{folder} was trained otherwise. Delete it, or set WAKARANAI_RUNS to another folder.")
    return run


def with_seeds(parser: argparse.ArgumentParser, default: Sequence[int]) -> argparse.Namespace:
    """What was asked for on the command line, with --seeds, of which there must be two: one has no spread."""
    parser.add_argument("--seeds", type=int, nargs="+", default=list(default), help="at least two")
    asked = parser.parse_args()
    if len(set(asked.seeds)) < max(2, len(asked.seeds)) or min(asked.seeds) < 0:
        parser.error(
            f"--seeds takes at least two seeds, all different and none below 0, got {' '.join(map(str, asked.seeds))}"
        )
    return asked


def spread(values: Sequence[float], sign: str = "") -> str:
    """Mean ± sample standard deviation, two digits; sign is "+" for a difference."""
    return f"{mean(values):{sign}.2f} ± {stdev(values):.2f}"
