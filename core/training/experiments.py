"""Many runs from one file: `python -m core.training.experiments FILE`, with the path of a TOML file or an experiment's name.

What the file says is described in `core.training.experiment_text`. The runs are trained one after the other: what is done is
skipped, what was stopped or interrupted goes on from its checkpoint, a run that fails is tried three times in all, and
then the next one comes. Only one run of an experiment waits in the queue at a time, so that other people's runs get their
turns between. If the process is killed, the same command goes on where it ended; its run at work goes on without it.
With `--ray ADDRESS` they are trained on a Ray cluster instead, as many at once as it has room for (`core.training.cluster`).

Importing this module does not import Keras.
"""

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress

from filelock import FileLock, Timeout

from core.training import cells, cluster, control, owners, queue, runs
from core.training.experiment_files import all_experiments as all_experiments
from core.training.experiment_files import find as find
from core.training.experiment_files import problems as problems
from core.training.experiment_files import read as read
from core.training.experiment_files import save as save
from core.training.experiment_files import text_of as text_of
from core.training.experiment_screen import Screen
from core.training.experiment_screen import progress_line as progress_line
from core.training.experiment_status import CellStatus as CellStatus
from core.training.experiment_status import Status as Status
from core.training.experiment_status import is_running as is_running
from core.training.experiment_status import missing_data as missing_data
from core.training.experiment_status import status as status
from core.training.experiment_text import MOST_BYTES as MOST_BYTES
from core.training.experiment_text import Cell as Cell
from core.training.experiment_text import Experiment as Experiment
from core.training.experiment_text import ExperimentInvalid as ExperimentInvalid
from core.training.experiment_text import parsed as parsed
from core.training.owners import Owner
from core.training.reporting import StopRequested
from core.training.runs import AT_WORK, Run
from core.training.writing import why

POLL_EVERY = 0.1  # seconds between two looks at the run at work
STARTING = 30  # seconds to wait for a new process to begin
STOPPED = 130  # exit status, as of a program that Ctrl-C ended

Say = Callable[[str], None]


def results() -> list[Run]:
    """The finished runs of the experiments that came with the app, without networks.

    A run that the user has trained himself, under the same name, takes the place of the one that came with the app.
    """
    own = {run.name for run in runs.all_runs() if run.status == "done"}
    return [run for run in runs.shipped_results() if run.name not in own]


def start(experiment: Experiment, owner: Owner | None = None) -> None:
    """Train the experiment in a process that outlives this one; returns when it has begun.

    Args:
        experiment: one of `all_experiments`.
        owner: of the experiment and of all runs that it creates; nobody by default. One that has begun keeps its owner.

    Raises:
        ExperimentInvalid: it is being trained already, or cannot be trained.
        OSError: the runs folder cannot be written.
    """
    if sentence := problem(experiment):
        raise ExperimentInvalid(sentence)
    if is_running(experiment):
        raise ExperimentInvalid(_is_trained_already(experiment))
    experiment.folder.mkdir(parents=True, exist_ok=True)
    if not status(experiment).has_begun:
        (experiment.folder / "owner.json").unlink(missing_ok=True)
        if owner:
            owners.claim(experiment, owner)
    with (experiment.folder / "log.txt").open("wb") as log:
        process = queue.detached(["-m", "core.training.experiments", experiment.name], log)
    # Otherwise the page would offer to start it once more.
    deadline = time.monotonic() + STARTING
    while process.poll() is None and not is_running(experiment) and time.monotonic() < deadline:
        time.sleep(0.05)
    if process.poll():
        where = f"{runs.BESIDE}/{experiment.name}/log.txt"
        raise ExperimentInvalid(f"The experiment {experiment.name} did not begin. {where} in the runs folder says why.")


def stop(experiment: Experiment) -> None:
    """Stop the process that trains the experiment, and its run at work or in the queue."""
    experiment.folder.mkdir(parents=True, exist_ok=True)
    runs.write_text(experiment.folder / "stop", "")
    # The process does this too, unless it was killed.
    for cell in experiment.cells:
        run = Run(cell.folder)
        if run.folder.is_dir() and run.status in AT_WORK:
            control.stop(run)


def problem(experiment: Experiment) -> str:
    """A sentence that says why the experiment cannot be trained; empty if it can."""
    if obstacle := status(experiment).obstacle:
        return obstacle
    if missing := missing_data(experiment):
        commands = " and ".join(f"python -m core.data.download {name}" for name in missing)
        return f"{' and '.join(missing)} is not here in full. Fetch it on the page Train, or with {commands}."
    return ""


def train(experiment: Experiment, attempt: Callable[[Run], None], say: Say) -> int:
    """Train every run of the experiment that is not done, one after the other.

    Args:
        attempt: trains a run once, as for `cells.trained`.
        say: shows a line for each run that begins or ends.

    Returns:
        Number of runs that failed.

    Raises:
        StopRequested: somebody stopped the experiment, or its run at work.
    """
    failed = 0
    for cell in experiment.cells:
        if (experiment.folder / "stop").exists():
            raise StopRequested
        ended, why_not = "failed", ""
        try:
            run = _created(experiment, cell)
            if run.status == "done":
                continue
            say(f"{cell.run_name}: training.")
            ended = cells.trained(run, attempt)
            why_not = run.error
        except runs.Damaged as error:
            why_not = str(error)
        except OSError as error:
            why_not = why(error)
        except ValueError as error:
            why_not = str(error)
        if ended == "stopped":
            raise StopRequested
        failed += ended == "failed"
        say(f"{cell.run_name}: {'done' if ended == 'done' else f'failed: {why_not}'}")
    return failed


def train_on_cluster(
    experiment: Experiment, address: str, resources: cluster.Resources, look: Callable[[], None], say: Say
) -> int:
    """Train every run of the experiment that is not done on a Ray cluster.

    Args:
        address, resources, look: as for `cluster.train`.
        say: shows a line for each run that ends.

    Returns:
        Number of runs that failed.

    Raises:
        ClusterUnavailable: it cannot be used; the message is one sentence.
        StopRequested: by `look`, if somebody stopped the experiment.
        OSError, ValueError: the runs cannot be created.
    """
    failed = 0
    todo = [_created(experiment, cell) for cell in experiment.cells]
    with closing(cluster.train(todo, address, resources, look)) as ends:
        for ended in ends:
            failed += ended.outcome == "failed"
            say(f"{ended.run.name}: {ended.outcome}{ended.why_not and f': {ended.why_not}'}")
    return failed


def _created(experiment: Experiment, cell: Cell) -> Run:
    """The run of a cell, created if it is not there; its owner is the experiment's."""
    if cell.folder.is_dir():
        return Run(cell.folder)
    run = runs.create(cell.config, cell.run_name)
    if owner := owners.owner_of(experiment):
        try:
            owners.claim(run, owner)
        except OSError:
            shutil.rmtree(run.folder, ignore_errors=True)
            raise
    return run


def by_queue(experiment: Experiment, look: Callable[[], None]) -> Callable[[Run], None]:
    """An attempt of `cells.trained`: put the run into the queue, and wait until its trainer has ended.

    Args:
        look: called while the run waits and trains; raising from it ends the waiting.
    """

    def attempt(run: Run) -> None:
        while run.status not in AT_WORK:
            try:
                control.resume(run)
                break
            except queue.QueueFull:
                look()
                time.sleep(queue.POLL_EVERY)
        begun = None
        while (state := run.status) in AT_WORK:
            if state == "waiting":
                queue.serve(run.folder.parent)  # the process that starts the runs may have been killed
            elif begun is None:
                begun = time.monotonic()
            look()
            time.sleep(POLL_EVERY)
        if begun is not None:
            cells.note_seconds(run, time.monotonic() - begun)

    return attempt


def _is_trained_already(experiment: Experiment) -> str:
    return (
        f"The experiment {experiment.name} is being trained already, by another process. Stop it first, or wait for it."
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m core.training.experiments", description=__doc__.splitlines()[0])
    parser.add_argument("experiment", metavar="FILE", help="a TOML file, or the name of an experiment")
    parser.add_argument("--ray", metavar="ADDRESS", help="train on this Ray cluster: HOST:PORT of its head, or auto")
    parser.add_argument("--cpus", type=int, default=1, help="with --ray: cores for each run (default: 1)")
    parser.add_argument(
        "--gpus", type=float, default=1.0, help="with --ray: GPUs for each run whose device is a GPU (default: 1)"
    )
    asked = parser.parse_args(arguments)
    if asked.cpus < 1 or not 0 < asked.gpus < 1000:
        parser.error(f"--cpus must be at least 1 and --gpus positive, got {asked.cpus} and {asked.gpus:g}")
    try:
        experiment = find(asked.experiment)
        experiment.folder.mkdir(parents=True, exist_ok=True)
        # Whoever asks whether the lock is held may disturb for a moment.
        held = FileLock(experiment.folder / "lock").acquire(timeout=1)
    except ExperimentInvalid as error:
        return _refused(str(error))
    except Timeout:
        return _refused(_is_trained_already(experiment))
    except OSError as error:
        return _refused(why(error))
    with held:
        (experiment.folder / "stop").unlink(missing_ok=True)
        if sentence := problem(experiment):
            return _refused(sentence)
        return _train(experiment, asked.ray, cluster.Resources(asked.cpus, asked.gpus))


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _train(experiment: Experiment, address: str | None, resources: cluster.Resources) -> int:
    screen = Screen(experiment)
    screen.say(f"{experiment.title}: {len(experiment.cells)} runs in {runs.folder()}.")
    try:
        if address:
            failed = train_on_cluster(experiment, address, resources, screen.look, screen.say)
        else:
            failed = train(experiment, by_queue(experiment, screen.look), screen.say)
    except OSError as error:
        return _refused(why(error))
    except (cluster.ClusterUnavailable, ValueError) as error:
        return _refused(str(error))
    except (StopRequested, KeyboardInterrupt):
        screen.say("Stopping…")
        with suppress(KeyboardInterrupt):  # the second Ctrl-C does not wait for the trainer
            _stop_and_wait(experiment)
        screen.say(f"Stopped. {progress_line(status(experiment))}. The same command goes on.")
        return STOPPED
    screen.say(f"{progress_line(status(experiment))}.")
    if failed:
        print(
            f"Of {failed} no further attempt is made. Resume them on the page Train, or delete them and call this again.",
            file=sys.stderr,
        )
    return 1 if failed else 0


def _stop_and_wait(experiment: Experiment) -> None:
    """Stop the run at work, and wait until its trainer has saved what it must."""
    stop(experiment)
    while any(Run(cell.folder).is_alive() for cell in experiment.cells if cell.folder.is_dir()):
        time.sleep(POLL_EVERY)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before the first run
        sys.exit(STOPPED)
