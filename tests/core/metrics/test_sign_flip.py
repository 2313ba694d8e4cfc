from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, permutation_test

from core.metrics.sign_flip import sign_flip_p, smallest_p


def p_twin(differences):
    """All sign flips, one by one, in whole numbers."""
    observed = abs(sum(differences))
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    return sum(total >= observed for total in sums) / len(sums)


def scipys_p(differences):
    return permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    ).pvalue


@pytest.mark.parametrize("num_seeds", [1, 2, 3, 5, 6, 8, 11])
def test_the_p_is_that_of_scipys_exact_test(num_seeds, rng):
    differences = rng.normal(0.5, 1, num_seeds)
    # SciPy's permutations of single samples are sign flips; it doubles the smaller tail, which is the same by symmetry.
    assert sign_flip_p(differences) == pytest.approx(scipys_p(differences) if num_seeds > 1 else 1, abs=1e-12)


@pytest.mark.parametrize("num_seeds", [*range(1, 12)])
def test_the_p_is_its_brute_force_twin_where_many_sums_are_equal(num_seeds, rng):
    for _ in range(20):
        whole = rng.integers(-3, 5, num_seeds).tolist()
        assert sign_flip_p(np.array(whole) / 10_000) == p_twin(whole)
        assert smallest_p(np.array(whole) / 10_000) == p_twin([abs(value) for value in whole])


def test_the_p_of_twenty_seeds_is_exact(rng):
    whole = rng.integers(-3, 6, 20)
    signs = 1 - 2 * ((np.arange(2**20)[:, None] >> np.arange(20)) & 1).astype(np.int8)
    as_far = np.abs(signs.astype(np.int64) @ whole) >= abs(whole.sum())
    assert sign_flip_p(whole / 10_000) == as_far.mean()


def test_above_twenty_seeds_random_flips_are_near_the_exact_p(rng):
    # Of equal sizes the sum is binomial.
    differences = np.repeat([1.0, -1.0], [21, 9])
    exact = 2 * binom.sf(20, 30, 0.5)
    deviation = np.sqrt(exact * (1 - exact) / 99_999)
    assert sign_flip_p(differences) == pytest.approx(exact, abs=4 * deviation)
    assert sign_flip_p(differences) == sign_flip_p(rng.permutation(differences))
    assert sign_flip_p(differences) != sign_flip_p(differences, seed=1)
    assert sign_flip_p(np.ones(40)) == smallest_p(np.ones(40)) == 1 / 100_000


def test_of_all_signs_at_most_five_percent_are_settled():
    sizes = np.array([22, 22, 2, 45, 22, 22, 11, 22])  # tied, as counts are
    settled = [sign_flip_p(sizes * signs) <= 0.05 for signs in product((-1, 1), repeat=8)]
    assert 0 < np.mean(settled) <= 0.05


def test_differences_that_are_no_numbers_are_refused_in_a_sentence():
    for differences in ([], [np.nan], [np.inf, 1], [[1.0]]):
        with pytest.raises(ValueError, match="differences must be finite"):
            sign_flip_p(differences)
