import time
from itertools import pairwise, permutations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.metrics import selective

UNCERTAINTY = np.array([0.1, 0.2, 0.2, 0.3, 0.9])
CORRECT = np.array([True, True, False, True, False])


@pytest.fixture
def tied(rng):
    """500 samples with 21 distinct scores, of which the uncertain ones are wrong more often."""
    uncertainty = rng.integers(0, 21, 500) / 20
    return uncertainty, rng.random(500) > 0.6 * uncertainty


def curve_twin(uncertainty, correct):
    points = []
    for threshold in sorted(set(uncertainty.tolist())):
        accepted = [right for score, right in zip(uncertainty, correct, strict=True) if score <= threshold]
        points.append((threshold, len(accepted) / len(uncertainty), sum(accepted) / len(accepted)))
    return np.array(points).T


def aurc_twin(uncertainty, correct):
    """The mean over all orders that sort the scores, one by one."""
    values = []
    for order in permutations(range(len(correct))):
        if all(uncertainty[a] <= uncertainty[b] for a, b in pairwise(order)):
            errors = np.cumsum(~correct[list(order)])
            values.append((errors / np.arange(1, len(correct) + 1)).mean())
    return np.mean(values)


def test_equal_scores_are_accepted_together():
    curve = selective.accuracy_coverage_curve(UNCERTAINTY, CORRECT)
    assert curve.threshold.tolist() == [0.1, 0.2, 0.3, 0.9]
    assert curve.coverage == pytest.approx([0.2, 0.6, 0.8, 1.0])
    assert curve.accuracy == pytest.approx([1, 2 / 3, 3 / 4, 3 / 5])


def test_the_curve_is_its_brute_force_twin_under_ties(tied):
    curve = selective.accuracy_coverage_curve(*tied)
    np.testing.assert_allclose([curve.threshold, curve.coverage, curve.accuracy], curve_twin(*tied), rtol=1e-14)


def test_a_million_samples_take_little_more_than_sorting_them(rng):
    uncertainty, correct = rng.random(1_000_000), rng.random(1_000_000) < 0.9
    seconds = {np.argsort: [], selective.accuracy_coverage_curve: []}
    for _ in range(3):
        for function, given in (
            (np.argsort, (uncertainty,)),
            (selective.accuracy_coverage_curve, (uncertainty, correct)),
        ):
            start = time.process_time()  # of this process alone: others may keep the cores busy
            curve = function(*given)
            seconds[function].append(time.process_time() - start)
    sorting, whole = map(min, seconds.values())
    assert whole < 5 * sorting
    assert len(curve.threshold) == len(np.unique(uncertainty))


@pytest.mark.parametrize("function", (selective.aurc, selective.augrc, selective.excess_aurc))
def test_the_order_of_the_rows_never_matters(function, tied, rng):
    uncertainty, correct = tied
    shuffled = rng.permutation(len(correct))
    assert function(uncertainty[shuffled], correct[shuffled]) == pytest.approx(
        function(uncertainty, correct), abs=1e-14
    )


def test_aurc_is_the_mean_over_all_orders_of_a_tie():
    assert selective.aurc(UNCERTAINTY, CORRECT) == pytest.approx(aurc_twin(UNCERTAINTY, CORRECT))
    constant = np.zeros(5)
    assert selective.aurc(constant, CORRECT) == pytest.approx(aurc_twin(constant, CORRECT))
    assert selective.aurc(constant, CORRECT) == pytest.approx(0.4)  # a score that says nothing: the error rate


def test_the_best_order_has_no_excess_and_the_worst_the_most():
    correct = np.array([True] * 7 + [False] * 3)
    best = np.arange(10.0)
    assert selective.excess_aurc(best, correct) == pytest.approx(0, abs=1e-15)
    assert selective.aurc(best, correct) == pytest.approx((1 / 8 + 2 / 9 + 3 / 10) / 10)
    assert selective.excess_aurc(-best, correct) > selective.excess_aurc(np.zeros(10), correct) > 0


def test_augrc_satisfies_its_identity_with_the_auroc_of_detecting_errors(tied):
    uncertainty, correct = tied
    accuracy = correct.mean()
    auroc = roc_auc_score(~correct, uncertainty)
    expected = (1 - auroc) * accuracy * (1 - accuracy) + (1 - accuracy) ** 2 / 2
    assert selective.augrc(uncertainty, correct) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(("correct", "expected"), [([True] * 4, 0.0), ([False] * 4, 1.0)])
def test_all_right_and_all_wrong_give_the_extreme_values(correct, expected):
    scores = np.array([3.0, 1.0, 2.0, 1.0])
    assert selective.aurc(scores, correct) == expected
    assert selective.excess_aurc(scores, correct) == pytest.approx(0, abs=1e-15)
    assert selective.augrc(scores, correct) == expected / 2


def test_one_sample_is_a_curve_of_one_point():
    curve = selective.accuracy_coverage_curve([0.3], [False])
    assert (curve.threshold.tolist(), curve.coverage.tolist(), curve.accuracy.tolist()) == ([0.3], [1.0], [0.0])


def test_accuracy_at_coverage_rounds_up_and_takes_at_least_one():
    uncertainty, correct = np.arange(10.0), np.array([True] * 5 + [False] * 5)
    assert selective.accuracy_at_coverage(uncertainty, correct, 0.0) == 1.0
    assert selective.accuracy_at_coverage(uncertainty, correct, 0.51) == pytest.approx(5 / 6)
    assert selective.accuracy_at_coverage(uncertainty, correct, 0.7) == pytest.approx(5 / 7)  # not ceil(7.000000001)
    assert selective.accuracy_at_coverage(uncertainty, correct, 1.0) == 0.5
    with pytest.raises(ValueError, match="coverage must be a fraction"):
        selective.accuracy_at_coverage(uncertainty, correct, 90)


def test_coverage_at_risk_is_the_largest_coverage_even_after_a_higher_risk():
    correct = np.array([True, False] + [True] * 8)
    assert selective.coverage_at_risk(np.arange(10.0), correct, 0.1) == 1.0
    assert selective.coverage_at_risk(np.arange(10.0), correct, 0.05) == 0.1
    assert selective.coverage_at_risk(np.arange(10.0), ~correct, 0.05) == 0.0


def test_a_risk_that_is_met_exactly_is_met():
    """All 5,050 error rates of 1 to 100 samples: rounding must neither refuse them nor let one error more pass."""
    for num_samples in range(1, 101):
        for num_errors in range(1, num_samples + 1):
            correct = np.arange(num_samples) >= num_errors
            score = np.zeros(num_samples)
            assert selective.coverage_at_risk(score, correct, num_errors / num_samples) == 1.0
            assert selective.coverage_at_risk(score, correct, (num_errors - 1e-3) / num_samples) == 0.0


def test_an_accuracy_and_a_coverage_that_are_met_exactly_are_met():
    for num_samples in range(1, 101):
        uncertainty = np.arange(float(num_samples))
        for count in range(1, num_samples + 1):
            curve = selective.accuracy_coverage_curve(uncertainty, uncertainty < count)
            assert selective.threshold_at_accuracy(curve, count / num_samples) == num_samples - 1
            assert selective.threshold_at_coverage(curve, count / num_samples) == count - 1
            # One right answer at the end, so that this accuracy is that of exactly `count` samples.
            assert selective.accuracy_at_coverage(uncertainty, uncertainty == count - 1, count / num_samples) == (
                pytest.approx(1 / count)
            )


def test_the_curve_counts():
    curve = selective.accuracy_coverage_curve(UNCERTAINTY, CORRECT)
    assert (curve.num_accepted.tolist(), curve.num_errors.tolist()) == ([1, 3, 4, 5], [0, 1, 1, 2])


def test_thresholds_are_found_by_coverage_and_by_accuracy():
    curve = selective.accuracy_coverage_curve(UNCERTAINTY, CORRECT)
    assert selective.threshold_at_coverage(curve, 0.0) == 0.1
    assert selective.threshold_at_coverage(curve, 0.6) == 0.2
    assert selective.threshold_at_coverage(curve, 0.61) == 0.3
    assert selective.threshold_at_coverage(curve, 1.0) == 0.9
    assert selective.threshold_at_accuracy(curve, 0.7) == 0.3
    assert selective.threshold_at_accuracy(curve, 1.0) == 0.1
    worse = selective.accuracy_coverage_curve(UNCERTAINTY, ~CORRECT)
    assert selective.threshold_at_accuracy(worse, 0.99) is None


def test_the_guaranteed_risk_holds_on_new_samples():
    def sample(seed):
        rng = np.random.default_rng(seed)
        uncertainty = rng.random(800)
        return uncertainty, rng.random(800) > 0.3 * uncertainty**2  # true risk at threshold t: 0.1 t^2

    broken, coverages = 0, []
    for seed in range(300):
        coverage, threshold = selective.guaranteed_coverage(*sample(seed), risk=0.05, delta=0.1)
        coverages.append(coverage)
        broken += threshold is not None and 0.1 * threshold**2 > 0.05
    assert broken / 300 <= 0.1
    assert np.mean(coverages) > 0.4  # with the true risks known it would be 0.71


def test_guaranteed_coverage_is_zero_if_no_threshold_holds():
    assert selective.guaranteed_coverage(np.arange(50.0), np.zeros(50, bool), risk=0.2, delta=0.05) == (0.0, None)
    assert selective.guaranteed_coverage([0.5], [True], risk=0.01, delta=0.05) == (0.0, None)


def test_chow_and_the_cost_agree_on_where_to_stop():
    assert selective.chow_threshold(error_cost=2, reject_cost=1) == 0.5
    cost = selective.expected_cost(UNCERTAINTY, CORRECT, 0.2, error_cost=2, reject_cost=1)
    assert cost == pytest.approx((2 * 1 + 1 * 2) / 5)
    with pytest.raises(ValueError, match="error_cost must be positive"):
        selective.chow_threshold(0, 1)


@pytest.mark.parametrize(
    ("uncertainty", "correct", "sentence"),
    [([], [], "at least one sample"), ([1.0, 2.0], [True], "same shape"), ([np.nan], [True], "must not contain NaN")],
)
def test_what_cannot_be_ranked_is_refused_in_a_sentence(uncertainty, correct, sentence):
    with pytest.raises(ValueError, match=sentence):
        selective.accuracy_coverage_curve(uncertainty, correct)
