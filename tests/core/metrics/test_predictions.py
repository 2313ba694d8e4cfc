import numpy as np
import pytest
import scipy.special

from core.metrics.predictions import Predictions, softmax
from core.training import runs


def test_softmax_agrees_with_scipy_and_is_float64(rng):
    logits = rng.normal(0, 10, (50, 10)).astype(np.float32)
    probs = softmax(logits)
    assert probs.dtype == np.float64
    np.testing.assert_allclose(probs, scipy.special.softmax(logits.astype(np.float64), axis=-1), rtol=1e-14)


def test_softmax_of_huge_logits_neither_overflows_nor_saturates_to_a_tie():
    probs = softmax(np.float32([[1000, 980, 0], [-1000, -1020, -2000]]))
    np.testing.assert_allclose(probs[:, 1], [np.exp(-20)] * 2, rtol=1e-7)
    assert (probs[:, 0] < 1).all()  # in float32 it would be exactly 1


def test_ties_are_predicted_as_the_lowest_index():
    predictions = Predictions(np.float32([[1, 1, 0]]), np.array([1]), ("a", "b", "c"))
    assert predictions.predicted.tolist() == [0]
    assert predictions.correct.tolist() == [False]
    assert predictions.accuracy == 0.0


def test_no_samples_have_no_accuracy():
    predictions = Predictions(np.empty((0, 3), np.float32), np.empty(0, int), ("a", "b", "c"))
    assert np.isnan(predictions.accuracy)


@pytest.mark.parametrize(
    ("logits", "labels", "names", "sentence"),
    [
        (np.zeros(3), [0], "abc", r"logits must have shape \(num_samples, num_classes\), got \(3,\)"),
        (np.zeros((2, 3)), [0], "abc", r"labels must have shape \(2,\)"),
        (np.zeros((1, 3)), [0], "ab", "class_names must have 3 names"),
        (np.zeros((1, 3)), [3], "abc", r"labels must lie in \[0, 3\), got 3 to 3"),
        (np.zeros((1, 3)), [-1], "abc", "labels must lie in"),
        (np.zeros((1, 3)), [0.0], "abc", "labels must be integers, got float64"),
        (np.array([[0, np.nan, 0]]), [0], "abc", "logits must be finite"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_a_sentence(logits, labels, names, sentence):
    with pytest.raises(ValueError, match=sentence):
        Predictions(logits, np.array(labels), tuple(names))


def test_arrays_are_read_only_and_the_callers_arrays_stay_writable():
    logits = np.zeros((1, 2), np.float32)
    predictions = Predictions(logits, np.array([0]), ("a", "b"))
    with pytest.raises(ValueError, match="read-only"):
        predictions.logits[0, 0] = 1
    logits[0, 0] = 1
    assert predictions.logits[0, 0] == 0


def test_saved_predictions_are_loaded_unchanged_and_leave_one_file(tmp_path, rng):
    predictions = Predictions(rng.normal(size=(7, 3)), rng.integers(3, size=7), ("a", "b", "c"))
    predictions.save(tmp_path / "deep/test.npz")
    again = Predictions.load(tmp_path / "deep/test.npz")
    assert again.logits.tobytes() == predictions.logits.tobytes()
    assert again.labels.tolist() == predictions.labels.tolist()
    assert again.class_names == ("a", "b", "c")
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["test.npz"]


def test_float32_probabilities_of_sure_answers_are_tied_at_one_and_float64_ones_are_not():
    test = runs.find("mnist-small_cnn").predictions("test")
    in_float32 = scipy.special.softmax(test.logits, axis=-1).max(axis=-1)
    assert in_float32.dtype == np.float32
    assert round((in_float32 == 1).mean(), 3) == 0.096
    assert (test.probs.max(axis=-1) < 1).all()
