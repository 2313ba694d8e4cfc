import time
from math import log

import numpy as np
import pytest
from scipy.stats import beta, binom

from core.metrics.fixed_sequence import fixed_sequence, fixed_sequence_of_split, split_off, threshold_grid
from core.metrics.guarantee import Guarantee, risk_bound, risk_curve, samples_needed, sgr
from core.metrics.selective import accuracy_coverage_curve, guaranteed_coverage

NUM_DRAWS = 1000
DELTA = 0.1
# More false promises than this have a probability of at most 1 in 1,000 if each of the draws makes one with probability delta.
MOST_VIOLATIONS = int(binom.ppf(0.999, NUM_DRAWS, DELTA))


def rising(rng):
    """The risk of a score u is 0.3 u^2: that of all up to t is 0.1 t^2, which is 5 % at 0.71."""
    uncertainty = rng.random(800)
    return uncertainty, rng.random(800) > 0.3 * uncertainty**2


def tied(rng):
    """The same with 20 scores, each of them shared by about 40 samples."""
    uncertainty = rng.integers(1, 21, 800) / 20
    return uncertainty, rng.random(800) > 0.3 * uncertainty**2


def constant(rng):
    """One score, whose risk is just over what is wanted: every promise is false."""
    return np.zeros(800), rng.random(800) > 0.0501


def flat(rng):
    """A score that says nothing, with a risk just over what is wanted: every promise is false."""
    return rng.random(512), rng.random(512) > 0.0501


def falling_and_rising(rng):
    """The risk is 12 % up to a score of 0.3, then 0 up to 0.7, then 30 %: it passes 5 % twice."""
    uncertainty = rng.random(800)
    risk = np.select([uncertainty < 0.3, uncertainty < 0.7], [0.12, 0.0], 0.3)
    return uncertainty, rng.random(800) > risk


TRUE_RISK = {
    rising: lambda threshold: 0.1 * min(threshold, 1) ** 2,
    tied: lambda threshold: 0.3 * np.mean((np.arange(1, round(20 * threshold) + 1) / 20) ** 2),
    constant: lambda threshold: 0.0501,
    flat: lambda threshold: 0.0501,
    falling_and_rising: lambda threshold: (
        (0.12 * min(threshold, 0.3) + 0.3 * max(threshold - 0.7, 0)) / max(threshold, 1e-9)
    ),
}


def promises(procedure, draw) -> tuple[int, float]:
    """How many of the promises are false, and the mean coverage."""
    false, coverages = 0, []
    for seed in range(NUM_DRAWS):
        found = procedure(*draw(np.random.default_rng(seed)), 0.05, DELTA)
        coverages.append(found.coverage)
        false += found.threshold is not None and TRUE_RISK[draw](found.threshold) > 0.05
    return false, float(np.mean(coverages))


@pytest.mark.parametrize("draw", [rising, tied, constant, flat])
def test_the_bisection_makes_no_more_false_promises_than_allowed(draw):
    assert promises(sgr, draw)[0] <= MOST_VIOLATIONS


@pytest.mark.parametrize("draw", [rising, tied, constant, flat, falling_and_rising])
def test_fixed_sequence_testing_makes_no_more_false_promises_than_allowed(draw):
    assert promises(fixed_sequence_of_split, draw)[0] <= MOST_VIOLATIONS


def test_fixed_sequence_testing_accepts_more_than_the_bisection():
    by_bisection, by_sequence = promises(sgr, rising)[1], promises(fixed_sequence_of_split, rising)[1]
    assert 0.45 < by_bisection < by_sequence < 0.71  # 0.71 if the true risks were known


def test_the_bound_is_that_of_clopper_and_pearson():
    num_errors, num_accepted = np.array([0, 1, 7, 50, 9]), np.array([1, 300, 200, 51, 9])
    expected = [*beta.ppf(0.95, num_errors[:4] + 1, num_accepted[:4] - num_errors[:4]), 1]
    np.testing.assert_allclose(risk_bound(num_errors, num_accepted, 0.05), expected, rtol=1e-12)
    assert risk_bound([0], [0], 0.05).tolist() == [1]
    assert risk_bound([0], [1000], 1e-30)[0] == pytest.approx(1 - 1e-30 ** (1 / 1000))  # no 1 - delta, which would be 1


@pytest.mark.parametrize(("risk", "delta"), [(0.01, 0.05), (0.05, 0.1), (0.5, 0.4), (0.9, 0.2), (0.001, 1e-4)])
@pytest.mark.parametrize("num_errors", [0, 1, 4])
def test_so_many_samples_are_needed_and_one_less_is_too_few(risk, delta, num_errors):
    needed = samples_needed(risk, delta, num_errors)
    assert risk_bound([num_errors], [needed], delta)[0] <= risk * (1 + 1e-9)
    assert risk_bound([num_errors], [needed - 1], delta)[0] > risk
    assert num_errors or needed <= np.ceil(log(1 / delta) / risk)


def sgr_twin(uncertainty, correct, risk, delta):
    """The bisection in plain words: `place` samples and their ties with the next one left out."""
    ranked, num_samples = sorted(uncertainty), len(correct)
    share = delta / max(int(np.ceil(np.log2(num_samples))), 1)
    low, high, best = samples_needed(risk, share), num_samples, (0.0, None)
    for _ in range(max(int(np.ceil(np.log2(num_samples))), 1)):
        if low > high:
            break
        place = (low + high) // 2
        limit = np.inf if place == num_samples else ranked[place]
        accepted = [right for score, right in zip(uncertainty, correct, strict=True) if score < limit]
        errors = accepted.count(False)
        bound = 1.0 if errors == len(accepted) else beta.ppf(1 - share, errors + 1, len(accepted) - errors)
        if accepted and bound <= risk:
            best = (len(accepted) / num_samples, max(score for score in uncertainty if score < limit))
        if not accepted or bound <= risk:
            low = place + 1
        else:
            high = place - 1
    return best


@pytest.mark.parametrize("decimals", [1, 2, 9])
@pytest.mark.parametrize("seed", range(10))
def test_the_bisection_is_its_brute_force_twin(decimals, seed):
    rng = np.random.default_rng(seed)
    uncertainty = np.round(rng.random(300), decimals)
    correct = rng.random(300) > 0.2 * uncertainty
    found = sgr(uncertainty, correct, 0.1, 0.1)
    assert (found.coverage, found.threshold) == sgr_twin(uncertainty.tolist(), correct.tolist(), 0.1, 0.1)
    assert guaranteed_coverage(uncertainty, correct, 0.1, 0.1) == (found.coverage, found.threshold)
    assert found.num_tried <= 9  # ceil(log2(300))


@pytest.mark.parametrize("decimals", [1, 9])
@pytest.mark.parametrize("seed", range(10))
def test_fixed_sequence_testing_is_its_brute_force_twin(decimals, seed):
    rng = np.random.default_rng(seed)
    uncertainty = np.round(rng.random(300), decimals)
    correct = rng.random(300) > 0.2 * uncertainty
    thresholds = np.linspace(0.2, 1, 30)
    passed = []
    for threshold in thresholds:
        accepted = correct[uncertainty <= threshold]
        errors = (~accepted).sum()
        if errors == len(accepted) or beta.ppf(0.9, errors + 1, len(accepted) - errors) > 0.1:
            break
        passed.append((accepted.size / 300, threshold))
    found = fixed_sequence(uncertainty, correct, thresholds, 0.1, 0.1)
    assert (found.coverage, found.threshold) == (passed[-1] if passed else (0.0, None))
    assert found.num_tried == min(len(passed) + 1, 30)


def test_what_is_found_has_the_numbers_that_its_threshold_gives():
    rng = np.random.default_rng(1)
    uncertainty, correct = rising(rng)
    for found in (sgr(uncertainty, correct, 0.05, 0.1), fixed_sequence(uncertainty, correct, [0.3, 0.4], 0.05, 0.1)):
        accepted = uncertainty <= found.threshold
        assert (found.num_accepted, found.num_errors) == (accepted.sum(), (accepted & ~correct).sum())
        assert found.coverage == accepted.mean()
        assert found.bound <= 0.05


def test_the_first_failure_ends_the_search_even_if_later_bounds_would_hold():
    correct = np.ones(2000, bool)
    correct[100:120] = False
    found = fixed_sequence(np.arange(2000), correct, [99, 119, 1999], risk=0.05, delta=0.05)
    assert (found.threshold, found.num_tried) == (99.0, 2)
    assert fixed_sequence(np.arange(2000), correct, [119, 1999], 0.05, 0.05).threshold is None


@pytest.mark.parametrize("procedure", [sgr, fixed_sequence_of_split])
def test_all_right_is_accepted_and_all_wrong_never(procedure):
    scores = np.random.default_rng(0).random(1000)
    best, worst = (
        procedure(scores, np.ones(1000, bool), 0.05, 0.05),
        procedure(scores, np.zeros(1000, bool), 0.05, 0.05),
    )
    assert best.coverage > 0.97 and best.num_errors == 0
    assert (worst.coverage, worst.threshold, worst.num_accepted) == (0, None, 0)
    assert np.isnan(worst.bound)


def test_equal_scores_are_tried_together():
    """A score of float32 probabilities that are all exactly 1 still has one set of accepted samples."""
    found = sgr(np.zeros(1024), np.arange(1024) > 10, 0.05, 0.05)
    assert (found.coverage, found.threshold, found.num_errors) == (1.0, 0.0, 11)
    assert sgr(np.zeros(1024), np.arange(1024) > 200, 0.05, 0.05).threshold is None


def test_one_sample_promises_nothing_or_little():
    assert sgr([0.5], [True], 0.05, 0.05).threshold is None
    assert sgr([0.5], [True], 0.96, 0.05) == Guarantee(0.5, 1.0, pytest.approx(0.95), 1, 0, 1)
    assert fixed_sequence([0.5], [True], [0.5], 0.05, 0.05).threshold is None
    assert fixed_sequence_of_split([0.5, 0.6], [True, True], 0.05, 0.05).num_tried == 0


@pytest.mark.parametrize("seed", range(5))
def test_the_bisection_does_not_depend_on_the_order_of_the_rows(seed):
    rng = np.random.default_rng(seed)
    uncertainty, correct = tied(rng)
    shuffled = rng.permutation(800)
    assert sgr(uncertainty[shuffled], correct[shuffled], 0.05, 0.1) == sgr(uncertainty, correct, 0.05, 0.1)
    thresholds = np.arange(4, 21) / 20
    assert fixed_sequence(uncertainty[shuffled], correct[shuffled], thresholds, 0.05, 0.1) == fixed_sequence(
        uncertainty, correct, thresholds, 0.05, 0.1
    )


def test_the_first_threshold_of_the_grid_nearly_always_accepts_enough():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        grid = threshold_grid(rng.random(200), 1800, 0.05, 0.05)
        assert (np.diff(grid) > 0).all()
        accepted = (rng.random(1800) <= grid[0]).sum()
        assert accepted >= samples_needed(0.05, 0.05)
        assert risk_bound([1], [accepted], 0.05)[0] <= 0.05


def test_a_grid_for_too_few_samples_is_empty():
    assert len(threshold_grid(np.arange(100), 50, 0.05, 0.05)) == 0
    assert len(threshold_grid([], 5000, 0.05, 0.05)) == 0
    assert threshold_grid([3.0], 5000, 0.05, 0.05).tolist() == [3.0]


def test_a_split_is_a_share_of_the_samples_and_depends_on_its_seed():
    split = split_off(1000, 0.2, seed=1)
    assert split.sum() == 200
    assert (split != split_off(1000, 0.2, seed=2)).any()
    assert [split_off(2, share).sum() for share in (0.01, 0.99)] == [1, 1]


def test_the_curve_of_the_bound_lies_above_the_risk_and_has_the_points_of_the_accuracy_curve(rng):
    uncertainty, correct = tied(rng)
    curve, plain = risk_curve(uncertainty, correct, 0.1), accuracy_coverage_curve(uncertainty, correct)
    np.testing.assert_array_equal(curve.threshold, plain.threshold)
    np.testing.assert_allclose(curve.coverage, plain.coverage)
    np.testing.assert_allclose(curve.risk, 1 - plain.accuracy, atol=1e-15)
    assert (curve.bound > curve.risk).all()
    np.testing.assert_allclose(curve.bound, risk_bound(plain.num_errors, plain.num_accepted, 0.1))


def test_the_curve_of_ten_thousand_thresholds_takes_less_than_50_ms(rng):
    uncertainty, correct, seconds = rng.random(10_000), rng.random(10_000) > 0.08, []
    for _ in range(3):
        start = time.process_time()  # of this process alone: others may keep the cores busy
        risk_curve(uncertainty, correct, 0.05)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.05


@pytest.mark.parametrize(
    ("risk", "delta", "name"), [(0, 0.1, "risk"), (1, 0.1, "risk"), (0.1, 0, "delta"), (0.1, 5, "delta")]
)
def test_what_is_no_fraction_is_refused(risk, delta, name):
    for procedure in (sgr, fixed_sequence_of_split):
        with pytest.raises(ValueError, match=f"{name} must be a fraction"):
            procedure([0.1, 0.2], [True, True], risk, delta)


def test_other_mistakes_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="ascending order"):
        fixed_sequence([0.1], [True], [0.3, 0.2], 0.1, 0.1)
    with pytest.raises(ValueError, match="at least two samples"):
        split_off(1)
    with pytest.raises(ValueError, match="at most num_accepted"):
        risk_bound([3], [2], 0.1)
    with pytest.raises(ValueError, match="num_errors must be at least 0"):
        samples_needed(0.1, 0.1, -1)
