"""What the browser shows on Reject while the threshold is dragged: the very texts that the page has at that threshold."""

import json
import zlib

import numpy as np
import pyarrow as pa
import pytest

from core.metrics.intervals import share_interval
from core.metrics.rejection import reject_outcome
from core.metrics.selective import accuracy_coverage_curve
from core.training import runs
from core.views.histograms import refused_side, score_bins, score_histogram
from tests.pages.test_pages import metrics
from ui import loaded
from ui.components.live import Axis, Stops
from ui.decision import slider_stops
from ui.loaded import scores
from ui.reject import live

REJECT = "pages/4_Reject.py"


@pytest.mark.parametrize("stop", [0, 1, 250, 500])
def test_the_texts_of_a_stop_are_those_of_the_page_at_this_threshold(open_page, stop):
    run = runs.find("mnist-dense")
    stops = slider_stops(loaded.scored(run, "validation", "Entropy").curve)
    texts = json.loads(zlib.decompress(live._texts(**loaded.key_of(run), score="Entropy")))
    app = open_page(REJECT, run=run.name, score="Entropy", threshold=repr(float(stops.values[stop])))
    assert {label: values[stop] for label, values in texts["tiles"].items()} == metrics(app)
    said = [markdown.value for markdown in app.markdown]
    assert texts["paragraphs"][live.ON_TEST][stop] in said
    assert texts["paragraphs"][live.ON_BOTH][stop] in said
    assert all(len(values) == len(stops.values) for values in texts["tiles"].values())


def test_the_label_of_the_histogram_is_the_one_that_the_chart_is_drawn_with():
    uncertainty, correct = np.array([0.1, 0.2, 0.3, 0.4]), np.array([True, False, True, False])
    curve, bins = accuracy_coverage_curve(uncertainty, correct), score_bins(uncertainty, correct)
    for threshold in (0.0, 0.2, 0.4):
        (outcome,) = live.outcomes(curve, np.array([threshold]))
        drawn = pa.ipc.open_stream(refused_side(bins, threshold)).read_all()["text"].to_pylist()
        assert [label for label in [live._label(outcome)] if label] == drawn


def test_marks_that_move_are_layers_of_the_charts():
    run = runs.find("mnist-dense")
    curve = scores.accuracy_coverage(run, ("Entropy",), 0.8)
    histogram = score_histogram(scores.score_bins(run, "Entropy"), 0.3, "Entropy")
    names = {live.CURVE: curve, live.HISTOGRAM: histogram}
    marks = live.marks(curve, 0.0, 1.0)
    assert [names[mark.chart]["layer"][mark.layer]["data"]["name"] for mark in marks] == [
        "chosen", "refused", "line", "refused",
    ]  # fmt: skip
    assert [names[mark.chart]["layer"][mark.layer]["mark"]["type"] for mark in marks] == [
        "point", "rect", "rule", "text",
    ]  # fmt: skip
    assert marks[0].x == Axis("coverage", 0.8, 1.0)


def test_outcomes_from_the_curve_are_the_outcomes_of_each_threshold():
    rng = np.random.default_rng(0)
    uncertainty, correct = rng.integers(0, 9, 60) / 8, rng.random(60) < 0.8  # with ties
    thresholds = np.array([-1.0, *np.unique(uncertainty), 0.3, 2.0])
    found = live.outcomes(accuracy_coverage_curve(uncertainty, correct), thresholds)
    # As texts, because two accuracies of nothing are NaN and so not equal.
    assert list(map(str, found)) == [str(reject_outcome(uncertainty, correct, threshold)) for threshold in thresholds]


def test_where_nothing_is_answered_there_is_no_interval():
    curve = accuracy_coverage_curve([0.1, 0.2, 0.3], [True, False, True])
    found = live.intervals(live.outcomes(curve, np.array([0.0, 0.1, 0.3])))
    assert found == [None, share_interval(1, 1), share_interval(2, 3)]


def test_a_value_that_misses_a_stop_by_rounding_is_the_stop():
    stops = Stops(0.1, 0.7, 6)
    np.testing.assert_allclose(stops.values, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert stops.without_rounding(np.nextafter(0.7, 0)) == 0.7
    assert stops.without_rounding(np.nextafter(0.1, 0)) == 0.1
    assert stops.without_rounding(0.25) == 0.25
    assert stops.without_rounding(5.0) == 5.0
