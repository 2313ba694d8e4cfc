"""Start, resume, stop and delete runs. They are trained in other processes, which outlive the one that asks.

Importing this module does not import Keras.
"""

import shutil
import stat

from core.training import owners, queue, runs
from core.training.config import RunConfig
from core.training.owners import Owner
from core.training.runs import DamagedRun, Run


def start(config: RunConfig, name: str | None = None, owner: Owner | None = None) -> Run:
    """Create a run and put it at the end of the queue of those to be trained.

    Args:
        config: its settings.
        name: of its folder; by default as in `runs.create`.
        owner: who starts it; nobody by default.

    Raises:
        RunExists: there is already a run of this name.
        QueueFull: as many runs wait as may.
        ValueError: the backend is not installed.
        OSError: the runs folder cannot be written, or the disk is full.
    """
    run = runs.create(config, name)
    try:
        if owner:
            owners.claim(run, owner)
        resume(run)
    except Exception:
        shutil.rmtree(run.folder)  # nobody would expect a run that was refused
        raise
    return run


def resume(run: Run) -> None:
    """Put a run into the queue, to be trained from the last checkpoint, or from the beginning if there is none.

    Raises:
        QueueFull: as many runs wait as may.
    """
    queue.join(run)
    queue.serve(run.folder.parent)


def stop(run: Run) -> None:
    """Ask the trainer to stop. It looks between training steps, about once per second; the last checkpoint is kept.

    A run that waits leaves the queue at once.
    """
    runs.write_text(run.folder / "stop", "")
    queue.leave(run)


def delete(run: Run | DamagedRun) -> None:
    """Remove a run's folder permanently; of a folder that is a link, only the link.

    Raises:
        ValueError: it came with the app, or its trainer is still at work.
        OSError: it cannot be removed, or only in part.
    """
    if run.is_starter:
        raise ValueError(f"{run.name} came with the app and stays.")
    if isinstance(run, Run) and run.status in runs.AT_WORK:
        raise ValueError(f"{run.name} is {run.status}. Stop it first.")
    if isinstance(run, DamagedRun) and _may_be_alive(run):
        raise ValueError(f"{run.name} is being trained. Stop its trainer first.")
    if run.folder.is_symlink():
        run.folder.unlink()
    else:
        shutil.rmtree(run.folder)


def _may_be_alive(run: DamagedRun) -> bool:
    """Whether somebody holds the lock; one that cannot be opened is nobody's that can be asked."""
    lock = run.folder / "lock"
    try:
        return stat.S_ISREG(lock.lstat().st_mode) and Run(run.folder).is_alive()
    except (OSError, runs.Damaged):
        return False
