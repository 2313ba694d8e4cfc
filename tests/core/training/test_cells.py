"""A run of an experiment: how often it is tried, whoever trains it."""

import pytest

from core.training import cells, runs
from core.training.config import RunConfig
from core.training.runs import Run, write_text


@pytest.fixture
def run(own_runs) -> Run:
    return runs.create(RunConfig("mnist", "softmax_regression", epochs=1), "a--b--seed-0")


def ending(*how: str):
    """An attempt that ends like this the first, the second, ... time, and what it was asked to train."""
    asked: list[Run] = []

    def attempt(run: Run) -> None:
        for name in ("stop", "error.txt"):
            (run.folder / name).unlink(missing_ok=True)
        asked.append(run)
        if name := {"done": "done.json", "failed": "error.txt", "stopped": "stop"}.get(how[len(asked) - 1]):
            write_text(run.folder / name, "It went wrong.")

    return attempt, asked


def test_a_run_that_is_done_at_once_is_tried_once(run):
    attempt, asked = ending("done")
    assert cells.trained(run, attempt) == "done"
    assert cells.trained(run, attempt) == "done"
    assert (len(asked), cells.attempts(run).number) == (1, 1)


def test_a_run_that_fails_is_tried_three_times_in_all(run):
    attempt, asked = ending("failed", "interrupted", "failed")
    assert cells.trained(run, attempt) == "failed"
    assert len(asked) == 3
    assert cells.trained(run, attempt) == "failed"  # also by the next call
    assert (len(asked), cells.attempts(run).number, run.error) == (3, 3, "It went wrong.")


def test_a_run_may_succeed_at_the_third_attempt(run):
    attempt, asked = ending("failed", "failed", "done")
    assert cells.trained(run, attempt) == "done"
    assert (len(asked), cells.attempts(run).number) == (3, 3)


def test_a_run_whose_trainer_was_killed_three_times_says_so(run):
    attempt, _ = ending("interrupted", "interrupted", "interrupted")
    assert cells.trained(run, attempt) == "failed"
    assert run.status == "failed"
    assert run.error.startswith("Its trainer was killed 3 times")


def test_going_on_after_a_stop_is_no_new_attempt(run):
    attempt, asked = ending("stopped", "stopped", "stopped", "stopped", "done")
    for _ in range(4):
        assert cells.trained(run, attempt) == "stopped"
    assert cells.trained(run, attempt) == "done"
    assert (len(asked), cells.attempts(run).number) == (5, 1)


def test_going_on_after_an_interruption_is_no_new_attempt(run):
    def killed(run: Run) -> None:
        raise KeyboardInterrupt  # the process ends here

    with pytest.raises(KeyboardInterrupt):
        cells.trained(run, killed)
    assert run.status == "interrupted"
    attempt, _ = ending("done")
    assert cells.trained(run, attempt) == "done"
    assert cells.attempts(run).number == 1


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"number": null, "seconds": 0}', "[" * 100_000])
def test_a_damaged_record_counts_as_none(run, damage):
    assert not cells.is_cell(run)
    (run.folder / "experiment.json").write_text(damage)
    assert cells.attempts(run) == cells.Attempts()
    assert cells.is_cell(run)


def test_seconds_add_up(run):
    cells.note_seconds(run, 1.5)
    cells.note_seconds(run, 2)
    assert cells.attempts(run) == cells.Attempts(0, 3.5)
