import json
import time
from dataclasses import replace
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

from core.data import sources
from core.metrics.predictions import Predictions
from core.training import runs
from core.training.config import RunConfig
from core.training.runs import Run

CONFIG = RunConfig("mnist", "dense", epochs=3)


def test_a_created_run_is_found_with_its_config(own_runs):
    run = runs.create(CONFIG)
    again = runs.find(run.name)
    assert again.config == RunConfig(**{**vars(CONFIG), "versions": again.config.versions})
    assert again.title.startswith("MNIST · dense · 3 epochs · 20")
    assert runs.all_runs()[0] == run


def test_a_name_given_by_the_user_is_in_the_title_whole(own_runs):
    assert runs.create(CONFIG, "the one for the talk").title == "MNIST · dense · 3 epochs · the one for the talk"


def test_two_runs_of_the_same_second_get_two_folders(own_runs, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda _: "20260101-000000")
    assert [runs.create(CONFIG).name for _ in range(3)] == [
        "20260101-000000-mnist-dense",
        "20260101-000000-mnist-dense-2",
        "20260101-000000-mnist-dense-3",
    ]


def test_a_name_that_is_taken_is_refused(own_runs):
    runs.create(CONFIG, "mine")
    with pytest.raises(runs.RunExists, match="There is a run mine"):
        runs.create(CONFIG, "mine")


def test_other_and_half_written_folders_are_ignored(own_runs):
    own = runs.create(CONFIG)
    (own_runs / "empty").mkdir()
    (own_runs / "broken").mkdir()
    (own_runs / "broken/config.json").write_text('{"dataset": "mn')
    (own_runs / "future").mkdir()
    (own_runs / "future/config.json").write_text('{"dataset": "mnist", "architecture": "quantum", "epochs": 1}')
    (own_runs / "file").write_text("")
    assert [run for run in runs.all_runs() if not run.is_starter] == [own]


def test_the_newest_run_comes_first_and_starters_last(own_runs):
    for name in ("20250101-000000-a", "20260101-000000-b"):
        runs.create(CONFIG, name)
    names = [run.name for run in runs.all_runs()]
    assert names[:2] == ["20260101-000000-b", "20250101-000000-a"]
    assert names[2:] == sorted(child.name for child in runs.STARTER.iterdir() if child.is_dir())


def test_a_run_without_files_has_an_empty_record(own_runs):
    run = runs.create(CONFIG)
    assert (run.history(), run.progress(), run.done(), run.error, run.log()) == ([], {}, {}, "", "")


def test_a_replaced_record_is_read_again_and_changing_what_was_read_does_not_change_it(own_runs):
    run = runs.create(CONFIG)
    config = json.loads((run.folder / "config.json").read_text()) | {"seed": 7}
    runs.write_text(run.folder / "config.json", json.dumps(config))
    assert runs.find(run.name).config.seed == 7
    record = runs.find("mnist-dense").done() | {"test_accuracy": 0.9}
    runs.write_text(run.folder / "done.json", json.dumps(record))
    done = run.done()
    done["test_accuracy"] = 0.1
    done["machine"].clear()
    assert run.done() == record
    runs.write_text(run.folder / "done.json", json.dumps(record | {"test_accuracy": 0.8}))
    assert run.done() == record | {"test_accuracy": 0.8}


def test_the_log_shows_only_the_last_state_of_a_line_that_overwrites_itself(own_runs):
    run = runs.create(CONFIG)
    (run.folder / "log.txt").write_text("\rstep 1\rstep 2\rdone\nnext\n")
    assert run.log() == "done\nnext"
    assert run.log(1) == "next"


def test_an_unknown_name_is_refused(own_runs):
    with pytest.raises(ValueError, match="There is no run 'nobody'"):
        runs.find("nobody")


@pytest.mark.parametrize("run", [run for run in runs.all_runs() if run.is_starter], ids=lambda run: run.name)
def test_a_starter_run_is_complete_and_its_numbers_agree_with_its_logits(run: Run):
    done = run.done()
    for split in ("validation", "test"):
        predictions = run.predictions(split)
        assert isinstance(predictions, Predictions)
        if run.config.dataset != "oxford_pets":  # whose training images may be missing here
            assert predictions.num_samples == sources.num_samples(run.config.dataset)[split]
        assert done[f"{split}_accuracy"] == predictions.accuracy
        assert np.isfinite(predictions.logits).all()
    assert run.history()[-1]["step"] == run.config.total_steps
    assert done["machine"]["processor"]
    text = (run.folder / "config.json").read_text() + json.dumps(done)
    assert "/" not in text.replace("images/s", "")  # no path of the machine that trained it


def test_starter_runs_have_the_promised_accuracy_and_size():
    accuracy = {run.name: run.done()["test_accuracy"] for run in runs.all_runs() if run.is_starter}
    assert abs(accuracy["mnist-dense"] - 0.967) < 0.004
    assert accuracy["mnist-small_cnn"] >= 0.990
    assert accuracy["fashion_mnist-small_cnn"] >= 0.91
    assert accuracy["cifar10-conv10"] >= 0.91
    assert accuracy["cifar10-conv10-superclass"] >= 0.90
    kept = (
        "config.json",
        "history.jsonl",
        "model.keras",
        "done.json",
        "predictions/test.npz",
        "predictions/validation.npz",
    )
    size = sum((run.folder / name).stat().st_size for run in runs.all_runs() if run.is_starter for name in kept)
    assert size <= 24e6


def test_a_backend_that_is_not_installed_is_refused_before_anything_is_written(own_runs, monkeypatch):
    def version(package):
        if package == "jax":
            raise PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(runs, "version", version)
    with pytest.raises(ValueError, match="jax is not installed here"):
        runs.create(replace(CONFIG, backend="jax"))
    assert not own_runs.exists()
    assert runs.create(replace(CONFIG, backend="torch")).config.versions.keys() == {"keras", "torch", "numpy"}
