import numpy as np
import pytest

from core.metrics.rejection import RejectOutcome, bootstrap_bands, reject_outcome
from core.metrics.selective import accuracy_coverage_curve

UNCERTAINTY = np.array([0.1, 0.2, 0.2, 0.3, 0.9])
CORRECT = np.array([True, True, False, True, False])


def test_a_threshold_separates_accepted_and_rejected():
    assert reject_outcome(UNCERTAINTY, CORRECT, 0.2) == RejectOutcome(
        coverage=0.6,
        accuracy_accepted=pytest.approx(2 / 3),
        accuracy_rejected=0.5,
        num_accepted=3,
        num_rejected=2,
        errors_left=1,
        errors_caught=1,
    )


def test_the_accuracy_of_no_samples_is_nan():
    none = reject_outcome(UNCERTAINTY, CORRECT, 0.0)
    assert np.isnan(none.accuracy_accepted)
    assert (none.coverage, none.errors_left, none.errors_caught) == (0.0, 0, 2)
    everything = reject_outcome(UNCERTAINTY, CORRECT, 0.9)
    assert np.isnan(everything.accuracy_rejected)
    assert (everything.coverage, everything.accuracy_accepted, everything.errors_left) == (1.0, 0.6, 2)


def test_outcomes_agree_with_the_curve_at_its_own_thresholds(rng):
    uncertainty, correct = rng.integers(0, 30, 400) / 7, rng.random(400) < 0.8
    curve = accuracy_coverage_curve(uncertainty, correct)
    for threshold, coverage, accuracy in zip(curve.threshold, curve.coverage, curve.accuracy, strict=True):
        outcome = reject_outcome(uncertainty, correct, threshold)
        assert outcome.coverage == coverage
        assert outcome.accuracy_accepted == pytest.approx(accuracy, abs=1e-15)


def test_bands_agree_with_resampling_by_hand(rng):
    # Sorted beforehand, so that the resampled indices mean the same samples in both.
    uncertainty, correct = np.sort(rng.integers(0, 40, 300) / 40), rng.random(300) < 0.85
    coverages = np.array([0.3, 1.0])
    lower, upper = bootstrap_bands(uncertainty, correct, coverages, num_resamples=400, seed=5)
    twin, again = [], np.random.default_rng(5)
    for _ in range(400):
        chosen = again.integers(300, size=300)
        curve = accuracy_coverage_curve(uncertainty[chosen], correct[chosen])
        right = np.interp(coverages, np.append(0, curve.coverage), np.append(0, curve.accuracy * curve.coverage))
        twin.append(right / coverages)
    np.testing.assert_allclose([lower, upper], np.quantile(twin, [0.025, 0.975], axis=0), atol=1e-12)


def test_bands_contain_the_true_accuracy_as_often_as_their_level():
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        uncertainty = rng.random(400)
        correct = rng.random(400) > 0.4 * uncertainty  # accuracy at coverage c: 1 - 0.2 c
        lower, upper = bootstrap_bands(uncertainty, correct, [0.5], num_resamples=300, seed=seed)
        inside += lower[0] <= 0.9 <= upper[0]
    assert 0.90 <= inside / 200 <= 0.99


def test_bands_of_a_classifier_that_is_always_right_have_no_width():
    lower, upper = bootstrap_bands(np.arange(9.0), np.ones(9, bool), [0.2, 1.0], num_resamples=20, seed=0)
    np.testing.assert_allclose([lower, upper], 1.0, atol=1e-15)
