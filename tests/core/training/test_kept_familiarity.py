"""The distance to the training images that was computed once is read again from the run's folder."""

import numpy as np
import pytest

from core.metrics.familiarity import familiarity
from core.training import runs
from core.training.config import RunConfig
from core.training.kept_familiarity import save_familiarity, saved_familiarity


def test_the_distance_and_its_limit_come_back_in_single_precision(own_runs, rng):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    training, labels = rng.normal(size=(300, 4)), rng.integers(3, size=300)
    known = familiarity(training, labels, rng.normal(size=(100, 4)))
    assert saved_familiarity(run) is None
    save_familiarity(run, known)
    found = saved_familiarity(run)
    asked = rng.normal(size=(5, 4))
    np.testing.assert_allclose(found.distance(asked), known.distance(asked), rtol=1e-4)
    assert found.limit == known.limit
    (run.folder / "familiarity.npz").write_bytes(b"no")
    assert saved_familiarity(run) is None


@pytest.mark.parametrize(
    "name", ["mnist-small_cnn", "fashion_mnist-small_cnn", "cifar10-conv10", "cifar10-conv10-superclass"]
)
def test_runs_that_come_with_the_app_bring_the_distance_of_their_own_features(own_runs, name):
    run = runs.find(name)
    known = saved_familiarity(run)
    assert known.classes.class_means.shape[0] == 10
    assert known.classes.mean.shape == (run.model().layers[-1].input.shape[-1],)
    assert known.limit > 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"mean": np.zeros(5)},
        {"whitening": np.zeros((4, 3))},
        {"class_means": np.zeros((3, 5))},
        {"class_means": np.zeros((0, 4)), "class_shares": np.zeros(0)},
        {"class_shares": np.zeros(2)},
        {"limit": np.zeros(2)},
        {"limit": np.nan},
        {"another": np.zeros(3)},
    ],
    ids=lambda wrong: " ".join(wrong),
)
def test_arrays_that_do_not_fit_together_count_as_nothing(own_runs, wrong):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    whole = {
        "mean": np.zeros(4), "whitening": np.zeros((4, 4)), "class_means": np.zeros((3, 4)), "class_shares": np.zeros(3),
        "limit": 0.5,
    }  # fmt: skip
    np.savez(run.folder / "familiarity.npz", **whole)
    assert saved_familiarity(run).limit == 0.5
    np.savez(run.folder / "familiarity.npz", **whole | wrong)
    assert saved_familiarity(run) is None
