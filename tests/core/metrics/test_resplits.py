from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare

from core.metrics import conformal
from core.metrics.conformal_coverage import coverage_law, resplit_coverages, uncertainty_groups
from core.metrics.resplits import rank_without_correction, split_coverages, split_places


def test_without_the_correction_the_rank_is_that_of_the_plain_quantile():
    # ceil(10 x 0.9) = 9, ceil(20 x 0.9) = 18, ceil(7 x 0.5) = 4, ceil(1 x 0.1) = 1
    found = [rank_without_correction(n, alpha) for n, alpha in ((10, 0.1), (20, 0.1), (7, 0.5), (1, 0.9))]
    assert found == [9, 18, 4, 1]
    assert all(rank_without_correction(10 * n, 0.1) == 9 * n for n in range(1, 500))


def test_every_choice_of_calibration_images_is_equally_likely():
    places = split_places(6, 2, num_splits=3000, seed=1)
    assert (places[:, 0] < places[:, 1]).all()
    pairs = list(combinations(range(6), 2))
    counts = [(places == pair).all(axis=1).sum() for pair in pairs]
    assert sum(counts) == 3000
    assert chisquare(counts).pvalue > 1e-3


def test_a_seed_draws_the_same_splits_again_and_another_seed_other_ones():
    assert (split_places(50, 10, 20, seed=3) == split_places(50, 10, 20, seed=3)).all()
    assert (split_places(50, 10, 20, seed=3) != split_places(50, 10, 20, seed=4)).any()


@pytest.mark.parametrize("decimals", [1, 9])
@pytest.mark.parametrize("rank", [1, 15, 20])
def test_coverages_are_counted_as_by_hand(rng, decimals, rank):
    scores = np.round(rng.random(60), decimals)
    places = split_places(60, 20, 30)
    ranked = np.sort(scores)
    for row, coverage in zip(places, split_coverages(scores, places, rank), strict=True):
        quantile = ranked[row][rank - 1]
        assert coverage == pytest.approx((np.delete(ranked, row) <= quantile).mean())


def test_row_order_does_not_matter(rng):
    scores, places = rng.random(40), split_places(40, 10, 50)
    again = split_coverages(rng.permutation(scores), places, 9)
    assert (again == split_coverages(scores, places, 9)).all()


def test_equal_scores_are_covered_together():
    assert (split_coverages(np.zeros(30), split_places(30, 10, 5), 1) == 1).all()


@pytest.mark.parametrize("num_calibration", [10, 20, 100])
def test_the_mean_coverage_is_the_rank_over_n_plus_one_and_without_the_correction_less_than_promised(
    rng, num_calibration
):
    scores, places = rng.random(2000), split_places(2000, num_calibration)
    ranks = conformal.quantile_rank(num_calibration, 0.1), rank_without_correction(num_calibration, 0.1)
    for rank, keeps in zip(ranks, (True, False), strict=True):
        coverages, expected = split_coverages(scores, places, rank), rank / (num_calibration + 1)
        assert coverages.mean() == pytest.approx(expected, abs=4 * coverages.std() / np.sqrt(1000))
        assert (expected >= 0.9) == keeps
    assert coverage_law(num_calibration, 1000, 0.1).mean == ranks[0] / (num_calibration + 1)


def test_too_few_calibration_images_cover_everything():
    assert (split_coverages(np.arange(10.0), split_places(10, 4, 3), 5) == 1).all()
    assert (resplit_coverages(np.arange(10.0), 4, 0.1, 3) == 1).all()


def test_groups_are_of_equal_size_and_keep_equal_scores_together(rng):
    uncertainty = rng.random(1000)
    groups = uncertainty_groups(uncertainty)
    assert np.bincount(groups).tolist() == [100] * 10
    assert uncertainty[groups == 3].max() < uncertainty[groups == 4].min()
    assert uncertainty_groups(np.zeros(7)).tolist() == [0] * 7
    assert uncertainty_groups(np.array([0.3])).tolist() == [0]
    order = rng.permutation(1000)
    assert (uncertainty_groups(uncertainty[order]) == groups[order]).all()


def test_mistakes_are_refused_in_a_sentence():
    for num_calibration in (0, 5, 6):
        with pytest.raises(ValueError, match="There must be calibration and test images"):
            split_places(5, num_calibration)
    with pytest.raises(ValueError, match="alpha must be a fraction"):
        rank_without_correction(10, 1.0)
