import numpy as np
import pytest

from core.metrics.logit_norm import choose_p, max_logit_pnorm
from core.metrics.predictions import softmax
from core.metrics.selective import aurc
from core.metrics.uncertainty import least_confidence


def test_max_logit_pnorm_by_hand():
    # Mean 1, so 3, 0, -3 are left: norms 6, sqrt(18) and 3 in the limit.
    logits = np.array([[4.0, 1, -2]])
    assert max_logit_pnorm(logits, 0).tolist() == [-3]
    assert max_logit_pnorm(logits, 1).tolist() == [-0.5]
    assert max_logit_pnorm(logits, 2) == pytest.approx([-np.sqrt(0.5)], rel=1e-12)
    assert max_logit_pnorm(logits, 50) == pytest.approx([-1], abs=0.02)


@pytest.mark.parametrize("p", range(10))
def test_max_logit_pnorm_agrees_with_a_loop_over_samples(rng, p):
    logits = rng.normal(scale=5, size=(12, 4)) + 3
    expected = []
    for row in logits.tolist():
        mean = sum(row) / 4
        norm = sum(abs(value - mean) ** p for value in row) ** (1 / p) if p else 1
        expected.append(-(max(row) - mean) / norm)
    np.testing.assert_allclose(max_logit_pnorm(logits, p), expected, rtol=1e-12)


@pytest.mark.parametrize("p", [None, *range(10)])
def test_a_shift_of_all_logits_changes_nothing(rng, p):
    logits = rng.normal(scale=3, size=(20, 5))
    np.testing.assert_allclose(max_logit_pnorm(logits + 7.5, p), max_logit_pnorm(logits, p), rtol=1e-9)


@pytest.mark.parametrize("p", range(1, 10))
def test_the_scale_of_the_logits_does_not_matter_from_p_1_on(rng, p):
    logits = rng.normal(size=(20, 5))
    np.testing.assert_allclose(max_logit_pnorm(40 * logits, p), max_logit_pnorm(logits, p), rtol=1e-12)


@pytest.mark.parametrize("p", range(10))
def test_equal_logits_are_least_certain_and_not_nan(p):
    values = max_logit_pnorm(np.array([[2.0, 2, 2], [3, 2, 1]], np.float32), p)
    assert values[0] == 0 and values[1] < 0


def test_no_p_is_least_confidence(rng):
    logits = rng.normal(size=(20, 5))
    np.testing.assert_array_equal(max_logit_pnorm(logits, None), least_confidence(softmax(logits)))


def test_a_negative_p_is_refused():
    with pytest.raises(ValueError, match="p must be at least 0, or None for least confidence, got -1"):
        max_logit_pnorm(np.eye(2), -1)


def test_the_p_with_the_lowest_aurc_is_chosen(rng):
    for _ in range(5):
        logits, correct = rng.normal(size=(60, 4)), rng.random(60) < 0.7
        risks = {p: aurc(max_logit_pnorm(logits, p), correct) for p in (None, *range(10))}
        chosen = choose_p(logits, correct)
        assert risks[chosen] == min(risks.values())


def test_a_broken_confidence_is_repaired():
    # The error, in the last row, has the largest probability, 0.88; its second logit is close to its first.
    logits = np.array([[1.0, 0, 0], [1, 0, 0], [8, 6, -14]])
    correct = np.array([True, True, False])
    assert aurc(least_confidence(softmax(logits)), correct) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert choose_p(logits, correct) == 1
    assert aurc(max_logit_pnorm(logits, 1), correct) == pytest.approx(1 / 9)


def test_least_confidence_stays_where_no_p_is_better(rng):
    logits = rng.normal(size=(30, 4))
    assert choose_p(logits, np.ones(30, bool)) is None  # no errors: every score has an AURC of 0
    ranked_perfectly = least_confidence(softmax(logits)) < 0.6
    assert choose_p(logits, ranked_perfectly) is None
