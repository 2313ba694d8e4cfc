"""Whatever is in a folder, reading it gives a run, the cause of its damage, or nothing, and never blocks."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.training import records, runs
from core.training.runs import DamagedRun, Run
from tests.core.training.hostile import CLEAN, HARMS, circle, finished

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PROGRESS = {
    "phase": "training", "step": 3, "total_steps": 9, "images_per_second": 5.0, "seconds_left": 1, "loss": 0.5,
    "accuracy": 0.5,
}  # fmt: skip
VALID = {name: (CLEAN / name).read_text() for name in ("config.json", "done.json", "history.jsonl")} | {
    "progress.json": json.dumps(PROGRESS),
    "error.txt": "The loss became nan.",
    "lock": "",
}
ARRAYS = (CLEAN / "predictions/test.npz").read_bytes()


def fill(path: Path, kind: str, content: bytes) -> None:
    if kind == "directory":
        path.mkdir()
    elif kind == "named pipe":
        os.mkfifo(path)
    elif kind == "circle":
        circle(path)
    elif kind != "missing":
        path.write_bytes(content)


@st.composite
def contents(draw, name):
    """(kind, bytes) of one file of a run."""
    kind = draw(
        st.sampled_from(["valid"] * 8 + ["torn", "other", "fields", "missing", "directory", "named pipe", "circle"])
    )
    valid = VALID[name].encode() if name in VALID else ARRAYS
    if kind == "torn":
        valid = valid[: draw(st.integers(0, len(valid)))]
    elif kind == "other":
        valid = draw(st.binary(max_size=20)) if draw(st.booleans()) else json.dumps(draw(JSON)).encode()
    elif kind == "fields" and name.endswith((".json", ".jsonl")):
        record = json.loads(valid.splitlines()[0] if name.endswith("l") else valid)
        record[draw(st.sampled_from(sorted(record)))] = draw(JSON)
        valid = json.dumps(record).encode() + b"\n"
    return kind, valid


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_folder_of_anything_is_a_run_that_can_be_read_whole_or_a_sentence(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("runs") / "generated"
    (folder / "predictions").mkdir(parents=True)
    for name in (*VALID, "log.txt", "predictions/validation.npz", "predictions/test.npz"):
        source = "error.txt" if name == "log.txt" else name
        fill(folder / name, *data.draw(contents(source), label=name))
    run = runs.read_run(folder)
    if isinstance(run, Run):
        assert run.status in ("done", "failed", "interrupted")
        assert (run.title + run.error + run.log()).encode()
        assert run.progress() == {} or run.progress()["phase"]
        assert all(0 <= line["accuracy"] <= 1 for line in run.history())
        if run.status == "done":
            assert 0 <= run.done()["test_accuracy"] <= 1
            assert run.config.num_parameters > 0
    else:
        assert isinstance(run, DamagedRun)
        assert run.cause.encode()
        assert "\n" not in run.cause
        assert len(run.cause) <= records.LONGEST


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_run_is_listed_with_its_cause_and_nothing_else_notices(own_runs, harm):
    damage, cause = HARMS[harm]
    damage(finished(own_runs, "damaged"))
    whole = finished(own_runs, "whole")
    assert [run.folder for run in runs.all_runs() if not run.is_starter] == [whole]
    [run] = runs.damaged_runs()
    assert run.name == "damaged"
    assert cause in run.cause


def test_a_name_that_is_not_utf8_can_be_shown(own_runs):
    folder = Path(os.fsdecode(bytes(finished(own_runs, "run")) + b"\xff"))
    (own_runs / "run").rename(folder)
    [run] = runs.damaged_runs()
    assert run.name == "run?"
    assert run.cause.startswith("Its name is not valid UTF-8")
    assert run.folder == folder


def test_a_lock_that_cannot_be_opened_is_a_cause_only_while_it_says_something(own_runs, monkeypatch):
    folder = finished(own_runs, "of-another-user")
    (folder / "lock").touch()
    monkeypatch.setattr(os, "access", lambda *args: False)  # permissions do not bind the user root
    assert isinstance(runs.read_run(folder), Run)
    (folder / "done.json").unlink()
    assert runs.read_run(folder) == DamagedRun(folder, "lock cannot be opened: Permission denied.")


def test_a_file_that_cannot_be_opened_is_read_as_soon_as_it_can(own_runs, monkeypatch):
    folder = finished(own_runs, "closed")
    open_file = os.open

    def refuse(path, *args, **kwargs):
        if str(path).endswith("history.jsonl"):
            raise PermissionError(13, "Permission denied")
        return open_file(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert runs.read_run(folder) == DamagedRun(folder, "history.jsonl cannot be opened: Permission denied.")
    (folder / "history.jsonl").chmod(0o644)
    assert isinstance(runs.read_run(folder), Run)


def test_only_a_last_line_that_was_not_written_to_its_end_is_left_out(tmp_path):
    file = tmp_path / "history.jsonl"
    whole = (CLEAN / "history.jsonl").read_bytes()
    complete = len(whole.splitlines())
    last = len(whole.splitlines()[-1])
    for cut in range(1, last + 2):
        file.write_bytes(whole[:-cut])
        assert len(records.history(file)) == complete - (cut > 1)
    file.write_bytes(whole[:-5] + b"\n")
    with pytest.raises(records.Damaged, match=f"Line {complete} of"):
        records.history(file)


def test_a_folder_without_any_file_of_a_run_is_no_run_and_a_link_that_leads_nowhere_is_a_damaged_one(own_runs):
    (own_runs / "photos/holiday").mkdir(parents=True)
    (own_runs / ".hidden").mkdir()
    (own_runs / "link").symlink_to(own_runs / "nowhere")
    assert [(run.name, run.cause) for run in runs.damaged_runs()] == [("link", "It is a link that leads nowhere.")]


def test_logits_that_were_changed_under_a_sound_header_are_a_damage_when_they_are_read(own_runs):
    folder = finished(own_runs, "flipped")
    file = folder / "predictions/test.npz"
    content = bytearray(file.read_bytes())
    content[5000] ^= 255
    file.write_bytes(content)
    with pytest.raises(records.Damaged, match=r"predictions/test\.npz"):
        runs.find("flipped").predictions("test")


def test_a_file_of_predictions_that_unpacks_to_very_much_is_refused_before_it_is_unpacked(own_runs):
    folder = finished(own_runs, "bomb")
    np.savez_compressed(
        folder / "predictions/test.npz",
        logits=np.zeros((records.LARGEST_ARRAYS // 40, 10), np.float32),
        labels=np.zeros(records.LARGEST_ARRAYS // 40, np.int8),
        class_names=np.array([str(number) for number in range(10)]),
    )
    assert (folder / "predictions/test.npz").stat().st_size < 1_000_000
    [run] = runs.damaged_runs()
    assert run.cause.startswith("predictions/test.npz is too large: 137,")
