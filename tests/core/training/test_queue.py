"""The queue: order, limit, and the one process that serves it."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from core.training import control, owners, queue, runs
from core.training.config import RunConfig
from core.training.reporting import StopRequested
from core.training.runs import Run

SHORT = RunConfig("mnist", "softmax_regression", epochs=1, batch_size=50, num_train=1000)
LONG = replace(SHORT, epochs=10_000, num_train=50_000)  # longer than any test waits


@pytest.fixture
def nobody_serves(monkeypatch):
    monkeypatch.setattr(queue, "serve", lambda parent=None: None)


def until(true, what: str, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def processes(folder) -> list[tuple[int, str]]:
    """Process id and command line of each process that works on runs in this folder."""
    listed = subprocess.run(["pgrep", "-af", str(folder)], capture_output=True, text=True, check=False).stdout
    found = [line.split(" ", 1) for line in listed.splitlines()]
    return [(int(pid), command) for pid, command in found if "core.training" in command]


def names(waiting: list[Run]) -> list[str]:
    return [run.name for run in waiting]


def test_runs_wait_in_the_order_in_which_they_came_whatever_their_names_say(own_runs, nobody_serves):
    # Default names begin with the time: this is what a clock that is set back makes of them.
    for name in ("c", "a", "b"):
        control.start(SHORT, name)
    assert names(queue.waiting()) == ["c", "a", "b"]
    assert queue.ahead_of(runs.find("b")) == ["c", "a"]
    assert {run.status for run in queue.waiting()} == {"waiting"}


def test_a_run_that_is_asked_for_twice_keeps_its_place(own_runs, nobody_serves):
    first, second = control.start(SHORT, "first"), control.start(SHORT, "second")
    control.resume(first)
    assert queue.waiting() == [first, second]


def test_a_run_that_comes_back_is_the_last(own_runs, nobody_serves):
    first, second = control.start(SHORT, "first"), control.start(SHORT, "second")
    control.stop(first)
    assert (first.status, queue.waiting()) == ("stopped", [second])
    control.resume(first)
    assert (first.status, queue.waiting()) == ("waiting", [second, first])


def test_a_full_queue_refuses_a_run_and_leaves_nothing_of_it(own_runs, nobody_serves, monkeypatch):
    monkeypatch.setenv("WAKARANAI_MOST_WAITING", "2")
    waiting = [control.start(SHORT, "first"), control.start(SHORT, "second")]
    with pytest.raises(queue.QueueFull, match="2 runs wait already, and no more may"):
        control.start(SHORT, "third")
    assert not (own_runs / "third").exists()
    assert queue.waiting() == waiting


def test_one_owner_may_not_fill_the_queue_that_many_share(own_runs, nobody_serves, monkeypatch):
    monkeypatch.setenv("WAKARANAI_MOST_WAITING_EACH", "2")
    one, other = owners.owner("A", "1" * 32), owners.owner("A", "2" * 32)
    for name in ("first", "second"):
        control.start(SHORT, name, one)
    with pytest.raises(queue.QueueFull, match="2 runs of yours wait already, and no more may"):
        control.start(SHORT, "third", one)
    assert not (own_runs / "third").exists()
    control.start(SHORT, "fourth", other)
    control.start(SHORT, "fifth")
    control.start(SHORT, "sixth")
    control.start(SHORT, "seventh")
    assert names(queue.waiting()) == ["first", "second", "fourth", "fifth", "sixth", "seventh"]
    control.stop(runs.find("first"))
    control.start(SHORT, "third", one)


def test_a_limit_that_is_no_number_is_not_taken(monkeypatch):
    monkeypatch.setenv("WAKARANAI_MOST_WAITING", "many")
    assert queue.most_waiting() == queue.MOST_WAITING


@pytest.mark.parametrize("damage", ["", "first", "1.5", "\0"])
def test_a_damaged_number_is_the_last(own_runs, nobody_serves, damage):
    first, second, third = (control.start(SHORT, name) for name in ("first", "second", "third"))
    (first.folder / "queued").write_text(damage)
    assert queue.waiting() == [second, third, first]
    assert control.start(SHORT, "fourth").folder / "queued" in own_runs.glob("*/queued")


def test_a_run_that_was_stopped_before_its_turn_does_not_train(own_runs, nobody_serves):
    run = control.start(SHORT)
    control.stop(run)
    with pytest.raises(StopRequested):
        queue.take_turn(run)


def test_a_queue_without_runs_starts_no_process(own_runs, monkeypatch):
    monkeypatch.setattr(queue, "detached", lambda *_: pytest.fail("a process was started"))
    queue.serve()


def test_a_trainer_that_cannot_begin_does_not_hold_up_the_queue(own_runs, nobody_serves, monkeypatch):
    first, second = control.start(SHORT, "first"), control.start(SHORT, "second")
    begun = []

    def crash(command, **_):
        begun.append(command[-1])

    monkeypatch.setattr(queue.subprocess, "run", crash)
    assert queue.main([str(own_runs)]) == 0
    assert begun == [str(first.folder), str(second.folder)]
    assert first.status == second.status == "interrupted"


def test_waiting_runs_have_no_process_and_one_process_serves_them_all(own_runs):
    first, *others = [control.start(LONG if name == "first" else SHORT, name) for name in ("first", "second", "third")]
    try:
        until(lambda: first.progress().get("phase") == "training", first.log())
        commands = [command for _, command in processes(own_runs)]
        assert sorted("core.training.queue" in command for command in commands) == [False, True]
        for run in others:
            control.stop(run)
        assert {run.status for run in others} == {"stopped"}
    finally:
        control.stop(first)
    until(lambda: not processes(own_runs), "the processes end with the queue")
    assert first.status == "stopped"


def test_runs_train_after_the_process_that_served_the_queue_was_killed(own_runs):
    first, second = control.start(LONG, "first"), control.start(SHORT, "second")
    until(lambda: first.progress().get("phase") == "training", first.log())
    (server,) = [pid for pid, command in processes(own_runs) if "core.training.queue" in command]
    os.kill(server, signal.SIGKILL)
    assert (first.status, second.status) == ("running", "waiting")
    control.stop(first)

    def served_and_done() -> bool:
        queue.serve()  # as the page Train does every second
        return second.status == "done"

    until(served_and_done, "the second run trains")


def test_a_training_in_a_terminal_waits_for_its_turn(own_runs):
    first = control.start(LONG, "first")
    until(lambda: first.progress().get("phase") == "training", first.log())
    terminal = runs.create(SHORT, "terminal")
    process = subprocess.Popen(
        [sys.executable, "-m", "core.training.trainer", str(terminal.folder)], cwd=runs.ROOT, stdout=subprocess.DEVNULL
    )
    try:
        until(lambda: terminal.status == "waiting", "it joins the queue")
        third = control.start(SHORT, "third")
        assert names(queue.waiting()) == ["terminal", "third"]
        control.stop(first)
        assert process.wait(300) == 0
        assert terminal.status == "done"
        until(lambda: third.status == "done", third.log())
    finally:
        process.kill()
        process.wait()
