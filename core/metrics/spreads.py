"""Several learning curves as one: their mean and the range that they span."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
NUM_POINTS = 60  # of curves that do not share their points


@dataclass(frozen=True, eq=False)
class Spread:
    """The mean of several curves and their range, at points that all of them reach.

    Attributes:
        x: (num_points,), ascending; empty if there is no point that all curves reach.
        mean, low, high: (num_points,), over the curves.
    """

    x: Array
    mean: Array
    low: Array
    high: Array


def spread(curves: Sequence[tuple[ArrayLike, ArrayLike]]) -> Spread:
    """The mean, the smallest and the largest value of several curves.

    Curves with different points are interpolated linearly where all of them are.

    Args:
        curves: at least one; each with x, ascending, and values, both (num_points,) with at least one point.

    Example:
        >>> found = spread([([1, 2], [0.2, 0.4]), ([1, 2], [0.4, 0.6])])
        >>> found.mean.round(2).tolist(), found.low.tolist(), found.high.tolist()
        ([0.3, 0.5], [0.2, 0.4], [0.4, 0.6])
    """
    points = [(np.asarray(x, np.float64), np.asarray(values, np.float64)) for x, values in curves]
    x = points[0][0]
    if not all(np.array_equal(x, other) for other, _ in points):
        start, end = max(other[0] for other, _ in points), min(other[-1] for other, _ in points)
        x = np.linspace(start, end, NUM_POINTS) if start < end else np.array([start] if start == end else [])
    values = np.array([np.interp(x, *curve) for curve in points])
    return Spread(x, values.mean(axis=0), values.min(axis=0), values.max(axis=0))
