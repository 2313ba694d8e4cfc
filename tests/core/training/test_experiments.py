"""Training an experiment: what is trained, skipped, tried again; and with real processes, stopped and killed."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from core.data import datasets
from core.models import inference
from core.training import cells, experiments, kept_logits, owners, queue, runs
from core.training.experiments import parsed
from core.training.reporting import StopRequested
from core.training.runs import Run, write_text
from tests.core.training.test_queue import processes, until

TEXT = """
title = "Two optimizers"
seeds = [0, 1]
settings = {dataset = "mnist", architecture = "softmax_regression", num_train = 1000, epochs = EPOCHS}
variants = [{name = "adam", optimizer = "adam"}, {name = "sgd", optimizer = "sgd"}]
"""
SHORT, LONG = TEXT.replace("EPOCHS", "1"), TEXT.replace("EPOCHS", "10_000")
NAMES = ["two--adam--seed-0", "two--sgd--seed-0", "two--adam--seed-1", "two--sgd--seed-1"]
ENDED = {"done": "done.json", "failed": "error.txt", "stopped": "stop"}


def recorded(ends: dict[str, str]):
    """An attempt after which each run has ended as said, by default done; and the names of the runs in the order of trying."""
    tried: list[str] = []

    def attempt(run: Run) -> None:
        tried.append(run.name)
        write_text(run.folder / ENDED[ends.get(run.name, "done")], "It went wrong.")

    return attempt, tried


def test_every_run_is_created_and_trained_in_order(own_runs):
    experiment, said = parsed("two", SHORT), []
    attempt, tried = recorded({})
    assert experiments.train(experiment, attempt, said.append) == 0
    assert tried == NAMES
    assert [Run(cell.folder).config.seed for cell in experiment.cells] == [0, 0, 1, 1]
    assert said[:2] == ["two--adam--seed-0: training.", "two--adam--seed-0: done"]


def test_the_next_run_is_trained_when_one_fails_and_what_is_done_is_skipped(own_runs):
    experiment, said = parsed("two", SHORT), []
    attempt, tried = recorded({NAMES[1]: "failed"})
    assert experiments.train(experiment, attempt, said.append) == 1
    assert tried == [NAMES[0], *[NAMES[1]] * 3, *NAMES[2:]]
    assert "two--sgd--seed-0: failed: It went wrong." in said
    tried.clear()
    assert experiments.train(experiment, attempt, said.append) == 1
    assert tried == []


def test_a_stopped_run_ends_the_experiment_and_goes_on_next_time(own_runs):
    experiment = parsed("two", SHORT)
    attempt, tried = recorded({NAMES[1]: "stopped"})
    with pytest.raises(StopRequested):
        experiments.train(experiment, attempt, print)
    assert tried == NAMES[:2]
    (experiment.cells[1].folder / "stop").unlink()
    attempt, tried = recorded({})
    assert experiments.train(experiment, attempt, print) == 0
    assert tried == NAMES[1:]


def test_a_request_to_stop_is_seen_between_two_runs(own_runs):
    experiment = parsed("two", SHORT)
    experiments.stop(experiment)
    attempt, tried = recorded({})
    with pytest.raises(StopRequested):
        experiments.train(experiment, attempt, print)
    assert tried == []


def test_all_runs_belong_to_whoever_started_the_experiment(own_runs):
    experiment, owner = parsed("two", SHORT), owners.owner("Aiko", "0123456789abcdef" * 2)
    experiment.folder.mkdir(parents=True)
    owners.claim(experiment, owner)
    experiments.train(experiment, recorded({})[0], print)
    assert {owners.owner_of(Run(cell.folder)) for cell in experiment.cells} == {owner}


def test_a_folder_that_cannot_be_written_is_a_sentence(own_runs, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, "create", full)
    said = []
    assert experiments.train(parsed("two", SHORT), recorded({})[0], said.append) == 4
    assert said[0] == "two--adam--seed-0: failed: The disk is full. Free some space and try again."


def test_a_full_queue_is_waited_for(own_runs, monkeypatch):
    """And a stop is seen meanwhile."""
    monkeypatch.setattr(queue, "serve", lambda parent=None: None)
    monkeypatch.setattr(queue, "POLL_EVERY", 0)
    monkeypatch.setenv("WAKARANAI_MOST_WAITING", "1")
    experiment = parsed("two", SHORT)
    other = runs.create(experiment.cells[0].config, "somebody-elses")
    run = runs.create(experiment.cells[0].config, NAMES[0])
    queue.join(other)
    looks = []

    def look() -> None:
        looks.append(run.status)
        if len(looks) == 2:
            queue.leave(other)
        if run.status == "waiting":
            raise StopRequested

    with pytest.raises(StopRequested):
        experiments.by_queue(experiment, look)(run)
    assert looks == ["interrupted", "interrupted", "waiting"]
    assert queue.waiting() == [run]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["nobody"], "There is no file and no experiment 'nobody'"), (["bad.toml"], "bad.toml: title must be a text")],
)
def test_what_cannot_be_trained_is_a_sentence(own_runs, tmp_path, monkeypatch, capsys, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("")
    assert experiments.main(arguments) == 1
    assert sentence in capsys.readouterr().err


# With real processes.


def process(file) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "core.training.experiments", str(file)]
    return subprocess.Popen(
        command, cwd=runs.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        # As in a terminal: where the tests run in the background, a shell has told them to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.fixture
def file(tmp_path):
    """Returns a function that writes an experiment's file; what trains in the end is stopped."""
    file = tmp_path / "two.toml"

    def written(text: str):
        file.write_text(text)
        return file

    yield written
    experiments.stop(experiments.read(file))
    until(lambda: not processes(runs.folder()), "the processes end")


def test_an_experiment_is_trained_with_its_logits_for_another_data_set(own_runs, file):
    text = SHORT.replace("[0, 1]", "[0]").replace("epochs = 1", "epochs = 1, keep_logits = true")
    first = process(file(text))
    output, _ = first.communicate(timeout=600)
    assert first.returncode == 0, output
    lines = output.splitlines()
    assert lines[1:] == [
        "two--adam--seed-0: training.", "two--adam--seed-0: done", "two--sgd--seed-0: training.", "two--sgd--seed-0: done",
        "2 of 2 runs done.",
    ]  # fmt: skip
    run = runs.find("two--adam--seed-0")
    kept = kept_logits.saved_logits(run, "fashion_mnist")
    few = datasets.load("fashion_mnist", "test").images[:20]
    np.testing.assert_allclose(kept[:20], inference.logits(run.model(), few), rtol=1e-4, atol=1e-4)
    assert len(kept) == 10_000
    assert cells.attempts(run).number == 1
    assert cells.attempts(run).seconds > run.done()["seconds"]
    again = process(file(text))
    assert again.communicate(timeout=600)[0].splitlines()[1:] == ["2 of 2 runs done."]
    assert again.returncode == 0


def test_an_experiment_is_stopped_by_ctrl_c_and_goes_on_after_a_kill(own_runs, file):
    path = file(LONG)
    experiment = experiments.read(path)
    run = Run(experiment.cells[0].folder)

    def trains() -> bool:
        return run.folder.exists() and run.status == "running" and run.progress().get("phase") == "training"

    first = process(path)
    until(trains, "the first run trains")
    second = process(path)
    assert "The experiment two is being trained already, by another process" in second.communicate(timeout=600)[0]
    assert second.returncode == 1
    first.send_signal(signal.SIGINT)
    output, _ = first.communicate(timeout=600)
    assert (first.returncode, run.status) == (experiments.STOPPED, "stopped"), output
    assert "Stopped. 0 of 4 runs done" in output
    third = process(path)
    until(trains, "the first run goes on")
    os.kill(third.pid, signal.SIGKILL)
    third.communicate()
    assert (run.status, experiments.is_running(experiment)) == ("running", False)
    trainer = next(pid for pid, command in processes(own_runs) if "core.training.trainer" in command)
    os.kill(trainer, signal.SIGKILL)
    until(lambda: run.status == "interrupted", "the trainer is gone")
    fourth = process(path)
    until(trains, "the first run goes on after both were killed")
    assert cells.attempts(run).number == 1
    experiments.stop(experiment)  # as the page does
    fourth.communicate(timeout=600)
    assert (fourth.returncode, run.status) == (experiments.STOPPED, "stopped")
    assert run.history()
