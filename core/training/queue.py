"""The queue of runs that wait to be trained, one at a time: `python -m core.training.queue` is the process that serves it.

A waiting run is a file `queued` in its folder, which holds its number in the queue; so waiting costs nothing, and the queue
outlives the app. One process starts the trainers, in the order of the numbers, and ends with the queue. If it is killed, the
runs wait until somebody starts the next run or looks at a waiting one on the page Train. Clocks play no part.

Three locks lie in the folder of the runs:

    .queue.lock      held for a moment, to number a run or to end the process that serves the queue
    .serving.lock    held by that process
    .training.lock   held by the trainer at work

Importing this module does not import Keras.
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.training import locks, owners, records, runs
from core.training.reporting import StopRequested, report
from core.training.runs import Run

MOST_WAITING = 30  # runs, if $WAKARANAI_MOST_WAITING does not say otherwise
MOST_WAITING_EACH = 3  # runs of one owner, if $WAKARANAI_MOST_WAITING_EACH does not say otherwise
LOCK_TIMEOUT = 10  # seconds; the lock of the queue is held for milliseconds
POLL_EVERY = 1  # seconds between two looks at a run that is trained by somebody else's process
LINGERING = 2  # seconds for which the process stays when nothing waits: the next run of an experiment comes at once
LOOK_EVERY = 0.1  # seconds between two looks meanwhile


class QueueFull(ValueError):
    """As many runs wait as may, in all or of one owner."""


def most_waiting() -> int:
    """How many runs may wait: $WAKARANAI_MOST_WAITING, else MOST_WAITING."""
    return _setting("WAKARANAI_MOST_WAITING", MOST_WAITING)


def most_waiting_each() -> int:
    """How many runs of one owner may wait: $WAKARANAI_MOST_WAITING_EACH, else MOST_WAITING_EACH."""
    return _setting("WAKARANAI_MOST_WAITING_EACH", MOST_WAITING_EACH)


def _setting(name: str, default: int) -> int:
    try:
        return int(os.environ[name])
    except (KeyError, ValueError):
        return default


def waiting(parent: Path | None = None) -> list[Run]:
    """The runs that wait, the next one first.

    Args:
        parent: the folder of the runs; by default the one for new runs.
    """
    # Only the folders' files are looked at, so that the queue costs the same however many runs are done.
    return [Run(folder) for _, _, folder in sorted(_numbered(parent or runs.folder()))]


def _numbered(parent: Path) -> list[tuple[int, str, Path]]:
    found = []
    for file in parent.glob("*/queued"):
        try:
            number = int(records.content(file))
        except (FileNotFoundError, records.Damaged):
            continue  # its turn has come in the meantime, or it is listed as damaged
        except ValueError:
            number = sys.maxsize  # no number: last
        found.append((number, file.parent.name, file.parent))
    return found


def join(run: Run) -> None:
    """Put a run at the end of the queue, if it is not in it already.

    Raises:
        QueueFull: as many runs wait as may, in all or of the run's owner.
    """
    file = run.folder / "queued"
    with _lock(run.folder.parent):
        if file.exists():
            return
        others = _numbered(run.folder.parent)
        if len(others) >= most_waiting():
            raise QueueFull(
                f"{'1 run waits' if len(others) == 1 else f'{len(others)} runs wait'} already, and no more may. "
                "Try again when one is done."
            )
        # One visitor must not take all places of a queue that many share. A run without an owner is on nobody's account.
        owner = owners.owner_of(run)
        own = [owners.owner_of(Run(folder)) for _, _, folder in others].count(owner) if owner else 0
        if owner and own >= most_waiting_each():
            raise QueueFull(
                f"{'1 run' if own == 1 else f'{own} runs'} of yours {'waits' if own == 1 else 'wait'} already, and no more "
                "may, so that others get their turn. Try again when one is done."
            )
        for name in ("stop", "error.txt"):
            (run.folder / name).unlink(missing_ok=True)
        last = max((number for number, _, _ in others if number < sys.maxsize), default=0)
        runs.write_text(file, str(last + 1))


def leave(run: Run) -> None:
    """Take a run out of the queue; nothing happens if it is not in it."""
    (run.folder / "queued").unlink(missing_ok=True)


def take_turn(run: Run) -> FileLock:
    """Wait for the turn of a run, and take it out of the queue; for the run's trainer.

    Returns:
        The lock to hold during training.

    Raises:
        StopRequested: the run was stopped before its turn.
    """
    parent, file = run.folder.parent, run.folder / "queued"
    training = FileLock(parent / ".training.lock")
    while file.exists() and not (run.folder / "stop").exists():
        if waiting(parent)[:1] == [run]:
            with suppress(Timeout):
                training.acquire(timeout=0)
                report(run, {"phase": "loading"})
                leave(run)
                return training
        else:
            serve(parent)  # the runs before this one may wait for it
        time.sleep(POLL_EVERY)
    raise StopRequested


def ahead_of(run: Run) -> list[str]:
    """Names of the runs before this one: the one that trains now, and those that wait before it."""
    in_line = [other.name for other in waiting(run.folder.parent)]
    before = in_line[: in_line.index(run.name)] if run.name in in_line else []
    at_work = [
        other.name
        for other in runs.all_runs()
        if other.folder.parent == run.folder.parent and other.status == "running"
    ]
    return [name for name in at_work if name != run.name] + before


def serve(parent: Path | None = None) -> None:
    """Let a process serve the queue, if there is something to do and no process does it yet. It outlives this one."""
    parent = parent or runs.folder()
    if not _numbered(parent) or locks.is_held(parent / ".serving.lock"):
        return
    with (parent / ".queue.log").open("wb") as log:
        detached(["-m", "core.training.queue", str(parent.resolve())], log)


def detached(arguments: list[str], output: Any) -> "subprocess.Popen[bytes]":
    """Start Python in a process that outlives this one, without a terminal."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=runs.ROOT,
        # A relative path would lead elsewhere from there.
        env=os.environ | {"WAKARANAI_RUNS": str(runs.folder().resolve())},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        **apart,
    )
    # Waited for, because otherwise a process that has ended stays in the process table until the app ends.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def _lock(parent: Path) -> FileLock:
    return FileLock(parent / ".queue.lock", timeout=LOCK_TIMEOUT)


def main(arguments: list[str] | None = None) -> int:
    (folder,) = sys.argv[1:] if arguments is None else arguments
    parent = Path(folder)
    serving = FileLock(parent / ".serving.lock")
    try:
        serving.acquire(timeout=1)  # whoever asks whether it is held may disturb for a moment
    except Timeout:
        return 0  # another process serves the queue
    nothing_since = time.monotonic()
    while True:
        # Whoever joins after the last look finds the lock of this process free, and starts another one.
        with _lock(parent):
            in_line = waiting(parent)
            if not in_line and time.monotonic() - nothing_since > LINGERING:
                serving.release()
                return 0
        if in_line:
            _train(in_line[0])
            nothing_since = time.monotonic()
        else:
            time.sleep(LOOK_EVERY)


def _train(run: Run) -> None:
    """Train the run, whose turn it is, to its end."""
    if run.is_alive():
        # Somebody trains it in a terminal: that process takes its turn itself.
        time.sleep(POLL_EVERY)
        return
    begun = _entry(run)
    try:
        with (run.folder / "log.txt").open("ab") as log:
            subprocess.run(
                [sys.executable, "-m", "core.training.trainer", "--queued", str(run.folder.resolve())],
                cwd=runs.ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
    except OSError as error:
        print(f"{run.name}: {error}", flush=True)
    # A trainer that could not even begin must not be started for ever. A run that was resumed has another entry.
    if _entry(run) == begun:
        leave(run)


def _entry(run: Run) -> records.State | None:
    """Identifies the run's entry in the queue; None if it has none."""
    with suppress(FileNotFoundError):
        return records.state(run.folder / "queued")
    return None


if __name__ == "__main__":
    sys.exit(main())
