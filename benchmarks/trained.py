"""Runs that a benchmark needs, trained once."""

from dataclasses import replace

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
