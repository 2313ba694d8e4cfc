"""Start, resume, stop and delete runs. A trainer is a separate process, which outlives the one that started it.

Importing this module does not import Keras.
"""

import shutil
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from core.training import records, runs
from core.training.config import RunConfig
from core.training.runs import DamagedRun, Run

START_TIMEOUT = 20  # seconds in which a started trainer should take its lock


def start(config: RunConfig, name: str | None = None) -> Run:
    """Create a run and train it in a separate process, which outlives this one.

    Args:
        config: its settings.
        name: of its folder; by default as in `runs.create`.

    Raises:
        RunExists: there is already a run of this name.
        ValueError: the backend is not installed.
        OSError: the runs folder cannot be written, or the disk is full.
    """
    run = runs.create(config, name)
    _launch(run)
    return run


def resume(run: Run) -> None:
    """Continue training from the last checkpoint, or from the beginning if there is none."""
    _launch(run)


def stop(run: Run) -> None:
    """Ask the trainer to stop. It looks between training steps, about once per second; the last checkpoint is kept."""
    runs.write_text(run.folder / "stop", "")


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


def _launch(run: Run) -> None:
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    # Opened once for reading: of a named pipe, opening it for writing would wait for a reader.
    with suppress(FileNotFoundError):
        records.opened(run.folder / "log.txt").close()
    with (run.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.training.trainer", str(run.folder.resolve())],
            cwd=runs.ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **detached,
        )  # fmt: skip
    # Waited for, because otherwise a trainer that has ended stays in the process table until the app ends.
    threading.Thread(target=process.wait, daemon=True).start()
    deadline = time.monotonic() + START_TIMEOUT
    # Until the trainer holds its lock, the run would look interrupted.
    while time.monotonic() < deadline and process.poll() is None and not run.is_alive():
        time.sleep(0.02)
