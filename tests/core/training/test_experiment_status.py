"""How far an experiment is, read from folders made by hand."""

import json
import shutil
from dataclasses import asdict, replace

import pytest
from filelock import FileLock

from core.training import cells, experiments, queue, runs
from core.training.experiments import Cell, Experiment, status
from core.training.starter import STARTERS

BASE = STARTERS["mnist-dense"]
WIDE = replace(BASE, batch_size=200)


@pytest.fixture
def experiment(own_runs) -> Experiment:
    """Two seeds of two variants, of which the second sees twice as many images."""
    made = [
        Cell(variant, seed, replace(config, seed=seed), f"e--{variant}--seed-{seed}")
        for seed in (0, 1)
        for variant, config in (("narrow", BASE), ("wide", WIDE))
    ]
    return Experiment("e", "An experiment", "", tuple(made))


def finish(cell: Cell, seconds: float) -> None:
    shutil.copytree(runs.STARTER / "mnist-dense", cell.folder)
    (cell.folder / "config.json").write_text(json.dumps(asdict(cell.config)))
    done = json.loads((cell.folder / "done.json").read_text()) | {"seconds": seconds}
    (cell.folder / "done.json").write_text(json.dumps(done))


def states(experiment: Experiment) -> list[str]:
    return [cell.state for cell in status(experiment).cells]


def test_an_experiment_that_nobody_began_has_no_time_left_to_tell(experiment):
    now = status(experiment)
    assert states(experiment) == ["missing"] * 4
    assert (now.seconds_left, now.fraction, now.is_running, now.is_complete) == (None, 0.0, False, False)
    assert experiments.progress_line(now) == "0 of 4 runs done · time left not known yet"


def test_the_time_left_is_the_mean_of_the_finished_runs_of_the_same_settings(experiment):
    finish(experiment.cells[0], 100)
    # The wide ones see twice as many images.
    assert status(experiment).seconds_left == 100 + 2 * 200
    finish(experiment.cells[1], 150)
    assert status(experiment).seconds_left == 100 + 150
    cells.note_seconds(runs.Run(experiment.cells[1].folder), 170)  # with loading and evaluating
    assert status(experiment).seconds_left == 100 + 170
    assert status(experiment).fraction == 0.5
    for cell in experiment.cells[2:]:
        finish(cell, 100)
    now = status(experiment)
    assert (now.seconds_left, now.fraction, now.is_complete, now.count("done")) == (0, 1.0, True, 4)


def test_the_first_run_at_work_tells_the_time_by_its_speed(experiment):
    first = experiment.cells[0]
    run = runs.create(first.config, first.run_name)
    progress = {
        "phase": "training", "step": 250, "total_steps": 1000, "images_per_second": 1000, "seconds_left": 75, "loss": 1.0, "accuracy": 0.5,
    }  # fmt: skip
    (run.folder / "progress.json").write_text(json.dumps(progress))
    with FileLock(run.folder / "lock"):
        now = status(experiment)
        # 1,000 steps of 100 images take 100 s, of which a quarter is over; those of 200 images 200 s.
        assert now.seconds_left == pytest.approx(75 + 100 + 2 * 200)
        assert now.fraction == 0.25 / 4
        assert experiments.progress_line(now) == "0 of 4 runs done · narrow, seed 0: 25% · 10 min left"


def test_a_run_that_failed_three_times_is_given_up_and_takes_no_time(experiment):
    finish(experiment.cells[0], 100)
    run = runs.create(experiment.cells[1].config, experiment.cells[1].run_name)
    (run.folder / "error.txt").write_text("The loss became nan.")
    (run.folder / "experiment.json").write_text('{"number": 2, "seconds": 1}')
    assert status(experiment).seconds_left == 100 + 2 * 200
    (run.folder / "experiment.json").write_text('{"number": 3, "seconds": 1}')
    now = status(experiment)
    assert now.seconds_left == 100 + 200
    assert (now.cells[1].state, now.cells[1].error, now.cells[1].is_given_up) == (
        "failed",
        "The loss became nan.",
        True,
    )
    assert now.fraction == 0.5


def test_a_run_in_the_queue_waits(experiment, monkeypatch):
    monkeypatch.setattr(queue, "serve", lambda parent=None: None)
    run = runs.create(experiment.cells[0].config, experiment.cells[0].run_name)
    queue.join(run)
    assert states(experiment) == ["waiting", "missing", "missing", "missing"]


def test_a_run_with_other_settings_blocks_the_experiment(experiment):
    cell = experiment.cells[1]
    runs.create(replace(cell.config, learning_rate=0.5, flip=True), cell.run_name)
    assert states(experiment) == ["missing", "blocked", "missing", "missing"]
    assert experiments.problem(experiment) == (
        "The run e--wide--seed-0 is there with another learning_rate and flip than the experiment says. Delete it, or give the "
        "experiment another name."
    )


def test_a_damaged_run_and_a_folder_that_is_no_run_block_it_too(experiment):
    first, second = experiment.cells[:2]
    first.folder.mkdir(parents=True)
    assert "There is a folder e--narrow--seed-0 that is no run" in experiments.problem(experiment)
    first.folder.rmdir()
    runs.create(second.config, second.run_name)
    (second.folder / "config.json").write_text("{")
    assert "The run e--wide--seed-0 is damaged: config.json is not valid JSON." in experiments.problem(experiment)


def test_an_experiment_is_running_while_somebody_holds_its_lock(experiment):
    experiment.folder.mkdir(parents=True)
    with FileLock(experiment.folder / "lock"):
        assert status(experiment).is_running
    assert not status(experiment).is_running


def test_missing_data_is_a_sentence(experiment, monkeypatch, tmp_path):
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    cifar = replace(experiment, cells=(replace(experiment.cells[0], config=replace(BASE, dataset="cifar10")),))
    assert experiments.problem(cifar) == (
        "cifar10 is not here in full. Fetch it on the page Train, or with python -m core.data.download cifar10."
    )
    assert experiments.problem(experiment) == ""


def test_results_that_came_with_the_app_give_way_to_ones_own(experiment, own_runs, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "EXPERIMENTS", tmp_path / "experiments")
    shipped = tmp_path / "experiments/e/e--narrow--seed-0"
    shutil.copytree(runs.STARTER / "mnist-dense", shipped, ignore=shutil.ignore_patterns("model.keras"))
    unfinished = tmp_path / "experiments/e/e--wide--seed-0"
    shutil.copytree(shipped, unfinished, ignore=shutil.ignore_patterns("done.json"))
    [result] = experiments.results()
    assert (result.folder, result.is_starter, result.has_model) == (shipped, True, False)
    assert runs.find("e--narrow--seed-0") == result
    assert result not in runs.all_runs()
    assert result.results == own_runs / ".experiments/e/e--narrow--seed-0"
    # The user trains it himself: his run wins when it is done.
    own = runs.create(experiment.cells[0].config, "e--narrow--seed-0")
    assert runs.find("e--narrow--seed-0") == result
    shutil.rmtree(own.folder)
    finish(experiment.cells[0], 1)
    assert runs.find("e--narrow--seed-0") == own
    assert experiments.results() == []
    assert own.has_model and not own.is_starter
