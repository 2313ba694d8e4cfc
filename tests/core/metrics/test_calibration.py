import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from core.metrics.calibration import expected_calibration_error, fit_temperature, reliability_bins
from core.metrics.predictions import softmax


def test_ece_by_hand():
    probs = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    labels = np.array([0, 1, 0, 1])
    # Two bins, both samples groups above 1/2: one bin with accuracy 3/4 and confidence 0.75.
    assert expected_calibration_error(probs, labels, num_bins=2) == pytest.approx(0)
    # Ten bins: (0.8, 0.9] has confidence 0.9 and accuracy 1/2; (0.5, 0.6] 0.6 and 1.
    assert expected_calibration_error(probs, labels, num_bins=10) == pytest.approx((2 * 0.4 + 2 * 0.4) / 4)


def test_ece_agrees_with_a_loop_over_bins(rng):
    probs = rng.dirichlet(np.ones(4) / 2, size=500)
    labels = rng.integers(4, size=500)
    confidence, right, expected = probs.max(axis=1), probs.argmax(axis=1) == labels, 0
    for lower in range(15):
        inside = (confidence > lower / 15) & (confidence <= (lower + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert expected_calibration_error(probs, labels) == pytest.approx(expected, abs=1e-12)


def test_reliability_bins_by_hand():
    probs = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6], [0.5, 0.5]])
    found = reliability_bins(probs, np.array([0, 1, 0, 1, 0]), num_bins=10)
    assert found.count.tolist() == [0, 0, 0, 0, 1, 2, 0, 0, 2, 0]  # 0.5 belongs to (0.4, 0.5]
    np.testing.assert_allclose(found.confidence[[4, 5, 8]], [0.5, 0.6, 0.9])
    np.testing.assert_allclose(found.accuracy[[4, 5, 8]], [1, 1, 0.5])
    assert np.isnan(found.accuracy[found.count == 0]).all()
    assert np.isnan(found.confidence[found.count == 0]).all()
    np.testing.assert_allclose([found.lower[0], found.upper[0], found.upper[-1]], [0, 0.1, 1])


@pytest.mark.parametrize("num_bins", [1, 2, 15, 100])
def test_the_ece_is_the_mean_gap_of_the_reliability_bins(rng, num_bins):
    probs = rng.dirichlet(np.ones(4) / 2, size=500)
    probs[:4] = np.eye(4)  # a confidence of exactly 1
    labels = rng.integers(4, size=500)
    bins = reliability_bins(probs, labels, num_bins)
    there = bins.count > 0
    gaps = np.abs(bins.accuracy - bins.confidence)[there]
    assert bins.count.sum() == 500
    assert len(bins.count) == num_bins
    assert np.average(gaps, weights=bins.count[there]) == pytest.approx(
        expected_calibration_error(probs, labels, num_bins), abs=1e-12
    )


def test_certain_and_right_is_calibrated_and_certain_and_wrong_is_not():
    certain = np.eye(3)
    assert expected_calibration_error(certain, np.arange(3)) == 0
    assert expected_calibration_error(certain, np.array([1, 2, 0])) == 1


@pytest.mark.parametrize("function", [expected_calibration_error, reliability_bins])
def test_what_does_not_fit_together_is_refused(function):
    with pytest.raises(ValueError, match="probs and labels must have shapes"):
        function(np.ones((2, 2)), np.zeros(3, int))
    with pytest.raises(ValueError, match="at least one sample"):
        function(np.ones((0, 2)), np.zeros(0, int))
    with pytest.raises(ValueError, match="num_bins"):
        function(np.ones((1, 2)), np.zeros(1, int), 0)


@pytest.mark.parametrize("scale", [0.01, 1, 30])
def test_the_temperature_has_the_lowest_cross_entropy(rng, scale):
    logits, labels = scale * rng.normal(size=(400, 5)), rng.integers(5, size=400)
    labels[:150] = logits[:150].argmax(axis=1)  # otherwise labels at random, for which equal probabilities are best

    def loss(temperature):
        return -log_softmax(logits / temperature, axis=1)[np.arange(400), labels].mean()

    twin = minimize_scalar(lambda log: loss(np.exp(log)), bracket=(np.log(scale), np.log(scale) + 1), tol=1e-10)
    found = fit_temperature(logits, labels)
    assert found == pytest.approx(np.exp(twin.x), rel=1e-5)
    assert loss(found) <= min(loss(found * 1.001), loss(found / 1.001))


def test_the_temperature_undoes_a_scale(rng):
    logits = rng.normal(size=(20_000, 4))
    labels = (softmax(logits).cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)  # drawn as the probabilities say
    assert fit_temperature(logits, labels) == pytest.approx(1, abs=0.03)
    assert fit_temperature(7 * logits, labels) == pytest.approx(7 * fit_temperature(logits, labels), rel=1e-9)


def test_a_temperature_without_a_finite_best_value_is_zero_or_infinite():
    logits = np.array([[2.0, 1], [0, 3]])
    assert fit_temperature(logits, np.array([0, 1])) == 0  # all right: the surer, the better
    assert fit_temperature(logits, np.array([1, 0])) == np.inf  # all wrong: the less sure, the better


def test_a_temperature_of_no_samples_is_refused():
    with pytest.raises(ValueError, match=r"at least one sample, got \(0, 3\) and \(0,\)"):
        fit_temperature(np.zeros((0, 3)), np.zeros(0, int))
