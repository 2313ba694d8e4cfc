import numpy as np
import pytest

from core.views import trust
from tests.core.views.tables import tables


def test_there_is_one_curve_per_method_and_one_for_a_random_ranking():
    fraction = np.array([0, 0.5, 1])
    spec = trust.pixel_curves(fraction, {"LIME": fraction, trust.RANDOM: 1 - fraction}, inserts=True)
    lines = tables(spec)["lines"]
    assert lines[lines.ranking == "LIME"].probability.tolist() == [0, 0.5, 1]
    assert set(lines.ranking) == {"LIME", trust.RANDOM}


def test_a_missing_correlation_is_left_out():
    spec = trust.broken_network({"LRP": np.array([1, np.nan, 0.2])}, ("logits", "dense"))
    points = tables(spec)["points"]
    assert points.layers.tolist() == ["none", "dense"]
    assert points.correlation.tolist() == pytest.approx([1, 0.2])


def test_every_correlation_lies_inside_the_chart():
    # That of a single map reaches -0.6 for the gradient on MNIST.
    spec = trust.broken_network({"LRP": np.array([1, -1.0])}, ("logits",))
    assert spec["encoding"]["y"]["scale"]["domain"] == [-1, 1]
