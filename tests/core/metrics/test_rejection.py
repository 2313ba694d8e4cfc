import numpy as np
import pytest
from scipy.stats import binomtest

from core.metrics.rejection import RejectOutcome, accuracy_band, reject_outcome
from core.metrics.selective import accuracy_coverage_curve, expected_cost

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


@pytest.mark.parametrize(
    "function", [reject_outcome, lambda *given: expected_cost(*given, error_cost=1, reject_cost=1)]
)
def test_what_has_no_outcome_is_named(function):
    with pytest.raises(ValueError, match=r"at least one sample, got \(0,\) and \(0,\)"):
        function([], [], 0.5)
    with pytest.raises(ValueError, match=r"same shape"):
        function([0.1, 0.2], [True], 0.5)
    with pytest.raises(ValueError, match="uncertainty must not contain NaN"):
        function([0.1, np.nan], [True, True], 0.5)
    with pytest.raises(ValueError, match="threshold must be a number, got NaN"):
        function([0.1, 0.2], [True, True], np.nan)


def test_an_infinite_score_is_refused_by_every_finite_threshold():
    assert reject_outcome([0.1, np.inf], [True, False], 1e300).num_rejected == 1


def test_the_band_is_the_exact_interval_at_each_threshold():
    curve = accuracy_coverage_curve(UNCERTAINTY, CORRECT)
    for place, (right, accepted) in enumerate([(1, 1), (2, 3), (3, 4), (3, 5)]):
        expected = binomtest(right, accepted).proportion_ci(0.95, method="exact")
        assert [ends[place] for ends in accuracy_band(curve)] == pytest.approx(expected)


def test_the_band_has_width_where_no_error_is_accepted():
    lower, upper = accuracy_band(accuracy_coverage_curve(np.arange(9.0), np.ones(9, bool)))
    assert upper.tolist() == [1] * 9
    assert lower == pytest.approx(0.025 ** (1 / np.arange(1, 10)))  # by hand: no error in 1 to 9 answers


@pytest.mark.parametrize("rarity", [10, 300, 10_000])
def test_the_band_contains_the_true_accuracy_as_often_as_it_says(rarity):
    """2,000 samples, 1,000 times. At threshold t the true accuracy is 1 - t^8 / rarity: rare errors are the hard case."""
    inside_at_fixed, inside_at_own, num_trials = 0, 0, 1000
    for seed in range(num_trials):
        rng = np.random.default_rng(seed)
        uncertainty = rng.random(2000)
        curve = accuracy_coverage_curve(uncertainty, rng.random(2000) > 9 * uncertainty**8 / rarity)
        lower, upper = accuracy_band(curve)
        # A threshold chosen beforehand; and that of this sample's own coverage of 90 %.
        fixed, own = np.searchsorted(curve.threshold, 0.9) - 1, 1799
        assert curve.coverage[own] == 0.9
        inside_at_fixed += lower[fixed] <= 1 - 0.9**8 / rarity <= upper[fixed]
        inside_at_own += lower[own] <= 1 - curve.threshold[own] ** 8 / rarity <= upper[own]
    # Three standard deviations of a count with 95 %.
    least = 0.95 - 3 * np.sqrt(0.95 * 0.05 / num_trials)
    assert inside_at_fixed / num_trials >= least
    assert inside_at_own / num_trials >= least
