"""The charts of prediction sets: data as they are sent to the browser."""

import numpy as np
import pytest

from core.metrics.conformal_coverage import GroupCoverage, coverage_law
from core.metrics.resplits import split_coverages, split_places
from core.views import resplits, sets
from tests.core.views.tables import tables

GROUPS = {
    "LAC": GroupCoverage(np.array([3, 0, 2]), np.array([1, np.nan, 0.5]), np.array([1, np.nan, 1.5])),
    "APS": GroupCoverage(np.array([3, 0, 2]), np.array([1, np.nan, 1]), np.array([1, np.nan, 2.5])),
}


def test_sizes_that_no_method_has_are_left_out_at_the_end():
    spec = sets.set_sizes({"LAC": np.array([1, 3, 0, 0]), "APS": np.array([0, 2, 2, 0])})
    bars = tables(spec)["bars"]
    assert bars["size"].tolist() == [0, 1, 2] * 2
    assert bars["images"].tolist() == [1, 3, 0, 0, 2, 2]
    assert bars["share"].tolist() == [0.25, 0.75, 0, 0, 0.5, 0.5]
    assert bars["method"].tolist() == ["LAC"] * 3 + ["APS"] * 3


def test_groups_without_images_are_not_drawn():
    points = tables(sets.size_by_difficulty(GROUPS))["points"]
    assert points["group"].tolist() == [1, 3, 1, 3]
    assert points["size"].tolist() == [1, 1.5, 1, 2.5]
    found = tables(sets.coverage_by_difficulty(GROUPS, 0.25))
    assert found["points"]["coverage"].tolist() == [1, 0.5, 1, 1]
    assert found["promise"]["promised"].tolist() == [0.75]


def test_each_class_has_a_point_for_one_quantile_and_one_for_its_own():
    points = tables(sets.class_coverages(GROUPS["LAC"], GROUPS["APS"], "abc", 0.1))["points"]
    assert points["class"].tolist() == ["a", "c"] * 2
    assert points["coverage"].tolist() == [1, 0.5, 1, 1]
    assert points["kind"].tolist() == ["one quantile for all classes"] * 2 + ["one quantile per class (Mondrian)"] * 2


def test_the_mean_coverages_have_both_ranks_for_every_number_of_images():
    found = tables(resplits.mean_coverages([10, 1000], np.eye(2), np.full((2, 2), 0.5), 1000, 0.1, 1000))
    assert found["points"]["size"].tolist() == ["10", "10", "1,000", "1,000"]
    assert found["points"]["measured"].tolist() == [1, 0, 0, 1]
    assert found["points"]["kind"].tolist() == ["with the + 1", "without the + 1"] * 2
    assert found["here"]["size"].tolist() == ["1,000"]


@pytest.mark.parametrize(("num_calibration", "num_samples"), [(10, 2000), (20, 50), (100, 300), (1, 2), (5, 8)])
def test_the_histogram_has_every_split_and_the_whole_law(rng, num_calibration, num_samples):
    coverages = split_coverages(rng.random(num_samples), split_places(num_samples, num_calibration), num_calibration)
    law = coverage_law(num_calibration, num_samples - num_calibration, 1 / (num_calibration + 1))
    bars = tables(resplits.split_coverages(coverages, law, 0.1))["bars"]
    assert bars["splits"].sum() == len(coverages)
    assert bars["exact"].sum() == pytest.approx(1, abs=2e-3)
    assert len(bars) <= resplits.NUM_BINS + 1
    assert np.ptp(bars["end"] - bars["start"]) < 1e-9


def test_coverages_that_are_all_one_are_one_bar():
    law = coverage_law(5, 100, 0.01)
    bars = tables(resplits.split_coverages(np.ones(1000), law, 0.01))["bars"]
    assert bars["splits"].tolist() == [1000]
    assert bars["exact"].tolist() == [1]
