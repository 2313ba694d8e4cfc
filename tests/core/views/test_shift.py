import numpy as np
import pytest

from core.metrics.detection import roc_curve
from core.metrics.selective import accuracy_coverage_curve
from core.views import shift
from tests.core.views.tables import tables


def test_the_bars_of_each_data_set_sum_to_one(rng):
    scores = {"MNIST": rng.normal(size=300), "Fashion-MNIST": rng.normal(2, size=50)}
    bars = tables(shift.two_histograms(scores, 0.5, "score"))["bars"]
    assert bars.groupby("data")["share"].sum().to_dict() == {
        "MNIST": pytest.approx(1),
        "Fashion-MNIST": pytest.approx(1),
    }


def test_the_refused_side_of_two_histograms_is_shaded_from_the_threshold_to_the_end():
    scores = {"MNIST": np.array([0.1, 0.2]), "Fashion-MNIST": np.array([0.6, 0.9])}
    (row,) = tables(shift.two_histograms(scores, 0.5, "score"))["refused"].to_dict("records")
    assert (row["start"], row["end"], row["text"]) == (0.5, 0.9, "refused")
    assert tables(shift.two_histograms(scores, 1.0, "score"))["refused"].empty


def test_a_roc_begins_at_the_origin_ends_at_one_and_is_thinned(rng):
    spec = shift.roc({"score": roc_curve(rng.normal(size=5000), rng.normal(1, size=5000))})
    lines = tables(spec)["lines"]
    assert lines.iloc[0][["in_flagged", "out_flagged"]].tolist() == [0, 0]
    assert lines.iloc[-1][["in_flagged", "out_flagged"]].tolist() == [1, 1]
    assert len(lines) <= 2 * shift.MOST_POINTS + 1
    assert (np.diff(lines.in_flagged) >= 0).all()
    assert (np.diff(lines.out_flagged) >= 0).all()


def test_curves_against_strength_and_over_both_data_sets_have_the_given_values(rng):
    spec = shift.against_strength((0, 1), {"accuracy": np.array([1, 0.5])}, 1, "title", "axis", percent=True)
    assert tables(spec)["points"].value.tolist() == [1, 0.5]
    curve = accuracy_coverage_curve([1, 2, 3], [True, True, False])
    lines = tables(shift.joint_curve({"score": curve}))["lines"]
    assert lines.coverage.iloc[-1] == 1
    assert lines.accuracy.iloc[-1] == pytest.approx(2 / 3)


def test_only_the_chosen_samples_are_points():
    spec = shift.two_doubts({"MNIST": (np.array([0.1, 0.2]), np.array([0.3, 0.4]))}, {"MNIST": np.array([1])})
    point = tables(spec)["points"].iloc[0]
    assert (point.aleatoric, point.epistemic) == pytest.approx((0.2, 0.4))
    assert (point["sample"], point.data) == (1, "MNIST")
