"""For benchmarks over several seeds: runs that are trained once, and a mean with its standard deviation."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean, stdev

from core.training import runs, trainer
from core.training.config import RunConfig


def trained(config: RunConfig, name: str) -> runs.Run:
    """The finished run of this name in the user's folder. A missing run is trained, an interrupted one is continued.

    Raises:
        SystemExit: training failed, or the run of this name has another configuration.
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
    """The arguments of the command line, with --seeds: at least two, because one has no standard deviation."""
    parser.add_argument("--seeds", type=int, nargs="+", default=list(default), help="at least two")
    asked = parser.parse_args()
    if len(set(asked.seeds)) < max(2, len(asked.seeds)) or min(asked.seeds) < 0:
        parser.error(
            f"--seeds takes at least two seeds, all different and none below 0, got {' '.join(map(str, asked.seeds))}"
        )
    return asked


def spread(values: Sequence[float], sign: str = "") -> str:
    """Mean ± sample standard deviation, two decimals; sign is "+" for a difference."""
    return f"{mean(values):{sign}.2f} ± {stdev(values):.2f}"
