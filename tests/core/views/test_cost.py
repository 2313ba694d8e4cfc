"""The chart of cost against the threshold."""

import numpy as np
import pytest

from core.metrics.cost import compared_costs, confidences
from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve
from core.views.cost import AFTER, BEFORE, cost_against_threshold
from tests.core.views.tables import tables


def drawn(predictions: Predictions, price: int):
    """The tables of the chart, and what it is about, where validation and test are the same samples."""
    found = confidences(predictions, predictions)
    curves = {
        name: dict.fromkeys(("test", "validation"), accuracy_coverage_curve(scores[1], found.test_correct))
        for name, scores in ((BEFORE, found.before), (AFTER, found.after))
    }
    costs = compared_costs(found, price, 1)
    return tables(cost_against_threshold(curves, costs, price)), costs


@pytest.fixture
def predictions(rng) -> Predictions:
    labels = rng.integers(4, size=500)
    return Predictions(3 * np.eye(4)[labels] + 1.5 * rng.normal(size=(500, 4)), labels, tuple("abcd"))


def test_costs_are_refusals_per_hundred_images(predictions):
    data, costs = drawn(predictions, 5)
    line = data["lines"].query("scaling == 'before scaling' and split == 'test'")
    assert line["threshold"].iloc[-1] == pytest.approx(1)
    assert line["cost"].iloc[-1] == pytest.approx(
        100 * 5 * (1 - predictions.accuracy), rel=1e-5
    )  # everything is answered
    points = data["points"].set_index(["rule", "scaling"])["cost"]
    assert points["Chow's threshold", "before scaling"] == pytest.approx(100 * costs.before.chow.test_cost, rel=1e-5)
    assert points["cheapest on validation", "after scaling"] == pytest.approx(
        100 * costs.after.cheapest.test_cost, rel=1e-5
    )
    assert data["chow"].iloc[0].tolist() == [0.2, "Chow: 1/5"]


def test_where_answering_costs_far_more_than_refusing_the_line_ends(predictions):
    data, _ = drawn(predictions, 100)
    assert data["lines"]["cost"].isna().any()
    assert data["lines"]["cost"].max() <= 120


def test_where_it_is_cheapest_to_refuse_everything_there_is_no_point(rng):
    labels = rng.integers(4, size=50)
    wrong = Predictions(9 * np.eye(4)[(labels + 1) % 4], labels, tuple("abcd"))  # certain and wrong
    data, costs = drawn(wrong, 10)
    assert costs.before.cheapest.threshold == -np.inf
    assert "cheapest on validation" not in data["points"]["rule"].tolist()
