"""Starting, resuming, stopping and deleting runs, with real trainer processes."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from core.training import control, queue, runs
from core.training.config import RunConfig
from core.training.runs import Run

SHORT = RunConfig("mnist", "softmax_regression", epochs=1, batch_size=50, num_train=1000)
LONG = replace(SHORT, epochs=10_000, num_train=50_000)  # longer than any test waits


def wait_for(run: Run, *statuses: str, seconds: float = 90) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (status := run.status) in statuses:
            return status
        time.sleep(0.05)
    raise AssertionError(f"{run.name} is {run.status}, expected {statuses}: {run.log()}")


def wait_for_training(run: Run) -> None:
    deadline = time.monotonic() + 90
    while run.progress().get("phase") != "training":
        assert time.monotonic() < deadline, run.log()
        time.sleep(0.05)


@pytest.fixture
def started(own_runs):
    """Returns a function that starts a run; all are stopped when the test ends."""
    begun = []

    def start(config):
        begun.append(control.start(config))
        return begun[-1]

    yield start
    for run in begun:
        if run.folder.exists() and run.status in ("running", "waiting"):
            control.stop(run)
            wait_for(run, "stopped", "done", "failed")


def test_a_started_run_trains_in_another_process_stops_and_resumes(started):
    run = started(LONG)
    assert wait_for(run, "running") == "running"
    wait_for_training(run)
    control.stop(run)
    assert wait_for(run, "stopped", seconds=30) == "stopped"
    control.resume(run)
    assert wait_for(run, "running") == "running"
    with pytest.raises(ValueError, match=r"is running\. Stop it first"):
        control.delete(run)
    control.stop(run)
    wait_for(run, "stopped")
    control.delete(run)
    assert not run.folder.exists()


def test_a_killed_run_is_interrupted_and_a_second_run_waits_its_turn(started):
    first = started(LONG)
    wait_for_training(first)
    second = started(SHORT)
    wait_for(second, "waiting")
    assert queue.ahead_of(second) == [first.name]
    listed = subprocess.run(["pgrep", "-f", str(first.folder)], capture_output=True, text=True, check=True)
    os.kill(int(listed.stdout.split()[0]), signal.SIGKILL)
    assert wait_for(first, "interrupted", seconds=10) == "interrupted"
    assert wait_for(second, "done") == "done"


def test_a_waiting_run_can_be_stopped(started):
    first = started(LONG)
    wait_for(first, "running")
    second = started(SHORT)
    wait_for(second, "waiting")
    control.stop(second)
    assert wait_for(second, "stopped", seconds=10) == "stopped"


def test_a_run_outlives_the_app_that_started_it(own_runs):
    code = (
        "from core.training import control\nfrom core.training.config import RunConfig\n"
        "print(control.start(RunConfig('mnist', 'softmax_regression', epochs=10_000)).name)"
    )
    app = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=runs.ROOT)
    run = runs.find(app.stdout.strip())
    try:
        wait_for_training(run)
    finally:
        control.stop(run)
    assert wait_for(run, "stopped", seconds=30) == "stopped"


def test_deleting_removes_the_folder(own_runs):
    run = runs.create(SHORT)
    control.delete(run)
    assert not run.folder.exists()


def test_a_starter_run_cannot_be_deleted(own_runs):
    starter = next(run for run in runs.all_runs() if run.is_starter)
    with pytest.raises(ValueError, match="came with the app and stays"):
        control.delete(starter)
    assert starter.folder.exists()
