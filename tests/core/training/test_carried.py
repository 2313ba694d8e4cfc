"""A run's folder as bytes: what is sent, in which order, and what is not."""

from core.training import carried
from core.training.carried import Changes, Watched


def written(folder, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)


def test_the_checkpoint_and_the_end_come_after_what_they_belong_to(tmp_path):
    written(tmp_path, done_json="{}", checkpoint_keras="weights", history_jsonl="{}", config_json="{}")
    (tmp_path / "predictions").mkdir()
    (tmp_path / "predictions/test.npz").write_bytes(b"logits")
    assert list(carried.content(tmp_path).files) == [
        "config.json", "history.jsonl", "predictions/test.npz", "checkpoint.keras", "done.json",
    ]  # fmt: skip


def test_locks_requests_and_files_that_are_half_written_stay(tmp_path):
    written(tmp_path, config_json="{}", lock="", stop="", queued="1", history_jsonl_part="{")
    (tmp_path / ".part-checkpoint.keras").touch()
    assert carried.content(tmp_path) == Changes({"config.json": b"{}"})


def test_only_what_has_changed_since_the_last_look_is_sent(tmp_path):
    written(tmp_path, config_json="{}", history_jsonl="1")
    watched = Watched(tmp_path)
    assert watched.changes() == Changes({"config.json": b"{}", "history.jsonl": b"1"})
    assert watched.changes() is None
    written(tmp_path, history_jsonl="1\n2")
    assert watched.changes() == Changes({"history.jsonl": b"1\n2"})
    (tmp_path / "config.json").unlink()
    assert watched.changes() == Changes({}, gone=("config.json",))
    assert watched.changes() is None


def test_a_folder_that_was_carried_there_and_back_is_the_same(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    written(here, config_json="{}", checkpoint_keras="old", error_txt="It failed.")
    there.mkdir()
    watched = Watched(there, known=carried.content(here))
    assert watched.changes() is None
    written(there, checkpoint_keras="newer", done_json="{}")
    (there / "error.txt").unlink()
    (there / "epochs").mkdir()
    (there / "epochs/1.npy").write_bytes(b"logits")
    carried.write(here, watched.changes())
    assert carried.content(here) == carried.content(there)
    assert sorted(file.name for file in here.iterdir()) == ["checkpoint.keras", "config.json", "done.json", "epochs"]
