import numpy as np
import pytest
from scipy.stats import binom, ttest_1samp, ttest_rel

from core.metrics.comparison import (
    PairedComparison,
    Verdict,
    fewest_seeds,
    holm,
    paired_comparison,
    seeds_needed,
    verdicts,
)
from core.metrics.sign_flip import sign_flip_p, smallest_p

# Test accuracies, counted on 10,000 images: many sums of such differences are equal.
FIRST = np.array([0.9129, 0.9098, 0.9141, 0.9120, 0.9087, 0.9133, 0.9112, 0.9105])
SECOND = np.array([0.9151, 0.9120, 0.9139, 0.9165, 0.9109, 0.9155, 0.9101, 0.9127])


@pytest.mark.parametrize("shuffle", range(20))
def test_neither_the_order_of_the_seeds_nor_of_the_recipes_nor_the_unit_matters(shuffle):
    order = np.random.default_rng(shuffle).permutation(8)
    found, other = paired_comparison(FIRST, SECOND), paired_comparison(SECOND[order], FIRST[order])
    assert other.p == found.p
    assert other.mean == pytest.approx(-found.mean, abs=1e-15)
    assert [-end for end in reversed(other.interval)] == pytest.approx(found.interval)
    assert paired_comparison(100 * FIRST, 100 * SECOND).p == found.p


def test_the_interval_is_scipys_paired_one():
    found = paired_comparison(FIRST, SECOND)
    expected = ttest_rel(SECOND, FIRST).confidence_interval(0.95)
    assert found.interval == pytest.approx(tuple(expected), rel=1e-9)
    assert found.interval == pytest.approx(tuple(ttest_1samp(SECOND - FIRST, 0).confidence_interval()), rel=1e-9)
    assert found.sd == pytest.approx(np.std(SECOND - FIRST, ddof=1))
    assert found.num_seeds == 8 and found.differences == pytest.approx(SECOND - FIRST)


def test_a_comparison_worked_out_by_hand():
    found = paired_comparison([0, 0, 0], [1, 2, 3])
    assert (found.mean, found.sd, found.p, found.smallest_p) == (2, 1, 0.25, 0.25)
    half = 4.302653 / np.sqrt(3)  # the 97.5 % point of t with 2 degrees of freedom, from a table
    assert found.interval == pytest.approx((2 - half, 2 + half), rel=1e-6)
    assert not found.interval_excludes_zero


def test_one_seed_has_a_difference_but_no_interval():
    found = paired_comparison([0.90], [0.92])
    assert found.mean == pytest.approx(0.02)
    assert np.isnan([found.sd, *found.interval]).all()
    assert (found.p, found.smallest_p) == (1, 1)
    assert not found.interval_excludes_zero
    assert seeds_needed(found) is None
    assert verdicts([found]) == (Verdict(1.0, False, False),)


def test_equal_differences_have_an_interval_of_one_point_but_are_settled_by_seeds_alone():
    three, six = (paired_comparison(np.arange(n) / 10, np.arange(n) / 10 + 0.1) for n in (3, 6))
    for found in (three, six):
        assert found.sd == 0
        assert found.interval == (found.mean, found.mean)
        assert found.interval_excludes_zero
        assert seeds_needed(found) == 6
    assert [verdicts([found])[0].settled for found in (three, six)] == [False, True]


def test_without_any_difference_nothing_is_settled():
    found = paired_comparison(FIRST, FIRST)
    assert (found.mean, found.sd, found.interval, found.p, found.smallest_p) == (0, 0, (0, 0), 1, 1)
    assert seeds_needed(found) is None
    assert verdicts([found]) == (Verdict(1.0, False, False),)


def test_rounding_is_not_a_difference():
    assert 0.1 + 0.2 != 0.3
    found = paired_comparison([0.1 + 0.2, 0.5, 0.5], [0.3, 0.6, 0.6])
    assert found.differences[0] == 0
    assert found.p == found.smallest_p == 0.5  # the two others, as if there were only two seeds


def test_a_difference_of_zero_makes_the_smallest_p_larger():
    found = paired_comparison(np.zeros(6), [1, 2, 3, 4, 5, 0])
    assert found.num_seeds == 6
    assert found.p == found.smallest_p == 2 / 2**5
    assert verdicts([found]) == (Verdict(0.0625, False, False),)


def test_a_seed_without_a_value_is_left_out_with_its_partner():
    first, second = FIRST.copy(), SECOND.copy()
    first[1], second[4] = np.nan, np.nan
    kept = [0, 2, 3, 5, 6, 7]
    found, expected = paired_comparison(first, second), paired_comparison(FIRST[kept], SECOND[kept])
    assert found.num_seeds == 6
    assert (found.mean, found.interval, found.p) == (expected.mean, expected.interval, expected.p)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_without_a_seed_there_is_no_number_but_no_error(values):
    found = paired_comparison(values, values)
    assert found.num_seeds == 0 and found.smallest_p == 1
    assert np.isnan([found.mean, found.sd, *found.interval, found.p]).all()
    assert seeds_needed(found) is None
    (verdict,) = verdicts([found])
    assert np.isnan(verdict.p) and not verdict.settled and not verdict.within_reach


@pytest.mark.parametrize(("first", "second"), [([1, 2], [1, 2, 3]), ([[1, 2]], [[1, 2]]), (1, 2)])
def test_values_that_are_no_pairs_are_refused_in_a_sentence(first, second):
    with pytest.raises(ValueError, match=r"must have the same shape \(num_seeds,\)"):
        paired_comparison(first, second)


def test_values_that_are_not_finite_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="must be finite, got infinity"):
        paired_comparison([1, np.inf], [1, np.inf])


def test_a_comparison_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        paired_comparison(FIRST, SECOND).differences[0] = 1


def test_holm_by_hand():
    # Sorted 0.005, 0.01, 0.03, 0.04, times 4, 3, 2, 1; the last rises to the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6, 0.9]) == pytest.approx([1, 1, 1])
    assert holm([0.02, 0.02]) == pytest.approx([0.04, 0.04])
    assert holm([0.03]).tolist() == [0.03]
    assert holm([]).tolist() == []


def test_holm_leaves_out_tests_that_were_not_made():
    np.testing.assert_allclose(holm([np.nan, 0.01, np.nan, 0.04]), [np.nan, 0.02, np.nan, 0.04])
    assert np.isnan(holm([np.nan])).all()


def test_holm_rejects_what_the_step_down_procedure_rejects(rng):
    for _ in range(200):
        p_values = rng.random(9) ** 4
        rejected = set()
        for step, place in enumerate(np.argsort(p_values)):
            if p_values[place] > 0.05 / (9 - step):
                break
            rejected.add(int(place))
        assert set(np.flatnonzero(holm(p_values) <= 0.05).tolist()) == rejected


def test_holm_never_lowers_a_p_and_keeps_their_order(rng):
    p_values = rng.random(50) ** 3
    adjusted = holm(p_values)
    assert (adjusted >= p_values).all() and (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p_values)]) >= 0).all()


def test_five_seeds_settle_nothing_whatever_the_interval_says():
    found = paired_comparison(np.zeros(5), [0.010, 0.011, 0.012, 0.011, 0.010])
    assert found.interval_excludes_zero
    assert verdicts([found]) == (Verdict(0.0625, False, False),)


def test_equal_signs_of_six_seeds_are_settled_though_the_interval_may_include_zero():
    found = paired_comparison(np.zeros(6), [0.001, 0.001, 0.001, 0.001, 0.001, 0.1])
    assert not found.interval_excludes_zero
    assert verdicts([found]) == (Verdict(2 / 2**6, True, True),)


def test_what_is_within_reach_depends_on_the_other_measures():
    clear = paired_comparison(np.zeros(8), np.arange(1, 9))
    mixed = paired_comparison(np.zeros(8), [1, -2, 3, -4, 5, -6, 7, 8])
    missing = paired_comparison([np.nan], [np.nan])
    assert [verdict.settled for verdict in verdicts([clear, mixed, missing])] == [True, False, False]
    assert [verdict.within_reach for verdict in verdicts([clear, mixed, missing])] == [True, True, False]
    assert not any(verdict.within_reach for verdict in verdicts([clear, *[mixed] * 8]))  # 9 x 2 / 2^8 = 0.07
    assert verdicts([]) == ()


def test_whatever_is_settled_is_within_reach(rng):
    for _ in range(50):
        family = [paired_comparison(np.zeros(9), rng.normal(1, 1, 9)) for _ in range(4)]
        assert all(verdict.within_reach for verdict in verdicts(family) if verdict.settled)


@pytest.mark.parametrize(
    ("num_comparisons", "expected"), [(1, 6), (2, 7), (3, 7), (4, 8), (6, 8), (7, 9), (12, 9), (13, 10)]
)
def test_the_fewest_seeds_are_those_whose_smallest_p_can_pass(num_comparisons, expected):
    assert fewest_seeds(num_comparisons) == expected
    assert num_comparisons * smallest_p(np.ones(expected)) <= 0.05 < num_comparisons * smallest_p(np.ones(expected - 1))


def of_effect(effect, num_seeds=5):
    """A comparison with a mean of so many standard deviations."""
    return PairedComparison(np.zeros(num_seeds), effect, 1.0, (0, 0), 1.0, 1.0)


def test_the_seeds_needed_agree_with_another_program():
    # G*Power 3.1, two-sided paired t test at 0.05 with a power of 80 %.
    assert [seeds_needed(of_effect(effect)) for effect in (0.2, 0.5, 0.8, 1.0)] == [199, 34, 15, 10]
    assert seeds_needed(of_effect(-0.5)) == 34
    assert seeds_needed(of_effect(1e9)) == 6
    assert seeds_needed(of_effect(1e9), num_comparisons=9) == 9
    assert seeds_needed(of_effect(0.05)) is None  # about 3,100


@pytest.mark.parametrize("effect", [0.9, 1.1, 1.3, 1.5, 1.7, 2.0, 4.0])
def test_with_the_seeds_needed_about_four_of_five_comparisons_are_settled(effect, rng):
    num_seeds = seeds_needed(of_effect(effect))
    settled = [sign_flip_p(rng.normal(effect, 1, num_seeds)) <= 0.05 for _ in range(1_000)]
    # The sign-flip test has slightly less power than the t test.
    assert np.mean(settled) > 0.75


def shuffled(rng):
    """Differences as of real seeds, each with a random sign: there is no difference between the recipes."""
    return (SECOND - FIRST) * rng.choice([-1, 1], 8)


def test_without_a_difference_at_most_five_percent_of_comparisons_are_settled(rng):
    settled = sum(verdicts([paired_comparison(FIRST, FIRST + shuffled(rng))])[0].settled for _ in range(1_000))
    assert 0 < settled <= binom.ppf(0.999, 1_000, 0.05)


@pytest.mark.parametrize("same_signs", [True, False], ids=["measures of one run", "independent measures"])
def test_of_nine_measures_without_a_difference_any_is_settled_in_at_most_five_percent(same_signs, rng):
    sizes, any_settled, any_unadjusted = rng.gamma(2, 0.002, (9, 10)), 0, 0
    for _ in range(1_000):
        signs = rng.choice([-1, 1], (1 if same_signs else 9, 10))
        family = [paired_comparison(np.zeros(10), row) for row in sizes * signs]
        any_settled += any(verdict.settled for verdict in verdicts(family))
        any_unadjusted += any(comparison.p <= 0.05 for comparison in family)
    assert 0 < any_settled <= binom.ppf(0.999, 1_000, 0.05)
    assert any_unadjusted > binom.ppf(0.999, 1_000, 0.05)  # which is why p is adjusted
