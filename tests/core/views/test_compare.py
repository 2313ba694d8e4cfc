import json

import numpy as np
import pytest

from core.metrics.spreads import spread
from core.views import compare
from core.views.compare import HOVER, Curve, Difference
from tests.core.views.tables import tables

NAMES = ["cross_entropy", "superclass"]


def difference(
    name: str, mean: float, low: float, high: float, *, settled: bool = False, chosen: bool = False
) -> Difference:
    return Difference(name, f"{mean:+.2f}", "p 0.5", ("",) * len(HOVER), mean, low, high, "superclass", settled, chosen)


def seeds(values, in_percent=True):
    return compare.seeds(values, "Test accuracy", "loss", "Higher is better", in_percent=in_percent)


def test_every_seed_is_a_dot_over_the_quartiles_of_its_group():
    shown = tables(seeds({"cross_entropy": {0: 0.1, 1: 0.2, 2: 0.4}, "superclass": {1: 0.3}}))
    assert shown["dots"][["group", "seed", "value"]].to_dict("list") == {
        "group": ["cross_entropy"] * 3 + ["superclass"],
        "seed": [0, 1, 2, 1],
        "value": [0.1, 0.2, 0.4, 0.3],
    }
    box = shown["boxes"].iloc[0]
    assert box[["low", "first", "median", "third", "high"]].tolist() == pytest.approx([0.1, 0.15, 0.2, 0.3, 0.4])
    assert shown["boxes"].iloc[1][["low", "median", "high"]].tolist() == pytest.approx([0.3, 0.3, 0.3])


def test_a_run_without_a_value_has_no_dot_and_a_group_without_values_no_box():
    shown = tables(seeds({"cross_entropy": {0: 0.1, 1: np.nan}, "superclass": {0: np.nan}}))
    assert shown["dots"].seed.tolist() == [0]
    assert shown["boxes"].group.tolist() == ["cross_entropy"]
    nothing = tables(seeds({"cross_entropy": {0: np.nan}}))
    assert nothing["dots"].empty
    assert nothing["boxes"].empty


def test_long_names_of_groups_are_slanted_and_several_settings_have_a_line_each():
    def axis(*names):
        return seeds({name: {0: 0.5} for name in names})["layer"][0]["encoding"]["x"]["axis"]

    assert axis(*NAMES)["labelAngle"] == 0
    assert axis(*NAMES, "index_ranges")["labelAngle"] == -30
    several = axis("loss = superclass, epochs = 3", "loss = superclass, epochs = 6")
    assert several["labelAngle"] == 0
    assert "split" in several["labelExpr"]


def test_a_forest_is_symmetric_about_no_difference_and_holds_every_interval():
    spec = compare.forest(
        [difference("a", 1, -0.5, 2.5, settled=True), difference("b", -1, -3, 1)], NAMES, "t", ["s"], "x"
    )
    low, high = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low == -high
    assert high > 3
    shown = tables(spec)["rows"]
    assert shown.said.tolist() == ["a  +1.00", "b  -1.00"]
    assert shown.settled.tolist() == [True, False]


def test_a_row_without_a_value_is_said_and_not_drawn():
    missing = difference("OOD AUROC", np.nan, np.nan, np.nan)
    shown = tables(compare.forest([missing], NAMES, "t", ["s"], "x"))["rows"]
    assert shown[["mean", "low", "high"]].isna().all(axis=None)


def test_the_chosen_row_is_bold():
    rows = [difference("a", 1, 0, 2), difference("b", 1, 0, 2, chosen=True)]
    assert tables(compare.forest(rows, NAMES, "t", ["s"], "x"))["rows"].weight.tolist() == ["normal", "bold"]


def learned():
    runs = {
        "cross_entropy": [Curve([1, 2], [0.1, 0.2], [0.2, 0.4]), Curve([1, 2], [0.1, 0.2], [0.4, 0.6])],
        "superclass": [Curve([1, 2, 3], [0.1, 0.2, 0.3], [0.2, 0.4, 0.5])],
    }
    spreads = {
        name: {
            "training": spread([(curve.x, curve.training) for curve in found]),
            "validation": spread([(curve.x, curve.validation) for curve in found]),
        }
        for name, found in runs.items()
    }
    return compare.curves(runs, spreads, "accuracy", "Epoch")


def test_every_run_has_a_training_and_a_validation_curve_and_every_group_mean_and_range():
    shown = tables(learned())
    lines = shown["lines"]
    assert sorted(lines.run.unique()) == [0, 1, 2]
    assert lines[(lines.run == 1) & (lines.split == "validation")].value.tolist() == pytest.approx([0.4, 0.6])
    mean = shown["spreads"].query("group == 'cross_entropy' and split == 'validation'")
    assert mean["mean"].tolist() == pytest.approx([0.3, 0.5])
    assert mean.low.tolist() == pytest.approx([0.2, 0.4])
    assert mean.high.tolist() == pytest.approx([0.4, 0.6])
    assert mean.runs.tolist() == [2, 2]


def test_the_axis_ends_with_the_longest_run_and_the_chart_is_made_of_elements_that_can_be_played():
    spec = learned()
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0, 3]
    assert spec["usermeta"]["embedOptions"]["renderer"] == "svg"


def test_another_measure_changes_the_data_and_little_else():
    first, second = (seeds({"cross_entropy": {0: value}, "superclass": {0: 0.5}}) for value in (0.1, 0.2))
    assert json.dumps(first | {"datasets": 0}) == json.dumps(second | {"datasets": 0})
    assert first["datasets"] != second["datasets"]
