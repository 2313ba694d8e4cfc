import numpy as np
import pytest

from core.metrics.calibration import confidence_bins
from core.metrics.calibration_inputs import bin_edges, bins_of


@pytest.mark.parametrize("num_bins", [1, 2, 15, 30])
def test_a_value_at_an_edge_belongs_to_the_bin_below_and_zero_to_the_first(num_bins):
    assert bins_of(bin_edges(num_bins), num_bins).tolist() == [0, *range(num_bins)]
    assert bins_of(np.array([0.0, 1e-300, 1]), num_bins).tolist() == [0, 0, num_bins - 1]


def test_no_samples_have_empty_bins_and_no_error():
    found = confidence_bins(np.array([]), np.array([], bool), 3)
    assert found.count.tolist() == [0, 0, 0]
    assert np.isnan(found.accuracy).all()
    assert found.error == 0


def test_the_shares_of_the_bins_are_what_they_add_to_the_error():
    # One of four in (0, 1/2]: right with 0.4; three in (1/2, 1]: one right, with 0.9.
    found = confidence_bins(np.array([0.4, 0.9, 0.9, 0.9]), np.array([True, True, False, False]), 2)
    np.testing.assert_allclose(found.shares, [0.6 / 4, 3 * (0.9 - 1 / 3) / 4])
    assert found.error == pytest.approx(0.15 + 0.425)
