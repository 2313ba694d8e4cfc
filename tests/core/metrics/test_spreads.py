import numpy as np
import pytest

from core.metrics.spreads import spread


def test_curves_with_equal_points_are_averaged_at_these_points():
    found = spread([([1, 2, 3], [1, 2, 6]), ([1, 2, 3], [3, 2, 0])])
    assert found.x.tolist() == [1, 2, 3]
    assert found.mean.tolist() == [2, 2, 3]
    assert (found.low.tolist(), found.high.tolist()) == ([1, 2, 0], [3, 2, 6])


def test_curves_with_different_points_are_averaged_where_all_of_them_are():
    found = spread([([0, 10], [0, 10]), ([2, 4, 20], [2, 4, 20])])
    assert (found.x[0], found.x[-1]) == (2, 10)
    np.testing.assert_allclose(found.mean, found.x)
    np.testing.assert_allclose(found.low, found.high)


def test_one_curve_is_its_own_mean_and_has_no_range():
    found = spread([([1, 2], [0.5, 0.25])])
    assert found.mean.tolist() == found.low.tolist() == found.high.tolist() == [0.5, 0.25]


@pytest.mark.parametrize(("other", "points"), [([3, 4], []), ([2, 3], [2])])
def test_curves_that_do_not_overlap_have_no_mean_and_those_that_meet_have_one_point(other, points):
    assert spread([([1, 2], [1, 1]), (other, [1, 1])]).x.tolist() == points
