import time

import numpy as np
import pytest

from core.metrics.calibration import expected_calibration_error
from core.metrics.epochs import by_epoch, forgettings
from core.metrics.predictions import Predictions
from core.metrics.selective import aurc
from core.metrics.uncertainty import least_confidence


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_each_epoch_has_the_measures_of_its_own_predictions(kind, rng):
    logits, labels = rng.normal(0, 2, (4, 150, 3)).astype(kind), rng.integers(3, size=150)
    found = by_epoch(logits, labels)
    for epoch, saved in enumerate(Predictions(each, labels, tuple("abc")) for each in logits):
        assert found.accuracy[epoch] == saved.accuracy
        assert found.aurc[epoch] == aurc(least_confidence(saved.probs), saved.correct)
        assert found.ece[epoch] == expected_calibration_error(saved.probs, labels)


def test_two_epochs_by_hand():
    # First all answers are equal guesses, of which the first class is taken; then all are right and nearly sure.
    found = by_epoch([[[0, 0], [0, 0]], [[50, 0], [0, 50]]], [0, 1])
    assert found.accuracy.tolist() == [0.5, 1]
    assert found.aurc.tolist() == [0.5, 0]
    assert found.ece == pytest.approx([0, 0], abs=1e-12)


def test_without_an_epoch_there_are_no_numbers():
    found = by_epoch(np.empty((0, 5, 3)), np.zeros(5, int))
    assert found.accuracy.shape == found.aurc.shape == found.ece.shape == (0,)


@pytest.mark.parametrize(("shape", "num_labels"), [((5, 3), 5), ((2, 5, 3), 4), ((2, 0, 3), 0)])
def test_shapes_that_do_not_fit_are_refused_in_a_sentence(shape, num_labels):
    with pytest.raises(ValueError, match=r"must have shapes \(num_epochs, num_samples, num_classes\)"):
        by_epoch(np.zeros(shape), np.zeros(num_labels, int))


def test_logits_that_are_not_finite_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="logits must be finite"):
        by_epoch([[[0, np.nan]]], [0])


def test_fifteen_epochs_of_five_thousand_images_take_less_than_a_tenth_of_a_second(rng):
    logits, labels = rng.normal(0, 3, (15, 5_000, 10)).astype(np.float32), rng.integers(10, size=5_000)
    seconds = []
    for _ in range(3):
        start = time.process_time()  # of this process alone: others may keep the cores busy
        by_epoch(logits, labels)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.1


def test_a_sample_that_is_right_and_then_wrong_is_forgotten_each_time():
    #                 never, learned, forgotten once, forgotten twice
    correct = np.array([[0, 0, 1, 1], [0, 1, 0, 0], [0, 1, 0, 1], [0, 1, 1, 0]], bool)
    assert forgettings(correct).tolist() == [0, 0, 1, 2]
    assert forgettings(correct[:1]).tolist() == [0, 0, 0, 0]


def test_forgetting_needs_epochs_and_samples():
    with pytest.raises(ValueError, match=r"must have shape \(num_epochs, num_samples\)"):
        forgettings([True, False])
