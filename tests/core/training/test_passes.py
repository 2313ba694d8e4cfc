import numpy as np
import pytest

from core.data import datasets
from core.metrics.passes import pass_summary
from core.models.inference import mc_dropout_probs
from core.training import passes, runs
from core.training.runs import Run


@pytest.fixture(scope="module")
def model():
    return runs.Run(runs.STARTER / "mnist-small_cnn").model()


@pytest.fixture(scope="module")
def images():
    return datasets.load("mnist", "test").images[:12]


def test_passes_in_parts_equal_all_passes_at_once_and_are_saved(tmp_path, monkeypatch, model, images):
    monkeypatch.setattr(passes, "AT_ONCE", 5)
    run, done = Run(tmp_path), []
    assert passes.saved_passes(run, "test", 7) is None
    computed = passes.summarized_passes(model, images, 7, 3, done.append)
    passes.save_passes(run, "test", 7, computed)
    whole = pass_summary(mc_dropout_probs(model, images, 7, 3))
    np.testing.assert_allclose(computed.mutual_information, whole.mutual_information, atol=1e-6)
    np.testing.assert_array_equal(passes.saved_passes(run, "test", 7).mean_probs, computed.mean_probs)
    assert passes.saved_passes(run, "test", 8) is None
    assert done == sorted(done)
    assert done[-1] == 1


def test_a_cancelled_computation_saves_nothing(tmp_path, model, images):
    def cancel(done: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        passes.summarized_passes(model, images, 7, 0, cancel)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"broken", b"PK\x03\x04 broken", b""])
def test_a_broken_file_counts_as_no_file(tmp_path, content):
    (tmp_path / "monte_carlo").mkdir()
    (tmp_path / "monte_carlo/test-2.npz").write_bytes(content)
    assert passes.saved_passes(Run(tmp_path), "test", 2) is None


def test_passes_that_came_with_a_run_are_found_and_those_of_ones_own_come_first(own_runs, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "STARTER", tmp_path / "starter")
    run = Run(tmp_path / "starter/a-run")
    summary = pass_summary(np.array([[[1.0, 0.0], [0.0, 1.0]]]))
    summary.save(run.folder / "monte_carlo/own-2.npz")
    assert passes.saved_passes(run, "own", 2).mean_probs.tolist() == [[0.5, 0.5]]
    other = pass_summary(np.array([[[1.0, 0.0], [1.0, 0.0]]]))
    passes.save_passes(run, "own", 2, other)
    assert passes.saved_passes(run, "own", 2).mean_probs.tolist() == [[1.0, 0.0]]


def test_a_run_that_came_with_the_app_is_not_changed(own_runs, model, images):
    starter = runs.find("mnist-small_cnn")
    before = sorted(starter.folder.rglob("*"))
    passes.save_passes(starter, "some", 2, passes.summarized_passes(model, images[:2], 2, 0))
    assert sorted(starter.folder.rglob("*")) == before
    assert passes.saved_passes(starter, "some", 2) is not None
    assert [run for run in runs.all_runs() if not run.is_starter] == []


def test_arrays_of_another_shape_or_name_count_as_no_file(tmp_path):
    summary = pass_summary(np.array([[[1.0, 0.0], [0.0, 1.0]]]))
    passes.save_passes(Run(tmp_path), "own", 2, summary)
    file = tmp_path / "monte_carlo/own-2.npz"
    with np.load(file) as saved:
        whole = dict(saved)
    for wrong in ({"mean_probs": np.zeros(1)}, {"variation_ratio": np.zeros(2)}, {"another": np.zeros(1)}):
        np.savez(file, **whole | wrong)
        assert passes.saved_passes(Run(tmp_path), "own", 2) is None
    np.savez(file, **{name: array.astype(np.float32) for name, array in whole.items()})
    assert passes.saved_passes(Run(tmp_path), "own", 2).mean_probs.dtype == np.float64
