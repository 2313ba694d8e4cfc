import numpy as np
import pytest

from core.metrics import uncertainty
from core.metrics.ensemble import ensemble
from core.metrics.predictions import Predictions

NAMES = tuple("abc")


@pytest.fixture
def members(rng):
    labels = rng.integers(3, size=200)
    return [Predictions(rng.normal(0, 3, (200, 3)), labels, NAMES) for _ in range(4)]


def test_the_probabilities_are_the_mean_of_the_members_to_the_precision_of_float32(members):
    mean = np.mean([member.probs for member in members], axis=0)
    found = ensemble(members).predictions
    error = np.abs(found.probs / mean - 1)
    # A logarithm is rounded by at most 6e-8 of its size, and so is the logarithm of the sum: by 6e-8 of the entropy.
    assert (error <= 6e-8 * (np.abs(np.log(mean)) + np.log(3))).all()
    assert found.predicted.tolist() == mean.argmax(axis=1).tolist()
    assert found.labels.tolist() == members[0].labels.tolist() and found.class_names == NAMES


def test_the_mean_of_probabilities_is_not_the_mean_of_logits():
    # Two are just in favour of the first class; the third is sure of the second.
    labels = np.array([1])
    logits = [np.log([[0.55, 0.45]]), np.log([[0.55, 0.45]]), np.log([[0.01, 0.99]])]
    found = ensemble([Predictions(member, labels, ("a", "b")) for member in logits]).predictions
    assert found.probs == pytest.approx(np.array([[0.37, 0.63]]))


def test_disagreement_is_that_over_passes_with_members_in_their_place(members):
    found = ensemble(members).over_members
    mc_probs = np.stack([member.probs for member in members], axis=1)
    for name in ("predictive_entropy", "expected_entropy", "mutual_information", "variation_ratio"):
        np.testing.assert_array_equal(getattr(found, name), getattr(uncertainty, name)(mc_probs))
    assert found.predictive_entropy == pytest.approx(found.expected_entropy + found.mutual_information, abs=1e-12)
    assert (found.mutual_information <= np.log(3)).all()


def test_mutual_information_by_hand():
    labels = np.array([0, 0])
    sure = [Predictions(np.array([row, [0.0, 0.0]]), labels, ("a", "b")) for row in ([200.0, 0.0], [0.0, 200.0])]
    found = ensemble(sure).over_members
    # Two sure members that disagree: ln 2, all of it between them. Two unsure members that agree: ln 2, none of it.
    assert found.predictive_entropy == pytest.approx([np.log(2)] * 2)
    assert found.expected_entropy == pytest.approx([0, np.log(2)])
    assert found.mutual_information == pytest.approx([np.log(2), 0])


def test_members_that_are_equal_say_together_what_each_says(members):
    found = ensemble([members[0]] * 3)
    np.testing.assert_allclose(found.predictions.probs, members[0].probs, rtol=2e-6)
    assert found.over_members.mutual_information == pytest.approx(np.zeros(200), abs=1e-12)


def test_the_order_of_the_members_does_not_matter(members):
    found, other = ensemble(members), ensemble(members[::-1])
    np.testing.assert_allclose(found.predictions.logits, other.predictions.logits, rtol=1e-6)


def test_a_probability_that_is_rounded_to_zero_has_a_finite_logarithm():
    sure = Predictions(np.array([[2000.0, 0.0]]), np.array([0]), ("a", "b"))
    assert sure.probs[0, 1] == 0
    found = ensemble([sure, sure]).predictions
    assert found.logits.tolist() == [[0, -2000]]
    assert found.probs.tolist() == [[1, 0]]


def test_very_sure_answers_can_still_be_ranked():
    logits = np.array([[30.0, 0.0], [31.0, 0.0], [32.0, 0.0]])
    found = ensemble([Predictions(logits, np.zeros(3, int), ("a", "b"))] * 2).predictions
    assert (np.diff(uncertainty.least_confidence(found.probs)) < 0).all()


def test_fewer_than_two_members_are_refused_in_a_sentence(members):
    for few in ([], members[:1]):
        with pytest.raises(ValueError, match=f"at least two networks, got {len(few)}"):
            ensemble(few)


def test_members_of_other_images_or_classes_are_refused_in_a_sentence(members):
    others = Predictions(members[0].logits, (members[0].labels + 1) % 3, NAMES)
    with pytest.raises(ValueError, match="200 of 200 labels differ"):
        ensemble([members[0], others])
    with pytest.raises(ValueError, match="same classes"):
        ensemble([members[0], Predictions(members[0].logits, members[0].labels, tuple("abd"))])
