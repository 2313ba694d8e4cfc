"""What is written is whole or not there, and what cannot be written is a sentence."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from core.training import control, reporting, runs, trainer, writing
from core.training.config import RunConfig
from tests.core.training.hostile import HARMS, finished

CONFIG = RunConfig("mnist", "softmax_regression", epochs=1)


@pytest.fixture
def full_disk(monkeypatch):
    """No file can be renamed any more, as if the disk were full."""

    def refuse(path, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)


def test_a_run_that_cannot_be_created_leaves_nothing_and_its_name_stays_free(own_runs, full_disk):
    with pytest.raises(OSError, match="No space left"):
        runs.create(CONFIG, "mine")
    assert list(own_runs.iterdir()) == []


def test_a_half_made_folder_of_a_killed_attempt_does_not_block_the_name_and_is_no_run(own_runs):
    (own_runs / ".mine.part").mkdir(parents=True)
    (own_runs / ".mine.part/config.json").write_text("{}")
    assert runs.create(CONFIG, "mine").name == "mine"
    assert runs.damaged_runs() == []


def test_a_name_that_somebody_takes_in_the_same_moment_is_refused(own_runs, monkeypatch):
    finished(own_runs, "mine")
    monkeypatch.setattr(os.path, "lexists", lambda path: False)  # it was not there when this one looked
    with pytest.raises(runs.RunExists):
        runs.create(CONFIG, "mine")
    assert [path.name for path in own_runs.iterdir()] == ["mine"]


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path, full_disk):
    (tmp_path / "stop").write_text("old")
    with pytest.raises(OSError, match="No space left"):
        writing.write_text(tmp_path / "stop", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["stop"]
    assert (tmp_path / "stop").read_text() == "old"


def test_a_link_in_the_place_of_a_part_is_not_followed(tmp_path):
    (tmp_path / "other").write_text("mine")
    (tmp_path / "stop.part").symlink_to(tmp_path / "other")
    writing.write_text(tmp_path / "stop", "")
    assert (tmp_path / "other").read_text() == "mine"
    assert not (tmp_path / "stop").is_symlink()


def test_a_trainer_on_a_full_disk_makes_room_and_records_why(own_runs, monkeypatch):
    run = runs.create(CONFIG)

    def fill_the_disk(run, **how):
        (run.folder / ".part-checkpoint.keras").write_text("half")
        raise OSError("[Errno 28] Can't write data (file write failed: 'No space left on device')")

    monkeypatch.setattr(trainer, "train", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        trainer.main([str(run.folder)])
    assert run.status == "failed"
    assert run.error == "The disk is full. Free some space and try again."
    assert not (run.folder / ".part-checkpoint.keras").exists()


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EDQUOT, "The disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
    ],
)
def test_the_cause_is_a_sentence(number, sentence):
    assert sentence in writing.why(OSError(number, os.strerror(number)))


def test_a_missing_file_is_not_taken_for_a_full_disk():
    assert reporting.failure(FileNotFoundError(errno.ENOENT, "No such file", "x")).startswith("FileNotFoundError")


def test_what_keeps_a_run_from_going_on_is_found_before_it_is_resumed(tmp_path, monkeypatch):
    assert writing.obstacle(tmp_path) == ""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 0))
    assert "The disk is full" in writing.obstacle(tmp_path)
    monkeypatch.setattr(os, "access", lambda *args: False)
    assert "cannot be written" in writing.obstacle(tmp_path)


def test_a_damaged_run_is_deleted_and_a_link_inside_it_is_not_followed(own_runs, tmp_path):
    folder = finished(own_runs, "damaged")
    HARMS["config is a named pipe"][0](folder)
    (tmp_path / "kept.txt").write_text("mine")
    (folder / "scores").symlink_to(tmp_path)
    control.delete(runs.damaged_runs()[0])
    assert not folder.exists()
    assert (tmp_path / "kept.txt").exists()


def test_a_damaged_run_whose_trainer_lives_is_not_deleted(own_runs):
    from filelock import FileLock

    folder = finished(own_runs, "damaged")
    HARMS["torn config"][0](folder)
    with FileLock(folder / "lock"), pytest.raises(ValueError, match="is being trained"):
        control.delete(runs.damaged_runs()[0])
    assert folder.exists()


def test_a_folder_for_runs_that_cannot_be_listed_is_a_sentence_and_no_run(own_runs, caplog):
    assert runs.problem() == ""
    own_runs.write_text("a file in its place")
    for _ in range(2):
        assert runs.problem().startswith("The folder for runs cannot be read: Not a directory.")
        assert str(own_runs) not in runs.problem()  # visitors need not know it
    assert [record.getMessage() for record in caplog.records] == [
        f"The folder for runs, {own_runs}, cannot be read: Not a directory."
    ]
    assert all(run.is_starter for run in runs.all_runs())


def test_what_a_killed_trainer_has_left_is_removed_by_the_next_one(own_runs, monkeypatch):
    run = runs.create(CONFIG)
    (run.folder / "predictions").mkdir()
    left = (".part-best.keras", "done.json.part", "predictions/test.npz.part")
    for name in (*left, "stop.part"):
        (run.folder / name).write_text("half")
    monkeypatch.setattr(trainer, "train", lambda run, **_: (run.folder / "done.json").write_text("{}"))
    monkeypatch.setattr(trainer.Run, "done", lambda run: {"test_accuracy": 0.5})
    assert trainer.main([str(run.folder)]) == 0
    assert not any((run.folder / name).exists() for name in left)
    assert (run.folder / "stop.part").exists()  # a page may be writing it


def test_a_trainer_that_was_killed_just_after_its_end_leaves_no_checkpoint_to_the_next_one(own_runs):
    run = runs.create(CONFIG)
    for name in ("done.json", "checkpoint.keras", "best.keras"):
        (run.folder / name).write_text("{}")
    assert trainer.main([str(run.folder)]) == 1
    assert {file.name for file in run.folder.iterdir()} == {"config.json", "done.json", "lock"}
