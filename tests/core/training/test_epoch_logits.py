"""The logits that a run keeps of every epoch."""

from dataclasses import replace

import numpy as np
import pytest

from core.training import epoch_logits, runs, trainer
from core.training.config import RunConfig

QUICK = RunConfig("mnist", "softmax_regression", epochs=3, batch_size=50, num_train=500, keep_logits=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    run = runs.create(QUICK, "kept", tmp_path_factory.mktemp("runs"))
    assert trainer.main([str(run.folder)]) == 0
    return run


def test_every_epoch_has_its_logits_and_the_last_ones_are_those_of_the_trained_model(trained):
    kept = epoch_logits.kept(trained)
    assert kept.epochs.tolist() == [1, 2, 3]
    assert kept.logits.shape == (3, 10_000, 10)
    validation = trained.predictions("validation")
    np.testing.assert_allclose(kept.logits[-1], validation.logits, rtol=2**-10, atol=1e-4)
    np.testing.assert_array_equal(kept.labels, validation.labels)
    accuracies = (kept.logits.argmax(axis=2) == kept.labels).mean(axis=1)
    np.testing.assert_allclose(accuracies, [line["validation_accuracy"] for line in trained.history()], atol=2e-4)


def test_logits_after_a_step_that_the_history_does_not_have_are_left_out(trained):
    epoch_logits.keep(trained, 999, np.zeros((10_000, 10), np.float32))
    assert epoch_logits.kept(trained).epochs.tolist() == [1, 2, 3]


def test_a_run_keeps_none_unless_it_is_asked_to(own_runs):
    run = runs.create(replace(QUICK, epochs=1, keep_logits=False))
    trainer.main([str(run.folder)])
    assert not epoch_logits.is_kept(run)
    assert not (run.folder / "epochs").exists()


def test_values_that_half_precision_does_not_have_become_the_largest_that_it_has(trained):
    before = (trained.folder / "epochs/00000030.npy").read_bytes()
    epoch_logits.keep(trained, 30, np.full((10_000, 10), -1e6, np.float32))
    assert epoch_logits.kept(trained).logits[-1].max() == -65504
    (trained.folder / "epochs/00000030.npy").write_bytes(before)


@pytest.mark.parametrize(
    ("content", "cause"),
    [(None, "is missing"), (b"\x93NUMPY", "is incomplete"), (np.zeros((2, 3), np.float16), "must have finite float16")],
)
def test_logits_that_cannot_be_read_are_damaged(trained, content, cause):
    file = trained.folder / "epochs/00000020.npy"
    before = file.read_bytes()
    file.unlink()
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        np.save(file, content)
    with pytest.raises(runs.Damaged, match=cause):
        epoch_logits.kept(trained)
    file.write_bytes(before)
