import time

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.metrics import bootstrap, ranked, selective

MEASURES = {
    "aurc": (ranked.aurc, selective.aurc),
    "excess_aurc": (ranked.excess_aurc, selective.excess_aurc),
    "augrc": (ranked.augrc, selective.augrc),
    "coverage at 10 %": (
        lambda steps: ranked.coverage_at_risk(steps, 0.1),
        lambda score, right: selective.coverage_at_risk(score, right, 0.1),
    ),
    "accuracy at 29 %": (
        lambda steps: ranked.accuracy_at_coverage(steps, 0.29),
        lambda score, right: selective.accuracy_at_coverage(score, right, 0.29),
    ),
    "accuracy at 90 %": (
        lambda steps: ranked.accuracy_at_coverage(steps, 0.9),
        lambda score, right: selective.accuracy_at_coverage(score, right, 0.9),
    ),
}
SAMPLES = {
    "distinct scores": lambda rng: (rng.random(200), rng.random(200) > 0.2),
    "ties": lambda rng: (rng.integers(0, 9, 200) / 8, rng.random(200) > 0.2),
    "one score": lambda rng: (np.zeros(30), rng.random(30) > 0.5),
    "all right": lambda rng: (rng.random(30), np.ones(30, bool)),
    "all wrong": lambda rng: (rng.random(30), np.zeros(30, bool)),
    "one right sample": lambda rng: (np.array([0.3]), np.array([True])),
    "one wrong sample": lambda rng: (np.array([0.3]), np.array([False])),
    "infinite scores": lambda rng: (rng.choice([-np.inf, 0, np.inf], 50), rng.random(50) > 0.3),
}


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("measure", MEASURES)
def test_a_resampled_measure_is_the_plain_function_of_the_resampled_arrays(sample, measure, rng):
    uncertainty, correct = SAMPLES[sample](rng)
    fast, plain = MEASURES[measure]
    ranking = ranked.ranking(uncertainty, correct)
    (rows,) = bootstrap.draws(len(correct), 50, seed=3)
    values = bootstrap.resampled({"score": ranking}, {"measure": fast}, 50, seed=3)["score"]["measure"]
    np.testing.assert_allclose(values, [plain(uncertainty[drawn], correct[drawn]) for drawn in rows], atol=1e-13)
    np.testing.assert_allclose(fast(ranking.whole()), [plain(uncertainty, correct)], atol=1e-13)


@pytest.mark.parametrize("decimals", [1, 8])
def test_the_auroc_of_telling_errors_apart_is_that_of_scikit_learn(decimals, rng):
    uncertainty, correct = np.round(rng.random(300), decimals), rng.random(300) > 0.3
    steps = ranked.ranking(uncertainty, correct)
    assert ranked.error_auroc(steps.whole()) == pytest.approx([roc_auc_score(~correct, uncertainty)], abs=1e-14)
    (rows,) = bootstrap.draws(300, 20, seed=0)
    expected = [roc_auc_score(~correct[drawn], uncertainty[drawn]) for drawn in rows]
    np.testing.assert_allclose(ranked.error_auroc(steps.ranked(rows)), expected, atol=1e-13)


def test_augrc_follows_from_accuracy_and_auroc_on_every_resample(rng):
    steps = ranked.ranking(rng.integers(0, 30, 400), rng.random(400) > 0.2)
    (rows,) = bootstrap.draws(400, 100, seed=1)
    resamples = steps.ranked(rows)
    accuracy = 1 - resamples.num_errors / 400
    expected = (1 - ranked.error_auroc(resamples)) * accuracy * (1 - accuracy) + (1 - accuracy) ** 2 / 2
    np.testing.assert_allclose(ranked.augrc(resamples), expected, atol=1e-14)


@pytest.mark.parametrize("right", [True, False])
def test_without_an_error_or_without_a_right_answer_there_is_no_auroc(right):
    steps = ranked.ranking([0.1, 0.2], [right, right]).whole()
    assert np.isnan(ranked.error_auroc(steps)).all()
    assert np.isnan(bootstrap.interval(ranked.error_auroc(steps))).all()


def test_saturated_probabilities_are_ties_and_their_order_does_not_matter(rng):
    """In float32 the largest probabilities of sure answers are exactly 1: their uncertainty is 0."""
    uncertainty = np.float32(1) - np.float32(1 - 1e-9 * rng.random(100))
    assert (uncertainty == 0).all()
    correct = rng.random(100) > 0.2
    shuffled = rng.permutation(100)
    for fast, _ in MEASURES.values():
        first = fast(ranked.ranking(uncertainty, correct).whole())
        assert fast(ranked.ranking(uncertainty, correct[shuffled]).whole()) == pytest.approx(first, abs=1e-15)


def test_all_scores_are_measured_on_the_same_resamples(rng):
    uncertainty, correct = rng.random(100), rng.random(100) > 0.2
    rankings = {"a": ranked.ranking(uncertainty, correct), "b": ranked.ranking(3 * uncertainty - 1, correct)}
    values = bootstrap.resampled(rankings, {"aurc": ranked.aurc}, 200, seed=5)
    np.testing.assert_array_equal(values["a"]["aurc"], values["b"]["aurc"])  # the same order: no paired difference
    again = bootstrap.resampled({"b": rankings["b"]}, {"aurc": ranked.aurc}, 200, seed=5)
    np.testing.assert_array_equal(values["b"]["aurc"], again["b"]["aurc"])
    other = bootstrap.resampled({"b": rankings["b"]}, {"aurc": ranked.aurc}, 200, seed=6)
    assert (values["b"]["aurc"] != other["b"]["aurc"]).any()


def test_the_interval_has_the_standard_error_of_a_share():
    """Accuracy at full coverage is a share: its bootstrap deviation is sqrt(p (1 - p) / n)."""
    correct = np.arange(400) < 360
    steps = ranked.ranking(np.arange(400), correct)
    everything = {"accuracy": lambda steps: ranked.accuracy_at_coverage(steps, 1)}
    values = bootstrap.resampled({"score": steps}, everything, 4000, seed=0)["score"]["accuracy"]
    assert values.std() == pytest.approx(np.sqrt(0.9 * 0.1 / 400), rel=0.05)
    lower, upper = bootstrap.interval(values)
    assert (lower, upper) == pytest.approx((0.9 - 1.96 * 0.015, 0.9 + 1.96 * 0.015), abs=0.004)


def test_undefined_resamples_are_left_out_of_the_interval():
    assert bootstrap.interval([np.nan, *range(101)], level=0.9) == pytest.approx((5, 95))


def test_what_cannot_be_resampled_is_refused_in_a_sentence():
    steps = ranked.ranking([0.1, 0.2], [True, False])
    with pytest.raises(ValueError, match="must rank the same samples"):
        bootstrap.resampled({"a": steps, "b": ranked.ranking([0.1], [True])}, {})
    with pytest.raises(ValueError, match="at least one score"):
        bootstrap.resampled({}, {})
    with pytest.raises(ValueError, match="level must lie"):
        bootstrap.interval([1.0], level=95)
    with pytest.raises(ValueError, match="coverage must be a fraction"):
        ranked.accuracy_at_coverage(steps.whole(), 90)


def test_ten_thousand_resamples_of_two_areas_take_less_than_five_seconds(rng):
    correct = rng.random(10_000) > 0.09
    start = time.process_time()  # of this process alone: others may keep the cores busy
    steps = ranked.ranking(rng.random(10_000) + 0.5 * ~correct, correct)
    bootstrap.resampled({"score": steps}, {"aurc": ranked.aurc, "augrc": ranked.augrc}, 2_000)
    assert time.process_time() - start < 5 / 5  # a fifth of the resamples
