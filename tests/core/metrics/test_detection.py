import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics import roc_curve as sklearn_roc_curve

from core.metrics.detection import aupr, auroc, detection, fpr_at_tpr, mixture, roc_curve


def tied_scores(rng, num_in=400, num_out=300):
    return np.round(rng.normal(size=num_in), 1), np.round(rng.normal(0.7, 1.5, size=num_out), 1)


def labels_and_scores(in_scores, out_scores):
    return np.repeat([0, 1], [len(in_scores), len(out_scores)]), np.concatenate([in_scores, out_scores])


def test_areas_by_hand():
    # Pairs (in, out): 1<2, 1<4, 2=2 (half), 2<4, 3>2 (none), 3<4: 4.5 of 6.
    in_scores, out_scores = [1, 2, 3], [2, 4]
    assert auroc(in_scores, out_scores) == pytest.approx(4.5 / 6)
    # The threshold 4 has precision 1/1; 2 flags 3 and both twos as well: precision 2/4.
    assert aupr(in_scores, out_scores) == pytest.approx((1 + 2 / 4) / 2)


def test_fpr_by_hand_in_both_conventions():
    in_scores, out_scores = np.arange(10), np.arange(5, 25)
    # 95 % of 20 are 19: the first threshold that flags them is 6, which flags 6, 7, 8 and 9 of ten.
    assert fpr_at_tpr(in_scores, out_scores) == pytest.approx(0.4)
    # With in positive: all ten must be passed, so every score up to 9 is passed: 5 of 20.
    assert fpr_at_tpr(-out_scores, -in_scores) == pytest.approx(0.25)
    assert detection(in_scores, out_scores, num_resamples=0).fpr95_in_positive == pytest.approx(0.25)


def test_95_of_100_are_95_percent():
    assert fpr_at_tpr([0.5], np.repeat([0, 1], [5, 95])) == 0


@pytest.mark.parametrize("shape", [(400, 300), (1, 50), (50, 1), (1, 1)])
def test_areas_and_curve_agree_with_scikit_learn_under_ties(rng, shape):
    in_scores, out_scores = tied_scores(rng, *shape)
    labels, scores = labels_and_scores(in_scores, out_scores)
    assert auroc(in_scores, out_scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert aupr(in_scores, out_scores) == pytest.approx(average_precision_score(labels, scores), abs=1e-12)
    curve = roc_curve(in_scores, out_scores)
    in_flagged, out_flagged, threshold = sklearn_roc_curve(labels, scores, drop_intermediate=False)
    np.testing.assert_allclose(curve.in_flagged, in_flagged[1:], atol=1e-12)
    np.testing.assert_allclose(curve.out_flagged, out_flagged[1:], atol=1e-12)
    np.testing.assert_array_equal(curve.threshold, threshold[1:])


def test_auroc_agrees_with_a_loop_over_all_pairs(rng):
    in_scores, out_scores = tied_scores(rng, 40, 30)
    won = np.mean([(o > i) + (o == i) / 2 for i in in_scores for o in out_scores])
    assert auroc(in_scores, out_scores) == pytest.approx(won, abs=1e-12)


def test_constant_scores_are_at_chance():
    measured = detection(np.ones(30), np.ones(10), num_resamples=20)
    assert (measured.auroc, measured.aupr, measured.fpr95, measured.fpr95_in_positive) == (0.5, 0.25, 1, 1)
    assert measured.intervals["auroc"] == (0.5, 0.5)


def test_infinite_scores_are_ranked_like_others():
    assert auroc([-np.inf, 0], [np.inf, 1]) == 1
    assert fpr_at_tpr([-np.inf, 0], [np.inf, np.inf]) == 0


@pytest.mark.parametrize("measure", [auroc, aupr, fpr_at_tpr, roc_curve, detection])
@pytest.mark.parametrize(
    ("in_scores", "out_scores", "sentence"),
    [
        ([1.0], [], "out_scores must have shape"),
        ([], [1.0], "in_scores must have shape"),
        ([[1.0]], [1.0], "in_scores must have shape"),
        ([1.0], [np.nan, 2.0], "out_scores must not be NaN, got 1 of 2"),
    ],
)
def test_what_cannot_be_ranked_is_refused(measure, in_scores, out_scores, sentence):
    with pytest.raises(ValueError, match=sentence):
        measure(in_scores, out_scores)


@pytest.mark.parametrize("tpr", [0, 1.1, -1])
def test_a_rate_outside_zero_and_one_is_refused(tpr):
    with pytest.raises(ValueError, match="tpr must be a fraction"):
        fpr_at_tpr([1.0], [2.0], tpr)


def test_intervals_depend_only_on_the_seed_and_agree_with_plain_resampling(rng):
    in_scores, out_scores = tied_scores(rng)
    measured = detection(in_scores, out_scores, num_resamples=600, seed=3)
    assert measured.intervals == detection(in_scores, out_scores, num_resamples=600, seed=3).intervals
    plain = [
        (auroc(i, o), aupr(i, o), fpr_at_tpr(i, o), fpr_at_tpr(-o, -i))
        for i, o in (
            (rng.choice(in_scores, len(in_scores)), rng.choice(out_scores, len(out_scores))) for _ in range(600)
        )
    ]
    for name, values in zip(measured.intervals, np.transpose(plain), strict=True):
        lower, upper = measured.intervals[name]
        assert lower <= getattr(measured, name) <= upper
        np.testing.assert_allclose([lower, upper], np.quantile(values, [0.025, 0.975]), atol=values.std())


@pytest.mark.parametrize(
    ("share", "expected"), [(0, (100, 0)), (0.5, (50, 50)), (0.2, (100, 25)), (0.9, (6, 50)), (1, (0, 50))]
)
def test_a_mixture_is_as_large_as_both_allow(share, expected):
    assert mixture(100, 50, share) == expected
