import numpy as np
import pytest

from core.metrics.calibration import expected_calibration_error, reliability_bins
from core.metrics.selective import accuracy_coverage_curve
from core.views import at_stops, through_training
from core.views.stops import at_stop, by_stop, following
from core.views.through_training import Line
from tests.core.views.tables import rows, tables

NAMES = ("a", "b", "c")


@pytest.fixture
def probs(rng):
    return rng.dirichlet(np.ones(3), size=(4, 300))  # four epochs


@pytest.fixture
def labels(rng):
    return rng.integers(3, size=300)


def parameter(spec) -> dict[str, object]:
    (found,) = spec["params"]
    return found


def test_a_table_has_a_column_per_value_and_stop():
    found = rows(by_stop([{"count": [1, 2]}, {"count": [3, 4]}], name=["a", "b"]))
    assert found.columns.tolist() == ["name", "count 0", "count 1"]
    assert found["count 1"].tolist() == [3, 4]
    assert at_stop("epoch", "count") == {"count": "datum['count ' + epoch]"}


def test_a_chart_that_follows_is_drawn_as_svg_and_keeps_its_other_parameters():
    spec = following({"params": [{"name": "hover"}]}, "epoch", 3)
    assert spec["params"] == [{"name": "hover"}, {"name": "epoch", "value": 3}]
    assert spec["usermeta"]["embedOptions"]["renderer"] == "svg"


def test_the_curve_of_each_epoch_ends_at_its_accuracy(probs, labels):
    curves = [accuracy_coverage_curve(1 - each.max(axis=1), each.argmax(axis=1) == labels) for each in probs]
    spec = through_training.accuracy_coverage(curves)
    found = tables(spec)
    assert parameter(spec) == {"name": "epoch", "value": 3}
    for epoch, each in enumerate(probs):
        points = found["curves"][[f"coverage {epoch}", f"accuracy {epoch}"]].to_numpy()
        assert len(points) == at_stops.NUM_POINTS
        assert points[-1].tolist() == pytest.approx([1, (each.argmax(axis=1) == labels).mean()])
        assert (np.diff(points[:, 0]) >= 0).all()
    assert found["fixed"]["accuracy"].tolist() == found["curves"]["accuracy 3"].tolist()


def test_the_bars_of_each_epoch_have_its_ece_as_their_mean_gap(probs, labels):
    spec = through_training.reliability([reliability_bins(each, labels) for each in probs])
    bars = tables(spec)["bars"]
    assert len(bars) == 15
    for epoch, each in enumerate(probs):
        there = bars[bars[f"count {epoch}"] > 0]
        assert there[f"count {epoch}"].sum() == 300
        gaps = (there[f"accuracy {epoch}"] - there[f"confidence {epoch}"]).abs()
        assert np.average(gaps, weights=there[f"count {epoch}"]) == pytest.approx(
            expected_calibration_error(each, labels), abs=1e-6
        )


def test_the_cells_of_all_epochs_share_their_colours():
    counts = np.array([[[5, 0], [1, 4]], [[100, 0], [0, 100]]])
    spec = through_training.confusion(counts, ("cat", "dog"))
    cells = tables(spec)["cells"]
    assert cells[["true", "answer", "count 0", "count 1"]].to_numpy().tolist() == [
        ["cat", "cat", 5, 100],
        ["cat", "dog", 0, 0],
        ["dog", "cat", 1, 0],
        ["dog", "dog", 4, 100],
    ]
    assert cells["strength 0"].max() < cells["strength 1"].max()
    assert [step["as"] for step in spec["transform"]] == ["count", "strength", "text"]


def test_the_bars_of_an_image_say_what_is_right_and_what_is_predicted_at_each_epoch():
    spec = through_training.class_bars(np.array([[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]]), NAMES, label=2)
    bars = tables(spec)["bars"]
    assert bars["role 0"].tolist() == ["other", "predicted, wrong", "true class"]
    assert bars["role 1"].tolist() == ["other", "other", "true class"]
    assert bars["value 1"].tolist() == pytest.approx([0.1, 0.2, 0.7])


def test_a_measure_has_a_line_per_run_and_marks_the_epochs_of_the_first():
    lines = {"plain": Line([0.5, 1.0], [0.3, 0.4]), "other": Line([1, 2, 3], [0.1, 0.2, 0.3])}
    spec = through_training.measure(lines, "Accuracy", "Higher is better", in_percent=True)
    found = tables(spec)
    assert found["points"].groupby("run")["epoch"].apply(list).to_dict() == {"plain": [0.5, 1], "other": [1, 2, 3]}
    assert found["now"].to_numpy().tolist() == [[0.5, 1.0]]
    assert parameter(spec)["value"] == 1
