"""The letters of every chart can be read from the back of a lecture room."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import core.views
from core.metrics.calibration import reliability_bins
from core.metrics.conformal_coverage import GroupCoverage, coverage_law
from core.metrics.confusion import GroupConfusion
from core.metrics.cost import compared_costs, confidences
from core.metrics.detection import roc_curve
from core.metrics.guarantee import risk_curve, sgr
from core.metrics.hierarchy import HierarchicalCurve
from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve
from core.metrics.spreads import Spread
from core.metrics.team import Division, team_curve
from core.metrics.temperatures import at_temperatures
from core.metrics.two_networks import Disagreement
from core.views import (
    at_stops,
    bars,
    compare,
    cost,
    curves,
    drawing,
    ensembles,
    guarantee,
    hierarchy,
    histograms,
    learning,
    matrices,
    reliability,
    resplits,
    risk_curves,
    sets,
    shift,
    team,
    temperature,
    through_training,
    trust,
    two_networks,
    votes,
)
from core.views.charts import NEUTRAL, Spec
from core.views.ensembles import Marks
from core.views.through_training import Line
from core.views.two_networks import NetworkCurves

LEAST = 13  # pixels
MANY = 37  # classes
CURVE = accuracy_coverage_curve([0.1, 0.2, 0.3, 0.4], [True, True, True, False])
BINS = histograms.score_bins(np.array([0.1, 0.2, 0.4]), np.array([True, True, False]))
HALF = np.array([0.5, 0.5])
STEPS = np.array([0.0, 0.5, 1.0])
HISTORY = [{"epoch": 1, "loss": 1.0, "accuracy": 0.5, "validation_loss": 1.0, "validation_accuracy": 0.5}]
GROUPS = GroupConfusion(
    ("animal", "vehicle"), np.array([3, 3]), np.array([[1, 2], [0, 1]]), np.zeros(2, np.intp), np.zeros(2)
)
SHARES = HierarchicalCurve(STEPS, STEPS, STEPS, STEPS, STEPS, STEPS)
SPREAD = Spread(STEPS, STEPS, STEPS, STEPS)
DIFFERENCE = compare.Difference("measure", "+1", "p 0.5", ("",) * len(compare.HOVER), 1, 0, 2, "a", True, True)
CASES = Disagreement(*np.eye(5, dtype=bool))
COVERED = GroupCoverage(np.array([3, 3]), HALF, HALF)
NAMES = [f"class {number}" for number in range(MANY)]


def cells(num_classes: int) -> Spec:
    matrix = np.eye(num_classes, dtype=int)
    order = np.arange(num_classes)
    return matrices.confusion_cells(matrix, NAMES[:num_classes], order, None, shares=False, mute_diagonal=False)


RELIABILITY = reliability_bins(np.array([[0.6, 0.4]]), np.array([0]))
TEMPERATURES = at_temperatures(np.array([[1.0, 0], [0, 2]]), np.array([0, 0]), np.array([1.0, 2]))
PREDICTIONS = Predictions(np.array([[1.0, 0], [0, 2]]), np.array([0, 0]), ("a", "b"))
CHARTS: dict[str, list[Spec]] = {
    "at_stops.accuracy_coverage": [at_stops.accuracy_coverage([CURVE], "stop", 0, ("shown", "fixed"), 0, 300)],
    "at_stops.reliability": [at_stops.reliability([RELIABILITY], "stop", 0, 300)],
    "at_stops.confidences": [at_stops.confidences([RELIABILITY], "stop", 0, 300)],
    "bars.class_bars": [bars.class_bars(HALF, "ab", 0, "title", "axis", percent=True)],
    "bars.hard_classes": [
        bars.hard_classes(np.eye(number, dtype=int), NAMES[:number], ["group"] * number) for number in (2, MANY)
    ],
    "bars.right_and_wrong": [bars.right_and_wrong(1, 2, "title")],
    "compare.seeds": [compare.seeds({"a": {0: 0.5}, "b": {0: 0.6}}, "measure", "loss", "better", in_percent=True)],
    "compare.forest": [compare.forest([DIFFERENCE], "ab", "title", ["subtitle"], "axis")],
    "compare.curves": [
        compare.curves(
            {"a": [compare.Curve([1, 2], [0.5, 0.6], [0.4, 0.5])]},
            {"a": {"training": SPREAD, "validation": SPREAD}},
            quantity,
            "epochs",
        )
        for quantity in ("accuracy", "loss")
    ],
    "cost.cost_against_threshold": [
        cost.cost_against_threshold(
            {name: dict.fromkeys(("test", "validation"), CURVE) for name in (cost.BEFORE, cost.AFTER)},
            compared_costs(confidences(PREDICTIONS, PREDICTIONS), 5, 1),
            5,
        )
    ],
    "curves.accuracy_coverage": [curves.accuracy_coverage([curves.ScoreCurves("score", CURVE, CURVE)], 4)],
    "drawing.probability_bars": [drawing.probability_bars(HALF, "ab", "right")],
    "drawing.passes_strip": [drawing.passes_strip(HALF[None], "ab")],
    "drawing.place_on_histogram": [drawing.place_on_histogram(BINS, 0.2, 0.3, "axis")],
    "drawing.place_on_curve": [drawing.place_on_curve(CURVE, 0.2, 0.3)],
    "ensembles.dots": [ensembles.dots({"a": Marks({0: 0.5}, 0.6, 0.7)}, "title", "better", in_percent=True)],
    "ensembles.curves": [ensembles.curves([CURVE], CURVE, CURVE)],
    "guarantee.bound_above_risk": [
        guarantee.bound_above_risk(
            risk_curve(np.arange(90), np.ones(90, bool), 0.1),
            CURVE,
            0.1,
            {"SGR": sgr(np.arange(90), np.ones(90, bool), 0.1, 0.1)},
        )
    ],
    "hierarchy.hierarchical_shares": [hierarchy.hierarchical_shares(SHARES, 0.5)],
    "hierarchy.hierarchical_accuracy": [hierarchy.hierarchical_accuracy(SHARES, 0.5)],
    "histograms.score_histogram": [histograms.score_histogram(BINS, 0.2, "axis")],
    "learning.learning_curve": [learning.learning_curve(HISTORY, "loss", 1)],
    "matrices.confusion_heatmap": [matrices.confusion_heatmap(np.eye(2, dtype=int), "ab", "ab")],
    "matrices.confusion_cells": [cells(2), cells(MANY)],
    "matrices.group_cells": [matrices.group_cells(GROUPS, refuses=True)],
    "resplits.mean_coverages": [resplits.mean_coverages([10, 20], np.eye(2), np.eye(2), 10, 0.1, 1000)],
    "resplits.split_coverages": [resplits.split_coverages(HALF, coverage_law(9, 10, 0.1), 0.1)],
    "sets.set_sizes": [sets.set_sizes({"LAC": np.array([1, 2])})],
    "sets.size_by_difficulty": [sets.size_by_difficulty({"LAC": COVERED})],
    "sets.coverage_by_difficulty": [sets.coverage_by_difficulty({"LAC": COVERED}, 0.1)],
    "sets.class_coverages": [sets.class_coverages(COVERED, COVERED, "ab", 0.1)],
    "reliability.diagram": [reliability.diagram(RELIABILITY, 9)],
    "reliability.counts": [reliability.counts(RELIABILITY, 9)],
    "risk_curves.risk_coverage": [risk_curves.risk_coverage({"a": CURVE, "b": CURVE})],
    "shift.two_histograms": [shift.two_histograms({"in": HALF, "out": HALF}, 0.5, "axis")],
    "shift.roc": [shift.roc({"score": roc_curve(HALF, HALF)})],
    "shift.against_strength": [shift.against_strength(STEPS, {"accuracy": STEPS}, 0, "title", "axis", percent=True)],
    "shift.joint_curve": [shift.joint_curve({"score": CURVE})],
    "shift.two_doubts": [shift.two_doubts({"in": (HALF, HALF)}, {"in": np.array([0])})],
    "team.team_accuracy": [
        team.team_accuracy(team_curve(HALF, [True, False], 0.8), Division(0.5, 0.5, 0.9, 1.0, 0.8, 0.5))
    ],
    "temperature.accuracy_coverage": [temperature.accuracy_coverage(TEMPERATURES)],
    "temperature.reliability": [temperature.reliability(TEMPERATURES)],
    "temperature.confidences": [temperature.confidences(TEMPERATURES)],
    "temperature.likelihood": [
        temperature.likelihood(TEMPERATURES, HALF, fitted, {"test": 2, "validation": 2}) for fitted in (0, 1.5)
    ],
    "through_training.accuracy_coverage": [through_training.accuracy_coverage([CURVE])],
    "through_training.reliability": [through_training.reliability([reliability_bins(np.eye(2), np.array([0, 1]))])],
    "through_training.confusion": [through_training.confusion(np.ones((1, 2, 2), int), "ab")],
    "through_training.class_bars": [through_training.class_bars(HALF[None], "ab", 0)],
    "through_training.measure": [
        through_training.measure({"a": Line([1], [0.5])}, "title", "subtitle", in_percent=True)
    ],
    "trust.pixel_curves": [trust.pixel_curves(STEPS, {"method": STEPS}, inserts=True)],
    "trust.broken_network": [trust.broken_network({"method": HALF}, ("logits",))],
    "two_networks.two_curves": [
        two_networks.two_curves(NetworkCurves("a", CURVE, CURVE), NetworkCurves("b", CURVE, CURVE))
    ],
    "two_networks.cases": [two_networks.cases(CASES, "a", "b", "only a right")],
    "votes.votes_beside_network": [votes.votes_beside_network(HALF, np.array([1, 2]), "ab", 0)],
    "votes.doubt_beside_people": [votes.doubt_beside_people(HALF[None], np.array([[1, 2]]), least=1)],
    "votes.errors_by_class": [votes.errors_by_class(HALF, HALF, "ab")],
}


def chart_functions() -> Iterator[str]:
    """Every public function of core.views that returns a chart."""
    for found in pkgutil.iter_modules(core.views.__path__):
        module = importlib.import_module(f"core.views.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            made_here = function.__module__ == module.__name__ and not name.startswith("_")
            annotations = inspect.get_annotations(function, eval_str=True)
            if made_here and annotations["return"] == Spec:
                yield f"{found.name}.{name}"


def parts(spec: object, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every (path, key, value) inside a specification, without its data."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key != "datasets":
                yield path, key, value
                yield from parts(value, f"{path}/{key}")
    elif isinstance(spec, list):
        for number, value in enumerate(spec):
            yield from parts(value, f"{path}/{number}")


DRAWN = [pytest.param(spec, id=name) for name, specs in CHARTS.items() for spec in specs]


def test_every_chart_is_read_here():
    changes = {
        "charts.marked",
        "charts.readable",
        "drawing.compact",
        "curves.with_chosen",
        "curves.with_band",
        "stops.following",
    }
    assert set(chart_functions()) - changes == set(CHARTS)


@pytest.mark.parametrize("spec", DRAWN)
def test_no_letter_is_smaller_than_13_pixels(spec):
    sizes = {f"{path}/{key}": value for path, key, value in parts(spec) if key.lower().endswith("fontsize")}
    assert {path: size for path, size in sizes.items() if size < LEAST} == {}
    assert {
        f"/config/{part}"
        for part in ("axis/labelFontSize", "axis/titleFontSize", "legend/labelFontSize", "title/fontSize")
    } <= set(sizes)
    marks = [mark for _, key, mark in parts(spec) if key == "mark" and mark["type"] == "text"]
    assert all("fontSize" in mark for mark in marks)


@pytest.mark.parametrize("spec", DRAWN)
def test_axes_and_legends_are_in_the_colour_of_the_pages_text(spec):
    config = spec["config"]
    assert config["axis"]["labelColor"] == config["axis"]["titleColor"] == config["legend"]["labelColor"] == NEUTRAL
    marks = [mark for _, key, mark in parts(spec) if key == "mark" and mark["type"] == "text"]
    assert {mark["color"] for mark in marks} <= {NEUTRAL, "white"}  # white on the deep colours of a matrix
