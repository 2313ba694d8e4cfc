import numpy as np
import pytest

from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve
from core.metrics.two_networks import disagreement
from core.views import ensembles, two_networks
from core.views.ensembles import Marks
from core.views.two_networks import NetworkCurves
from tests.core.views.tables import tables


def curve(rng, num_samples=500, accuracy=0.8):
    return accuracy_coverage_curve(rng.random(num_samples), rng.random(num_samples) < accuracy)


def test_both_networks_have_a_curve_on_each_split_and_are_read_at_the_same_coverage(rng):
    first = NetworkCurves("plain", curve(rng), curve(rng, 100))
    second = NetworkCurves("other", curve(rng, accuracy=0.6), curve(rng, 100))
    found = tables(two_networks.two_curves(first, second))
    assert found["curves"].groupby(["network", "split"], observed=True).size().to_dict() == {
        (name, split): two_networks.NUM_POINTS for name in ("plain", "other") for split in ("test", "validation")
    }
    last = found["preview"].iloc[-1]
    assert last["coverage"] == 1
    assert last["first_test"] == pytest.approx(first.test.accuracy[-1])
    assert last["second_validation"] == pytest.approx(second.validation.accuracy[-1])
    assert (last["first"], last["second"]) == ("plain", "other")


def test_a_curve_with_one_point_is_flat(rng):
    one = accuracy_coverage_curve([0.5, 0.5], [True, False])
    found = tables(two_networks.two_curves(NetworkCurves("a", one, one), NetworkCurves("b", one, one)))
    assert set(found["curves"]["accuracy"]) == {0.5}


def test_each_image_is_in_one_case():
    labels = np.array([0, 0, 0, 0, 0, 0])
    first = Predictions(np.eye(3)[[0, 0, 0, 1, 1, 1]], labels, tuple("abc"))
    second = Predictions(np.eye(3)[[0, 1, 1, 0, 1, 2]], labels, tuple("abc"))
    found = tables(two_networks.cases(disagreement(first, second), "A", "B", "only A right"))["cases"]
    assert found["count"].tolist() == [1, 2, 1, 1, 1]
    assert found["share"].sum() == pytest.approx(1)
    assert found["case"][found["chosen"]].tolist() == ["only A right"]


def test_dots_leave_out_what_is_not_known():
    nan = float("nan")
    recipes = {"plain": Marks({0: 0.5, 1: 0.6}, 0.7, nan), "other": Marks({0: nan, 1: nan}, nan, nan)}
    found = tables(ensembles.dots(recipes, "Accuracy", "higher is better", in_percent=True))["dots"]
    assert found[["recipe", "kind", "of", "value"]].to_numpy().tolist() == [
        ["plain", "single run", "seed 0", 0.5],
        ["plain", "single run", "seed 1", 0.6],
        ["plain", "ensemble", "2 networks", 0.7],
    ]


def test_an_ensemble_has_a_curve_per_member_and_two_of_its_own(rng):
    members = [curve(rng) for _ in range(3)]
    points = tables(ensembles.curves(members, curve(rng), curve(rng)))["points"]
    lines = points.groupby("line")["kind"].first().tolist()
    assert lines == ["single run"] * 3 + ["ensemble", "by mutual information"]
    assert points[points["line"] == 1]["accuracy"].iloc[-1] == pytest.approx(members[1].accuracy[-1])
