import numpy as np
import pytest

from core.metrics.temperatures import at_temperatures
from core.views import temperature
from tests.core.views.tables import tables

STOPS = np.array([0.5, 1, 2, 4])


@pytest.fixture
def found(rng):
    logits, labels = 2 * rng.normal(size=(200, 4)), rng.integers(4, size=200)
    labels[:120] = logits[:120].argmax(axis=1)
    return at_temperatures(logits, labels, STOPS)


def test_every_chart_begins_at_one(found):
    likelihood = temperature.likelihood(found, np.zeros(4), 1.4, {"test": 200, "validation": 50})
    charts = (temperature.accuracy_coverage, temperature.reliability, temperature.confidences)
    for spec in (likelihood, *(chart(found) for chart in charts)):
        assert spec["params"] == [{"name": "temperature", "value": 1}]


def test_the_dashed_curve_is_that_of_one(found):
    data = tables(temperature.accuracy_coverage(found))
    assert data["fixed"]["accuracy"].tolist() == data["curves"]["accuracy 1"].tolist()


def test_the_bars_and_the_histogram_of_each_temperature_count_all_answers(found):
    bars = tables(temperature.reliability(found))["bars"]
    counts = tables(temperature.confidences(found))["counts"]
    for place, each in enumerate(found):
        assert bars[f"count {place}"].tolist() == each.bins.count.tolist()
        assert counts[f"count {place}"].sum() == 200
        wrong = counts[counts["outcome"] == "wrong"][f"count {place}"]
        assert wrong.sum() == each.curve.num_errors[-1]
    # The larger T, the less sure.
    assert (np.diff([each.confidence.mean() for each in found]) < 0).all()


def test_the_mark_stands_on_the_test_line_and_the_fitted_temperature_is_drawn_if_there_is_one(found):
    spec = temperature.likelihood(found, np.arange(4.0), 1.4, {"test": 200, "validation": 50})
    data = tables(spec)
    lines = data["lines"].groupby("split")["nll"].apply(list).to_dict()
    assert lines["test, n = 200"] == pytest.approx([each.nll for each in found])
    assert lines["validation, n = 50"] == [0, 1, 2, 3]
    assert data["now"]["nll 2"].tolist() == pytest.approx([found[2].nll])
    assert data["fitted"]["T"].tolist() == [1.4]
    for none in (0.0, np.inf):
        data = tables(temperature.likelihood(found, np.arange(4.0), none, {"test": 200, "validation": 50}))
        assert "fitted" not in data
