"""Logits for images of others that were computed once are read again from the run's folder."""

import numpy as np

from core.training import runs
from core.training.config import RunConfig
from core.training.kept_logits import save_logits, saved_logits


def test_logits_come_back_under_the_name_of_their_images(own_runs):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    logits = np.array([[0.5, -2.0], [1.0, 3.25]], np.float32)
    assert saved_logits(run, "noise") is None
    save_logits(run, "noise", logits)
    np.testing.assert_array_equal(saved_logits(run, "noise"), logits)
    assert saved_logits(run, "blank") is None
    (run.folder / "logits/noise.npz").write_bytes(b"no")
    assert saved_logits(run, "noise") is None


def test_logits_of_a_starter_run_lie_among_the_users_runs(own_runs):
    run = runs.find("mnist-dense")
    save_logits(run, "noise", np.zeros((2, 10), np.float32))
    assert not (run.folder / "logits/noise.npz").exists()
    assert (own_runs / "mnist-dense/logits/noise.npz").exists()


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_raised(own_runs):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    (run.folder / "logits").write_text("a file where the folder should be")
    save_logits(run, "noise", np.zeros((2, 10), np.float32))
    assert saved_logits(run, "noise") is None


def test_logits_of_another_shape_or_type_count_as_nothing(own_runs):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    too_large = np.full((2, 10), 1e300)  # in single precision infinite
    for wrong in (np.zeros(10), np.zeros((2, 10), int), np.full((2, 10), np.nan), np.array([["1"]]), too_large):
        save_logits(run, "noise", wrong)
        assert saved_logits(run, "noise") is None
