"""Arrays that are kept with a run are read as they were written, or not at all."""

import io
import os
import tracemalloc

import numpy as np
import pytest

from core.training import records
from core.training.kept import saved_arrays


def test_arrays_come_back_in_their_own_precision(tmp_path):
    np.savez(tmp_path / "a.npz", one=np.array([0.5, 2.0]), two=np.float32(3))
    found = saved_arrays(tmp_path / "a.npz")
    assert found["one"].tolist() == [0.5, 2.0]
    assert (found["two"].dtype, float(found["two"])) == (np.float32, 3.0)


@pytest.mark.parametrize(
    "wrong",
    [
        np.array([1, 2]),
        np.array([np.nan]),
        np.array([np.inf], np.float32),
        np.array(["x"]),
        np.array([None]),
        np.array([1j]),
    ],
    ids=["integers", "not a number", "infinite", "texts", "objects", "complex"],
)
def test_one_array_that_is_not_of_finite_numbers_makes_the_file_unreadable(tmp_path, wrong):
    np.savez(tmp_path / "a.npz", right=np.zeros(2), wrong=wrong)
    assert saved_arrays(tmp_path / "a.npz") == {}


@pytest.mark.parametrize("content", [b"", b"no", b"PK\x03\x04 no"])
def test_a_file_of_another_format_is_nothing(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    assert saved_arrays(tmp_path / "a.npz") == {}


def test_an_array_that_is_not_packed_is_nothing(tmp_path):
    single = io.BytesIO()
    np.save(single, np.zeros(3))
    (tmp_path / "a.npz").write_bytes(single.getvalue())
    assert saved_arrays(tmp_path / "a.npz") == {}


def test_a_named_pipe_and_a_folder_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "folder.npz").mkdir()
    for name in ("pipe", "folder", "nothing"):
        assert saved_arrays(tmp_path / f"{name}.npz") == {}


def test_a_file_that_unpacks_to_very_much_is_not_unpacked(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", zeros=np.zeros(records.LARGEST_ARRAYS // 8 + 1))
    tracemalloc.start()
    assert saved_arrays(tmp_path / "a.npz") == {}
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
