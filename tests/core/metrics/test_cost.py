import numpy as np
import pytest

from core.metrics import cost
from core.metrics.predictions import Predictions, softmax
from core.metrics.selective import expected_cost

UNCERTAINTY = np.array([0.1, 0.2, 0.2, 0.3, 0.9])
CORRECT = np.array([True, True, False, True, False])
NAMES = tuple("abcd")


def drawn(rng, num_samples, scale) -> Predictions:
    """Labels drawn from the probabilities, which then are exaggerated by a scale of the logits."""
    logits = 2 * rng.normal(size=(num_samples, 4))
    labels = (softmax(logits).cumsum(axis=1) < rng.random((num_samples, 1))).sum(axis=1)
    return Predictions(scale * logits, np.minimum(labels, 3), NAMES)


def test_the_curve_is_the_expected_cost_at_every_threshold():
    curve = cost.cost_curve(UNCERTAINTY, CORRECT, error_cost=3, reject_cost=1)
    assert curve.threshold.tolist() == [-np.inf, 0.1, 0.2, 0.3, 0.9]
    assert curve.cost.tolist() == pytest.approx([1, 4 / 5, 5 / 5, 4 / 5, 6 / 5])
    expected = [expected_cost(UNCERTAINTY, CORRECT, threshold, 3, 1) for threshold in curve.threshold]
    np.testing.assert_allclose(curve.cost, expected)
    np.testing.assert_allclose(curve.coverage, [np.mean(threshold >= UNCERTAINTY) for threshold in curve.threshold])


def test_of_equally_cheap_thresholds_the_one_that_accepts_most_is_chosen():
    assert cost.cheapest_threshold(UNCERTAINTY, CORRECT, error_cost=3, reject_cost=1) == 0.3


def test_where_errors_are_dear_all_is_refused_and_where_refusals_are_dear_nothing():
    assert cost.cheapest_threshold([0.1, 0.2], [False, True], error_cost=10, reject_cost=1) == -np.inf
    assert cost.cheapest_threshold(UNCERTAINTY, CORRECT, error_cost=1, reject_cost=5) == 0.9
    assert cost.cheapest_threshold(UNCERTAINTY, CORRECT, error_cost=1, reject_cost=0) == 0.1
    assert cost.cheapest_threshold([0.5], [True], error_cost=1, reject_cost=1) == 0.5
    assert cost.cheapest_threshold([0.5], [False], error_cost=2, reject_cost=1) == -np.inf


def test_the_order_of_the_rows_does_not_matter(rng):
    uncertainty, correct = rng.integers(0, 20, 300) / 20, rng.random(300) > 0.3
    shuffled = rng.permutation(300)
    assert cost.cheapest_threshold(uncertainty, correct, 2, 1) == cost.cheapest_threshold(
        uncertainty[shuffled], correct[shuffled], 2, 1
    )


def test_for_calibrated_probabilities_chow_is_nearly_the_cheapest(rng):
    found = cost.cost_comparison(drawn(rng, 20_000, 1), drawn(rng, 20_000, 1), error_cost=4, reject_cost=1)
    assert found.temperature == pytest.approx(1, abs=0.05)
    assert found.before.chow.threshold == found.after.chow.threshold == 0.25
    assert found.before.gap == pytest.approx(0, abs=0.01)
    assert found.before.cheapest.validation_cost <= found.before.chow.validation_cost


def test_the_gap_that_overconfidence_makes_is_closed_by_the_temperature(rng):
    validation, test = drawn(rng, 20_000, 3), drawn(rng, 20_000, 3)
    found = cost.cost_comparison(validation, test, error_cost=4, reject_cost=1)
    assert found.temperature == pytest.approx(3, abs=0.1)
    assert found.before.gap > 0.05
    assert found.after.gap == pytest.approx(0, abs=0.01)
    assert found.after.chow.test_coverage < found.before.chow.test_coverage
    scores = 1 - softmax(test.logits / found.temperature).max(axis=1)
    assert found.after.chow.test_cost == pytest.approx(expected_cost(scores, test.correct, 0.25, 4, 1))


def test_chow_cannot_refuse_where_a_refusal_costs_nearly_as_much_as_an_error(rng):
    predictions = drawn(rng, 200, 1)
    assert cost.cost_comparison(predictions, predictions, 4, 1).can_refuse
    dear = cost.cost_comparison(predictions, predictions, 4, 3)
    assert not dear.can_refuse
    assert dear.before.chow.test_coverage == 1
    assert dear.before.chow.test_cost == pytest.approx(dear.answer_all)
    assert dear.refuse_all == 3


@pytest.mark.parametrize("right", [True, False])
def test_all_right_and_all_wrong_have_a_temperature_that_is_a_limit(right):
    logits = np.float32([[5, 0, 0, 0], [0, 1, 0, 0]])
    predictions = Predictions(logits, np.array([0, 1]) if right else np.array([1, 0]), NAMES)
    found = cost.cost_comparison(predictions, predictions, error_cost=4, reject_cost=1)
    assert found.temperature == (0 if right else np.inf)
    assert found.after.chow.test_cost == (0 if right else 1)  # answers everything, or refuses everything


def test_saturated_logits_keep_their_order():
    logits = np.float32([[60, 0], [90, 0]])
    assert (cost.scaled_probs(logits, 1.0).max(axis=1) == 1).all()
    scaled = cost.scaled_probs(logits, 40.0)
    np.testing.assert_allclose(scaled, softmax(np.float64(logits) / 40))
    assert scaled[0, 0] < scaled[1, 0] < 1
    assert cost.scaled_probs(np.float32([[1e30, -1e30]]), 1e-300).tolist() == [[1, 0]]


def test_impossible_prices_and_temperatures_are_refused():
    with pytest.raises(ValueError, match="error_cost must be positive"):
        cost.cheapest_threshold([0.1], [True], 0, 1)
    with pytest.raises(ValueError, match="temperature must be at least 0"):
        cost.scaled_probs(np.zeros((1, 2)), -1)
