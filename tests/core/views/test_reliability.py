import numpy as np
import pytest

from core.metrics.calibration import confidence_bins
from core.views import reliability
from tests.core.views.tables import tables

BINS = confidence_bins(np.array([0.3, 0.9, 0.9, 0.8]), np.array([True, True, False, False]), num_bins=4)


def test_the_diagram_has_a_bar_per_bin_and_a_frame_around_the_chosen_one():
    found = tables(reliability.diagram(BINS, chosen=3))
    bars = found["bars"]
    assert bars["bin"].tolist() == [0, 1, 2, 3]
    assert bars["count"].tolist() == [0, 1, 0, 3]
    assert bars["accuracy"][[1, 3]].tolist() == pytest.approx([1, 1 / 3])
    assert bars["confidence"][[1, 3]].tolist() == pytest.approx([0.3, 2.6 / 3])
    assert found["chosen"].to_numpy().tolist() == [[0.75, 1]]
    assert len(tables(reliability.diagram(BINS, None))["chosen"]) == 0


def test_a_click_sends_the_bin_of_either_chart():
    for spec in (reliability.diagram(BINS, 3), reliability.counts(BINS, 3)):
        (pick,) = spec["params"]
        assert (pick["name"], pick["select"]["fields"]) == ("pick", ["bin"])


def test_the_histogram_counts_right_and_wrong_answers_of_the_same_bins():
    spec = reliability.counts(BINS, 3)
    counts = tables(spec)["counts"]
    assert counts.groupby("outcome")["count"].apply(list).to_dict() == {"right": [0, 1, 0, 1], "wrong": [0, 0, 0, 2]}
    assert counts["lower"].tolist() == [0, 0.25, 0.5, 0.75] * 2


@pytest.mark.parametrize(("largest", "end"), [(0, 10), (3, 10), (10, 10), (11, 100), (9_900, 10_000)])
def test_the_axis_of_the_histogram_ends_at_a_power_of_ten(largest, end):
    assert reliability.most_of(np.array([1, largest])) == end
