import numpy as np
import pytest

from core.metrics.calibration import expected_calibration_error, fit_temperature, negative_log_likelihood
from core.metrics.predictions import softmax
from core.metrics.selective import accuracy_coverage_curve, aurc
from core.metrics.temperatures import at_temperatures, curve_distance, likelihoods, temperature_stops


@pytest.fixture
def split(rng):
    logits = 3 * rng.normal(size=(400, 5)).astype(np.float32)
    labels = np.where(rng.random(400) < 0.7, logits.argmax(axis=1), rng.integers(5, size=400))
    return logits, labels


def test_the_stops_have_equal_ratios_with_one_in_the_middle():
    stops = temperature_stops(0.0)
    assert len(stops) == 41
    assert stops[[0, 20, 40]].tolist() == [0.2, 1, 5]
    np.testing.assert_allclose(np.diff(np.log(stops)), np.log(25) / 40)
    np.testing.assert_array_equal(temperature_stops(np.inf), stops)


@pytest.mark.parametrize("fitted", [0.01, 0.2, 0.97, 1.0, 1.0001, 1.04, 3.3, 5, 40])
def test_the_fitted_temperature_is_a_stop_beside_one(fitted):
    stops = temperature_stops(fitted)
    assert {1.0, fitted} <= set(stops.tolist())
    assert (np.diff(stops) > 0).all()
    others = stops[stops != 1]
    assert (np.diff(np.log(others)) > 0.49 * np.log(25) / 40).all()  # apart enough to be told from each other


def test_every_temperature_is_what_the_scaled_logits_give(split):
    logits, labels = split
    for found in at_temperatures(logits, labels, np.array([0.5, 1, 2.5])):
        scaled = logits.astype(float) / found.temperature
        probs = softmax(scaled)
        np.testing.assert_allclose(found.confidence, probs.max(axis=1), rtol=1e-12)
        assert found.nll == pytest.approx(negative_log_likelihood(scaled, labels), rel=1e-12)
        assert found.bins.error == pytest.approx(expected_calibration_error(probs, labels))
        right = probs.argmax(axis=1) == labels
        assert found.aurc == pytest.approx(aurc(1 - probs.max(axis=1), right), abs=1e-12)
        curve = accuracy_coverage_curve(1 - probs.max(axis=1), right)
        np.testing.assert_array_equal(found.curve.num_errors, curve.num_errors)


def test_the_nll_is_lowest_at_the_fitted_temperature(split):
    fitted = fit_temperature(*split)
    found = at_temperatures(*split, temperature_stops(fitted))
    assert min(found, key=lambda each: each.nll).temperature == fitted


def test_the_likelihoods_alone_are_the_same(split):
    stops = temperature_stops(1.3)
    assert likelihoods(*split, stops).tolist() == [each.nll for each in at_temperatures(*split, stops)]


def test_two_classes_are_ranked_alike_at_every_temperature_even_where_the_confidence_is_one_in_float64():
    logits = np.array([[200.0, 0], [190, 0], [0, 180], [100, 0], [0.1, 0]])
    sharp, flat = at_temperatures(logits, np.array([0, 1, 1, 0, 1]), np.array([0.2, 5]))
    assert (sharp.confidence[:4] == 1).all()
    np.testing.assert_array_equal(sharp.curve.num_errors, flat.curve.num_errors)
    np.testing.assert_array_equal(sharp.curve.num_errors, [0, 1, 1, 1, 2])
    assert sharp.aurc == flat.aurc


def test_the_largest_float32_logits_one_class_and_one_sample_have_values():
    largest = np.finfo(np.float32).max
    (found,) = at_temperatures(np.float32([[largest, -largest]]), np.array([0]), np.array([0.2]))
    assert (found.nll, found.confidence.tolist(), found.aurc) == (0, [1], 0)
    (found,) = at_temperatures(np.zeros((3, 1)), np.zeros(3, int), np.array([2.0]))
    assert (found.nll, found.confidence.tolist(), found.bins.error) == (0, [1, 1, 1], 0)


def test_all_wrong_and_all_right_have_flat_curves():
    logits = np.array([[2.0, 1], [3, 0]])
    for labels, accuracy in ((np.array([0, 0]), 1), (np.array([1, 1]), 0)):
        (found,) = at_temperatures(logits, labels, np.array([1.5]))
        assert (found.curve.accuracy == accuracy).all()


def test_curves_are_furthest_apart_where_a_slow_twin_says_so(rng):
    right = rng.random(60) < 0.8
    scores = [rng.random(60), rng.integers(4, size=60)]

    def accuracy(score, k):
        """Of the k most certain, expected under random order inside a tie."""
        order = np.sort(score)
        before, inside = score < order[k - 1], score == order[k - 1]
        return (right[before].sum() + (k - before.sum()) * right[inside].mean()) / k

    apart = [abs(accuracy(scores[0], k) - accuracy(scores[1], k)) for k in range(1, 61)]
    found = curve_distance(*(accuracy_coverage_curve(score, right) for score in scores))
    assert found.accuracy == pytest.approx(max(apart))
    assert apart[found.num_accepted - 1] == pytest.approx(max(apart))
    assert found.num_errors == pytest.approx(max(apart) * found.num_accepted)


def test_equal_curves_are_not_apart():
    curve = accuracy_coverage_curve([0.1, 0.2], [True, False])
    assert curve_distance(curve, curve).accuracy == 0


def test_mistakes_are_refused(split):
    for temperature in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="temperatures must be above 0 and finite"):
            at_temperatures(*split, np.array([1.0, temperature]))
    with pytest.raises(ValueError, match="logits and labels must have shapes"):
        at_temperatures(np.ones((2, 2)), np.zeros(3, int), np.array([1.0]))
    with pytest.raises(ValueError, match="same samples, got 1 and 2"):
        curve_distance(accuracy_coverage_curve([0], [True]), accuracy_coverage_curve([0, 1], [True, True]))
