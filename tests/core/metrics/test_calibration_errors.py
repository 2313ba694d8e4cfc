import time

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn.metrics import brier_score_loss, log_loss

from core.metrics import calibration
from core.metrics.calibration import (
    adaptive_calibration_error,
    brier_score,
    classwise_calibration_error,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
)
from core.metrics.predictions import softmax
from core.metrics.smooth_calibration import smooth_calibration_error

OF_PROBS = [adaptive_calibration_error, classwise_calibration_error, brier_score, smooth_calibration_error]


@pytest.fixture
def sample(rng):
    probs = rng.dirichlet(np.ones(4) / 2, size=300)
    return probs, rng.integers(4, size=300)


def two(confidence, right):
    """Two classes, of which the first is always the most likely one."""
    confidence = np.asarray(confidence, float)
    return np.stack([confidence, 1 - confidence], axis=1), np.where(right, 0, 1)


def test_equal_mass_bins_by_hand():
    probs, labels = two([0.9, 0.8, 0.7, 0.6], [True, False, True, True])
    # {0.6, 0.7} has confidence 0.65 and accuracy 1, {0.8, 0.9} 0.85 and 1/2.
    assert adaptive_calibration_error(probs, labels, 2) == pytest.approx((2 * 0.35 + 2 * 0.35) / 4)
    assert adaptive_calibration_error(probs, labels, 4) == pytest.approx((0.1 + 0.8 + 0.3 + 0.4) / 4)
    assert adaptive_calibration_error(probs, labels, 1) == pytest.approx(0)


def test_equal_confidences_share_a_bin_whatever_their_order():
    probs, labels = two([0.8] * 8 + [0.6] * 2, [True] * 4 + [False] * 4 + [True] * 2)
    expected = (8 * 0.3 + 2 * 0.4) / 10
    assert adaptive_calibration_error(probs, labels, 5) == pytest.approx(expected)
    shuffled = np.random.default_rng(0).permutation(10)
    assert adaptive_calibration_error(probs[shuffled], labels[shuffled], 5) == pytest.approx(expected)


def test_without_ties_the_bins_have_equally_many_samples(sample):
    probs, labels = sample
    order = np.argsort(probs.max(axis=1))
    gaps = (probs.argmax(axis=1) == labels)[order] - probs.max(axis=1)[order]
    expected = np.abs(gaps.reshape(15, 20).sum(axis=1)).sum() / 300
    assert adaptive_calibration_error(probs, labels) == pytest.approx(expected)


def test_the_classwise_error_is_a_loop_over_classes_and_bins(sample):
    probs, labels = sample
    expected = 0
    for number in range(4):
        for lower in range(15):
            inside = (probs[:, number] > lower / 15) & (probs[:, number] <= (lower + 1) / 15)
            if inside.any():
                expected += inside.mean() * abs((labels == number)[inside].mean() - probs[inside, number].mean()) / 4
    assert classwise_calibration_error(probs, labels) == pytest.approx(expected, abs=1e-12)


def test_brier_score_and_likelihood_are_those_of_scikit_learn(sample):
    probs, labels = sample
    assert brier_score(probs, labels) == pytest.approx(brier_score_loss(labels, probs, scale_by_half=False))
    assert negative_log_likelihood(np.log(probs), labels) == pytest.approx(log_loss(labels, probs))


def test_the_likelihood_of_saturated_float32_logits_is_finite():
    logits = np.float32([[200, 0], [0, 200]])
    assert negative_log_likelihood(logits, np.array([0, 0])) == 100
    assert negative_log_likelihood(1000 + logits, np.array([0, 0])) == 100


def smooth_twin(confidence, right):
    """The kernel written out, with its reflections, at 1,000 confidences."""
    at = (np.arange(1000) + 0.5) / 1000

    def error(bandwidth):
        images = [sign * confidence[:, None] + 2 * k for k in (-1, 0, 1) for sign in (1, -1)]
        kernel = sum(norm.pdf(at, image, bandwidth) for image in images)
        return np.abs(((right - confidence)[:, None] * kernel).mean(axis=0)).mean()

    return brentq(lambda bandwidth: error(bandwidth) - bandwidth, 1e-3, 1, xtol=1e-7)


@pytest.mark.parametrize("overconfidence", [0.0, 0.1, 0.3])
def test_the_smooth_error_is_its_brute_force_twin(rng, overconfidence):
    confidence = 0.5 + 0.5 * rng.random(150)
    right = rng.random(150) < confidence - overconfidence
    expected = smooth_twin(confidence, right)
    assert smooth_calibration_error(*two(confidence, right)) == pytest.approx(expected, abs=1e-5)


def test_the_smooth_error_of_one_confidence_is_its_gap():
    """All at 0.7 and 40 % right: the smoothed gaps have one sign, so that any bandwidth gives 0.3."""
    assert smooth_calibration_error(*two(np.full(50, 0.7), np.arange(50) < 20)) == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize("function", OF_PROBS)
def test_certain_and_right_has_no_error_and_certain_and_wrong_the_largest(function):
    largest = {brier_score: 2.0, classwise_calibration_error: 2 / 3}.get(function, 1.0)
    assert function(np.eye(3), np.arange(3)) == 0
    assert function(np.eye(3), np.array([1, 2, 0])) == pytest.approx(largest, abs=1e-6)


@pytest.mark.parametrize("function", OF_PROBS)
def test_one_sample_and_one_class_have_a_value(function):
    assert function(np.array([[0.75, 0.25]]), np.array([0])) == pytest.approx(
        {brier_score: 0.125}.get(function, 0.25), abs=1e-6
    )
    assert function(np.ones((3, 1)), np.zeros(3, int)) == 0


@pytest.mark.parametrize("function", OF_PROBS)
def test_the_order_of_the_rows_does_not_matter(function, sample, rng):
    probs, labels = sample
    shuffled = rng.permutation(300)
    assert function(probs[shuffled], labels[shuffled]) == pytest.approx(function(probs, labels), abs=1e-8)


@pytest.mark.parametrize("function", OF_PROBS)
def test_what_does_not_fit_together_is_refused(function):
    with pytest.raises(ValueError, match="probs and labels must have shapes"):
        function(np.ones((2, 2)), np.zeros(3, int))
    with pytest.raises(ValueError, match="at least one sample"):
        function(np.ones((0, 2)), np.zeros(0, int))


def test_other_mistakes_are_refused():
    with pytest.raises(ValueError, match="num_bins"):
        adaptive_calibration_error(np.ones((1, 2)), np.zeros(1, int), 0)
    with pytest.raises(ValueError, match="logits and labels must have shapes"):
        negative_log_likelihood(np.ones(2), np.zeros(2, int))


def test_calibrated_answers_have_small_errors_by_every_measure(rng):
    probs = softmax(2 * rng.normal(size=(20_000, 4)))
    labels = np.minimum((probs.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1), 3)
    sharper = probs**3 / (probs**3).sum(axis=1, keepdims=True)
    for function in (expected_calibration_error, *OF_PROBS[:2], OF_PROBS[3]):
        assert function(probs, labels) < 0.02 < 2 * function(sharper, labels)


def test_temperature_and_smooth_error_of_ten_thousand_samples_take_less_than_50_ms(rng):
    logits = 3 * rng.normal(size=(10_000, 10))
    labels = np.where(rng.random(10_000) < 0.9, logits.argmax(axis=1), rng.integers(10, size=10_000))
    probs = softmax(logits)
    for function, given in ((fit_temperature, logits), (smooth_calibration_error, probs)):
        seconds = []
        for _ in range(3):
            start = time.process_time()  # of this process alone: others may keep the cores busy
            function(given, labels)
            seconds.append(time.process_time() - start)
        assert min(seconds) < 0.05


def test_the_temperature_is_found_to_a_millionth(rng):
    logits, labels = rng.normal(size=(400, 5)), rng.integers(5, size=400)
    labels[:150] = logits[:150].argmax(axis=1)
    found = calibration.fit_temperature(logits, labels)

    def slope(inverse):
        return ((softmax(inverse * logits) * logits).sum(axis=1) - logits[np.arange(400), labels]).mean()

    assert slope(1 / (found * (1 + 1e-7))) < 0 < slope(1 / (found * (1 - 1e-7)))
