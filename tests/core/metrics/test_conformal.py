from itertools import combinations

import numpy as np
import pytest
from scipy.stats import beta, binom, chisquare

from core.metrics import conformal
from core.metrics.conformal_coverage import coverage_law, group_coverage, resplit_coverages, set_summary
from core.metrics.predictions import softmax

SCORES = {"LAC": conformal.lac_scores, "APS": conformal.aps_scores, "RAPS": conformal.raps_scores}


def drawn(rng, num_samples, num_classes=5):
    """Probabilities that are too sure, and labels."""
    logits = 2 * rng.normal(size=(num_samples, num_classes))
    truth = softmax(logits)
    labels = np.minimum((truth.cumsum(axis=1) < rng.random((num_samples, 1))).sum(axis=1), num_classes - 1)
    return softmax(2 * logits), labels


def test_the_quantile_is_the_score_of_its_rank():
    scores = np.array([0.4, 0.1, 0.3, 0.2])
    # ceil(5 x 0.8) = 4, ceil(5 x 0.7) = 4, ceil(5 x 0.5) = 3, ceil(5 x 0.2) = 1
    assert [conformal.conformal_quantile(scores, alpha) for alpha in (0.2, 0.3, 0.5, 0.8)] == [0.4, 0.4, 0.3, 0.1]
    assert conformal.conformal_quantile(scores, 0.19) == np.inf
    assert conformal.conformal_quantile([], 0.5) == np.inf


def test_a_rank_that_is_a_whole_number_is_not_rounded_up():
    for num_samples in range(1, 400):
        for tenths in range(1, 10):
            expected = -(-(num_samples + 1) * (10 - tenths) // 10)
            assert conformal.quantile_rank(num_samples, tenths / 10) == expected


def test_scores_by_hand():
    probs = np.array([[0.2, 0.5, 0.3]])
    np.testing.assert_allclose(conformal.lac_scores(probs), [[0.8, 0.5, 0.7]])
    np.testing.assert_allclose(conformal.aps_scores(probs), [[1.0, 0.5, 0.8]])
    np.testing.assert_allclose(conformal.aps_scores(probs, np.array([0.5])), [[0.9, 0.25, 0.65]])
    np.testing.assert_allclose(conformal.raps_scores(probs, None, 0.1, 1), [[1.2, 0.5, 0.9]])
    np.testing.assert_allclose(conformal.raps_scores(probs, np.array([0.5]), 0.1, 2), [[1.0, 0.25, 0.65]])


def test_adaptive_scores_are_their_brute_force_twin(rng):
    probs, uniform = rng.dirichlet(np.ones(6), size=40), rng.random(40)
    for sample in range(40):
        for number in range(6):
            own = probs[sample, number]
            before = probs[sample][probs[sample] > own].sum()
            rank = (probs[sample] > own).sum() + 1
            expected = before + own - uniform[sample] * own + 0.05 * max(rank - 2, 0)
            assert conformal.raps_scores(probs, uniform, 0.05, 2)[sample, number] == pytest.approx(expected)


def test_sets_by_hand():
    probs = np.array([[0.2, 0.5, 0.3], [0.4, 0.3, 0.3]])
    assert conformal.lac_sets(probs, 0.7).tolist() == [[False, True, True], [True, True, True]]
    assert conformal.lac_sets(probs, 0.55).tolist() == [[False, True, False], [False, False, False]]
    assert conformal.aps_sets(probs, 0.75).tolist() == [[False, True, False], [True, True, False]]
    assert conformal.raps_sets(probs, 0.75, penalty=0.1).tolist() == [[False, True, False], [True, False, False]]
    assert conformal.lac_sets(probs, np.inf).all()
    assert conformal.lac_sets(probs, np.array([0.9, 0.1, 0.7])).tolist() == [[True, False, True], [True, False, True]]
    assert conformal.lac_sets(probs, np.array([[0.55], [np.inf]])).tolist() == [[False, True, False], [True] * 3]


@pytest.mark.parametrize("name", SCORES)
def test_the_true_class_is_in_the_set_as_often_as_promised(name):
    """1,000 draws of 40 calibration images and one new one: misses follow a binomial distribution with alpha at most."""
    misses = 0
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        probs, labels = drawn(rng, 41)
        uniform = None if name == "LAC" else rng.random(41)
        scores = SCORES[name](probs, uniform)
        quantile = conformal.conformal_quantile(conformal.true_class(scores, labels)[:40], 0.1)
        misses += not conformal.sets(scores, quantile)[40, labels[40]]
    assert misses <= binom.ppf(0.999, 1000, 0.1)
    assert misses >= binom.ppf(0.001, 1000, 1 - 37 / 41)  # not more careful than rank / (n + 1)


def test_without_the_plus_one_a_few_calibration_images_promise_too_much():
    misses = 0
    for seed in range(1000):
        scores = np.random.default_rng(seed).random(11)
        misses += scores[10] > np.sort(scores[:10])[8]  # the 9th of ten instead of the 10th
    assert misses > binom.ppf(0.999, 1000, 0.1)


def test_mondrian_quantiles_hold_within_each_class():
    covered, count = np.zeros(3), np.zeros(3)
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        labels = rng.choice(3, size=60, p=[0.6, 0.3, 0.1])
        scores = rng.random((60, 3)) ** [1, 2, 4]  # each class has another distribution
        own = conformal.true_class(scores, labels)
        quantiles = conformal.class_quantiles(own[:59], labels[:59], 3, 0.2)
        covered[labels[59]] += conformal.sets(scores, quantiles)[59, labels[59]]
        count[labels[59]] += 1
    assert (covered >= binom.ppf(0.001, count.astype(int), 0.8)).all()


def test_a_class_without_calibration_images_belongs_to_every_set():
    quantiles = conformal.class_quantiles([0.1, 0.2], np.array([0, 0]), 2, 0.5)
    assert quantiles.tolist() == [0.2, np.inf]


def test_a_summary_counts_sizes_and_coverage():
    sets = np.array([[True, False, False], [True, True, False], [False, False, False], [True, True, False]])
    summary = set_summary(sets, np.array([0, 2, 1, 1]))
    assert (summary.num_samples, summary.coverage, summary.mean_size) == (4, 0.5, 1.25)
    assert (summary.empty, summary.single) == (0.25, 0.25)
    assert summary.sizes.tolist() == [1, 1, 2, 0]
    np.testing.assert_equal(summary.coverage_of_size, [0, 1, 0.5, np.nan])


def test_groups_without_samples_have_no_coverage():
    found = group_coverage(np.array([[True, False]]), np.array([0]), np.array([1]), 3)
    np.testing.assert_equal(found.coverage, [np.nan, 1, np.nan])
    np.testing.assert_equal(found.mean_size, [np.nan, 1, np.nan])
    assert found.num_samples.tolist() == [0, 1, 0]


def test_the_law_is_the_share_of_all_splits():
    """Six samples, four of them for calibration: all 15 splits counted, in each the quantile is the third or fourth score."""
    for alpha, rank in ((0.5, 3), (0.3, 4)):
        hits = []
        for calibration in combinations(range(6), 4):
            quantile = sorted(calibration)[rank - 1]
            hits.append(sum(place <= quantile for place in range(6) if place not in calibration))
        law = coverage_law(4, 2, alpha)
        np.testing.assert_allclose(law.probability, np.bincount(hits, minlength=3) / 15)
        assert law.coverage.tolist() == [0, 0.5, 1]
        assert law.mean == pytest.approx(np.mean(hits) / 2) == rank / 5


def test_for_many_test_images_the_law_is_the_beta_distribution():
    law = coverage_law(99, 200_000, 0.1)
    assert law.interval(0.9) == pytest.approx(beta.ppf([0.05, 0.95], 90, 10), abs=1e-3)
    assert law.probability.sum() == pytest.approx(1)


def test_too_few_calibration_images_give_full_sets():
    law = coverage_law(5, 3, 0.1)
    assert law.probability.tolist() == [0, 0, 0, 1]
    assert law.interval() == (1, 1)
    assert (resplit_coverages(np.random.default_rng(0).random(8), 5, 0.1, 10) == 1).all()


def test_a_thousand_splits_follow_the_law(rng):
    coverages = resplit_coverages(rng.random(150), num_calibration=50, alpha=0.1, num_splits=1000, seed=1)
    law = coverage_law(50, 100, 0.1)
    counts = np.bincount(np.round(100 * coverages).astype(int), minlength=101)
    edges = [0, 84, 87, 89, 91, 93, 95, 97, 101]  # bins with at least a few dozen splits
    observed, expected = (np.add.reduceat(values, edges[:-1]) for values in (counts, 1000 * law.probability))
    assert chisquare(observed, expected * observed.sum() / expected.sum()).pvalue > 1e-3
    assert coverages.mean() == pytest.approx(law.mean, abs=4 * coverages.std() / np.sqrt(1000))


@pytest.mark.parametrize("decimals", [1, 9])
def test_a_split_is_its_brute_force_twin(rng, decimals):
    scores = np.round(rng.random(60), decimals)
    coverages = resplit_coverages(scores, 20, 0.2, num_splits=30, seed=7)
    ranked, again = np.sort(scores), np.random.default_rng(7)
    for coverage in coverages:
        calibration = again.choice(60, 20, replace=False, shuffle=False)
        quantile = conformal.conformal_quantile(ranked[calibration], 0.2)
        assert coverage == pytest.approx((np.delete(ranked, calibration) <= quantile).mean())


def test_saturated_probabilities_are_ties_and_only_raise_the_coverage():
    probs = softmax(np.float32([[100, 0]] * 30)).astype(np.float32)
    labels = np.zeros(30, int)
    quantile = conformal.conformal_quantile(conformal.true_class(conformal.lac_scores(probs), labels), 0.1)
    assert quantile == 0
    summary = set_summary(conformal.lac_sets(probs, quantile), labels)
    assert (summary.coverage, summary.mean_size, summary.empty) == (1, 1, 0)


def test_all_wrong_and_one_class_have_sets():
    probs = np.array([[0.9, 0.1]] * 20)
    wrong = np.ones(20, int)
    quantile = conformal.conformal_quantile(conformal.true_class(conformal.lac_scores(probs), wrong), 0.1)
    assert set_summary(conformal.lac_sets(probs, quantile), wrong).coverage == 1
    assert conformal.aps_sets(np.ones((3, 1)), 1.0).all()


def test_mistakes_are_refused_in_a_sentence():
    for alpha in (0, 1, 90):
        with pytest.raises(ValueError, match="alpha must be a fraction"):
            conformal.conformal_quantile([0.1], alpha)
    with pytest.raises(ValueError, match="must not contain NaN"):
        conformal.conformal_quantile([np.nan], 0.1)
    with pytest.raises(ValueError, match=r"must have shape \(num_samples,\)"):
        conformal.conformal_quantile([[0.1]], 0.1)
    with pytest.raises(ValueError, match="penalty must be"):
        conformal.raps_scores([[1.0]], None, -1)
    with pytest.raises(ValueError, match="calibration and test images"):
        resplit_coverages(np.zeros(5), 5, 0.1)
    with pytest.raises(ValueError, match="calibration and test images"):
        coverage_law(0, 5, 0.1)
    with pytest.raises(ValueError, match="sets and labels must have shapes"):
        set_summary(np.zeros((0, 2), bool), np.zeros(0, int))
