import json
import zipfile
from dataclasses import replace
from io import BytesIO

import h5py
import numpy as np
import pytest

from core.data import datasets
from core.models import inference
from core.training import runs, starter, trainer
from core.training.config import RunConfig

QUICK = RunConfig("mnist", "small_cnn", epochs=1, num_train=500)


@pytest.fixture
def finished(own_runs):
    run = runs.create(replace(QUICK))
    trainer.main([str(run.folder)])
    return run


def test_a_compacted_run_is_half_as_large_and_its_record_agrees_with_its_weights(finished):
    before, size = finished.model().get_weights(), (finished.folder / "model.keras").stat().st_size
    starter.compact(finished)
    after = finished.model()
    assert (finished.folder / "model.keras").stat().st_size < 0.55 * size
    for large, small in zip(before, after.get_weights(), strict=True):
        assert small.dtype == np.float32
        np.testing.assert_array_equal(small, large.astype(np.float16).astype(np.float32))
    for split in ("validation", "test"):
        predictions = finished.predictions(split)
        assert finished.done()[f"{split}_accuracy"] == predictions.accuracy
    images = datasets.load("mnist", "test").images
    np.testing.assert_allclose(inference.logits(after, images), predictions.logits, atol=1e-5)
    with (
        zipfile.ZipFile(finished.folder / "model.keras") as archive,
        h5py.File(BytesIO(archive.read("model.weights.h5"))) as file,
    ):
        assert file["layers/dense/vars/0"].dtype == np.float16
    assert sorted(path.name for path in finished.folder.glob(".*")) == []


def test_a_run_that_would_lose_accuracy_is_not_changed(finished):
    done = finished.done() | {"test_accuracy": 0.0}
    (finished.folder / "done.json").write_text(json.dumps(done))
    before = (finished.folder / "model.keras").read_bytes()
    with pytest.raises(
        ArithmeticError, match=r"had 0\.00% right of test and would have \d+\.\d\d% with weights in half"
    ):
        starter.compact(finished)
    assert (finished.folder / "model.keras").read_bytes() == before
    assert finished.done() == done


def test_every_starter_run_can_be_trained_again():
    """Its folder has exactly the config in `STARTERS`."""
    for run in runs.all_runs():
        if run.is_starter:
            assert replace(run.config, versions={}) == starter.STARTERS[run.name]


def test_training_more_than_the_logits_gained_nothing_on_the_sample_of_the_pets():
    run = runs.find("oxford_pets-pets_transfer")
    assert run.done()["kept_epoch"] <= run.config.frozen_epochs < run.config.epochs
