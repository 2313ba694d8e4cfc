"""Scores that were computed once are read again from the run's folder."""

import numpy as np

from core.training import runs
from core.training.config import RunConfig
from core.training.kept_scores import save_scores, saved_scores


def test_values_come_back_under_their_labels(own_runs):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    values = {"Relative Mahalanobis": np.array([0.5, -2.0]), "k-NN distance": np.array([0.1, 0.2], np.float32)}
    assert saved_scores(run, "validation") == {}
    save_scores(run, "validation", values)
    found = saved_scores(run, "validation")
    assert found.keys() == values.keys()
    for label, kept in found.items():
        np.testing.assert_array_equal(kept, values[label])
    assert saved_scores(run, "test") == {}
    assert [path.name for path in (run.folder / "scores").iterdir()] == ["validation.npz"]


def test_a_starter_run_is_left_as_it_came(own_runs):
    run = runs.find("mnist-dense")
    save_scores(run, "test", {"fDBD": np.zeros(3)})
    assert not (run.folder / "scores").exists()
    assert (own_runs / "mnist-dense/scores/test.npz").exists()
    assert "fDBD" in saved_scores(run, "test")
    assert runs.find("mnist-dense").is_starter  # a folder of results alone is no run


def test_a_broken_file_counts_as_nothing(own_runs):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    save_scores(run, "test", {"fDBD": np.zeros(3)})
    (run.folder / "scores/test.npz").write_bytes(b"PK\x03\x04 no")
    assert saved_scores(run, "test") == {}


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_raised(own_runs):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    (run.folder / "scores").write_text("a file where the folder should be")
    save_scores(run, "test", {"fDBD": np.zeros(3)})
    assert saved_scores(run, "test") == {}


def test_scores_of_different_lengths_or_with_more_axes_count_as_nothing(own_runs):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    for wrong in ({"a": np.zeros(3), "b": np.zeros(2)}, {"a": np.zeros((3, 1))}, {"a": np.array(0.5)}, {}):
        save_scores(run, "test", wrong)
        assert saved_scores(run, "test") == {}
