import numpy as np
import pytest
import scipy.stats
from scipy.special import logsumexp

from core.metrics import uncertainty
from core.metrics.predictions import softmax

OF_PROBS = (uncertainty.least_confidence, uncertainty.normalized_entropy, uncertainty.margin_uncertainty)
OF_LOGITS = (uncertainty.max_logit_uncertainty, uncertainty.logit_margin_uncertainty, uncertainty.energy)
OF_PASSES = (
    uncertainty.predictive_entropy,
    uncertainty.expected_entropy,
    uncertainty.mutual_information,
    uncertainty.predictive_variance,
    uncertainty.variation_ratio,
)
CERTAIN, EVEN = np.array([[0.0, 1.0, 0.0, 0.0]]), np.full((1, 4), 0.25)


@pytest.fixture
def mc_probs(rng):
    return rng.dirichlet(np.ones(4), size=(30, 7))


def test_scores_of_a_hand_made_row():
    probs = np.array([[0.5, 0.3, 0.2]])
    assert uncertainty.least_confidence(probs) == pytest.approx([0.5])
    assert uncertainty.margin_uncertainty(probs) == pytest.approx([0.8])
    entropy = 0.5 * np.log(2) + 0.3 * np.log(1 / 0.3) + 0.2 * np.log(5)
    assert uncertainty.normalized_entropy(probs) == pytest.approx([entropy / np.log(3)])
    logits = np.array([[3.0, 1.0, -2.0]])
    assert uncertainty.max_logit_uncertainty(logits) == [-3]
    assert uncertainty.logit_margin_uncertainty(logits) == [-2]
    assert uncertainty.energy(logits) == pytest.approx([-np.log(np.exp(3) + np.exp(1) + np.exp(-2))])


@pytest.mark.parametrize("score", OF_PROBS)
def test_certainty_scores_exactly_zero_and_equal_probabilities_most(score):
    assert score(CERTAIN).tolist() == [0.0]
    assert not np.signbit(score(CERTAIN))[0]
    assert score(EVEN) == pytest.approx([0.75 if score is uncertainty.least_confidence else 1.0])


@pytest.mark.parametrize("score", OF_PROBS + OF_LOGITS)
def test_larger_is_less_certain_as_logits_shrink_towards_a_tie(score, rng):
    logits = np.abs(rng.normal(size=(1, 5))) * np.array([[8.0], [4.0], [2.0], [1.0]])
    values = score(logits if score in OF_LOGITS else softmax(logits))
    assert (np.diff(values) > 0).all()


def test_the_article_divides_by_the_logarithm_of_the_rows_and_gets_a_quarter(rng):
    probs = rng.dirichlet(np.ones(10), size=10_000)
    article = scipy.stats.entropy(probs, axis=-1) / np.log(len(probs))
    np.testing.assert_allclose(article, uncertainty.normalized_entropy(probs) / 4, rtol=1e-12)


def test_entropies_agree_with_scipy(mc_probs):
    np.testing.assert_allclose(
        uncertainty.predictive_entropy(mc_probs), scipy.stats.entropy(mc_probs.mean(axis=1), axis=-1), rtol=1e-12
    )
    np.testing.assert_allclose(
        uncertainty.expected_entropy(mc_probs), scipy.stats.entropy(mc_probs, axis=-1).mean(axis=1), rtol=1e-12
    )


def test_energy_does_not_overflow_and_agrees_with_scipy():
    logits = np.float32([[5000, 4999, 0]])
    assert uncertainty.energy(logits) == pytest.approx(-logsumexp([5000.0, 4999.0, 0.0]))
    assert uncertainty.energy(logits, temperature=10) == pytest.approx(-10 * logsumexp([500.0, 499.9, 0.0]))


@pytest.mark.parametrize("temperature", [0, -1.0])
def test_energy_refuses_a_temperature_that_is_not_positive(temperature):
    with pytest.raises(ValueError, match="temperature must be positive"):
        uncertainty.energy(np.zeros((1, 2)), temperature)


def test_energy_of_log_probabilities_is_zero_for_every_sample(rng):
    np.testing.assert_allclose(uncertainty.energy(np.log(rng.dirichlet(np.ones(5), 20))), 0, atol=1e-12)


def test_the_logit_margin_ignores_a_shift_and_the_largest_logit_does_not(rng):
    logits = rng.normal(size=(20, 5))
    np.testing.assert_allclose(
        uncertainty.logit_margin_uncertainty(logits + 7), uncertainty.logit_margin_uncertainty(logits), atol=1e-12
    )
    np.testing.assert_allclose(
        uncertainty.max_logit_uncertainty(logits + 7), uncertainty.max_logit_uncertainty(logits) - 7, atol=1e-12
    )


def test_passes_that_agree_have_only_aleatoric_uncertainty():
    mc_probs = np.tile([[[0.5, 0.5]]], (1, 6, 1))
    assert uncertainty.mutual_information(mc_probs).tolist() == [0.0]
    assert uncertainty.expected_entropy(mc_probs) == pytest.approx([np.log(2)])
    assert uncertainty.predictive_variance(mc_probs).tolist() == [0.0]


def test_passes_that_contradict_each_other_have_only_epistemic_uncertainty():
    mc_probs = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    assert uncertainty.mutual_information(mc_probs) == pytest.approx([np.log(2)])
    assert uncertainty.expected_entropy(mc_probs).tolist() == [0.0]
    assert uncertainty.predictive_variance(mc_probs) == pytest.approx([0.25])
    assert uncertainty.variation_ratio(mc_probs).tolist() == [0.5]


def test_the_parts_sum_to_the_total_and_mutual_information_has_its_bound(mc_probs):
    information = uncertainty.mutual_information(mc_probs)
    np.testing.assert_allclose(
        information + uncertainty.expected_entropy(mc_probs), uncertainty.predictive_entropy(mc_probs), rtol=1e-12
    )
    assert (information >= 0).all()
    assert (information <= np.log(4)).all()


@pytest.mark.parametrize(
    "score", (uncertainty.mutual_information, uncertainty.predictive_variance, uncertainty.variation_ratio)
)
def test_one_pass_cannot_disagree_with_itself(score, mc_probs):
    assert score(mc_probs[:, :1]).tolist() == [0.0] * 30


def test_variation_ratio_counts_votes(mc_probs):
    def twin(passes):
        votes = [int(np.argmax(probs)) for probs in passes]
        return 1 - max(votes.count(vote) for vote in votes) / len(votes)

    np.testing.assert_allclose(uncertainty.variation_ratio(mc_probs), [twin(passes) for passes in mc_probs])


@pytest.mark.parametrize("score", OF_PASSES)
def test_scores_of_passes_give_one_number_a_sample(score, mc_probs):
    assert score(mc_probs).shape == (30,)


def test_gen_of_a_hand_made_row():
    # 0.5^2 = 0.25 and 0.3 * 0.7 = 0.21 and 0.2 * 0.8 = 0.16
    probs = np.array([[0.5, 0.3, 0.2]])
    assert uncertainty.gen(probs) == pytest.approx([0.25**0.1 + 0.21**0.1 + 0.16**0.1], rel=1e-14)
    assert uncertainty.gen(probs, gamma=0.5) == pytest.approx([0.5 + 0.21**0.5 + 0.4], rel=1e-14)


def test_gen_agrees_with_a_loop_over_classes(rng):
    probs = rng.dirichlet(np.ones(6), size=20)
    expected = [sum(p**0.1 * (1 - p) ** 0.1 for p in row) for row in probs.tolist()]
    np.testing.assert_allclose(uncertainty.gen(probs), expected, rtol=1e-12)


def test_gen_is_zero_for_certainty_and_largest_for_equal_probabilities(rng):
    assert uncertainty.gen(CERTAIN).tolist() == [0]
    even = uncertainty.gen(np.full((1, 10), 0.1))
    assert even == pytest.approx([10 * 0.09**0.1], rel=1e-14)
    assert (uncertainty.gen(rng.dirichlet(np.ones(10), size=100)) < even).all()


def test_the_order_of_the_classes_does_not_matter_to_gen(rng):
    probs = rng.dirichlet(np.ones(5), size=20)
    np.testing.assert_allclose(uncertainty.gen(probs[:, [3, 0, 4, 2, 1]]), uncertainty.gen(probs), rtol=1e-12)


def test_gen_survives_a_probability_that_rounding_left_above_one():
    assert uncertainty.gen(np.array([[np.nextafter(1, 2), 0.0]])).tolist() == [0]


@pytest.mark.parametrize("gamma", [0, 1, -0.1])
def test_gen_refuses_a_gamma_outside_zero_and_one(gamma):
    with pytest.raises(ValueError, match=f"gamma must lie between 0 and 1, got {gamma}"):
        uncertainty.gen(EVEN, gamma)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("num_classes", range(2, 120))
def test_rounding_leaves_no_entropy_above_its_range(dtype, num_classes):
    even = np.full((1, 3, num_classes), 1 / num_classes, dtype)
    assert uncertainty.normalized_entropy(even[0]).max() <= 1
    for score in (uncertainty.predictive_entropy, uncertainty.expected_entropy):
        assert score(even)[0] == pytest.approx(np.log(num_classes))
        assert score(even)[0] <= np.log(num_classes)


def test_the_gap_of_two_float32_logits_is_exact():
    logits = np.float32([[16_777_216, 0.5, 0]])  # 2^24, where float32 has steps of 2
    assert uncertainty.logit_margin_uncertainty(logits).tolist() == [-16_777_215.5]


def test_the_least_confidence_of_logits_is_that_of_their_softmax(rng):
    logits = 20 * rng.normal(size=(200, 10)).astype(np.float32)
    expected = uncertainty.least_confidence(softmax(logits))
    np.testing.assert_allclose(uncertainty.least_confidence_of_logits(logits), expected, rtol=0, atol=1e-15)
    assert logits.flags.writeable
    assert uncertainty.least_confidence_of_logits(np.zeros((1, 4))).tolist() == [0.75]
