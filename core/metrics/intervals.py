"""How exact a share is that was counted on some samples."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta


def share_interval(num_hits: int, num_samples: int, level: float = 0.95) -> tuple[float, float]:
    """The exact confidence interval of a share, for example of an accuracy.

    Args:
        num_hits: number of samples that count, for example right answers.
        num_samples: at least one, drawn independently.
        level: the probability, at least, that such an interval contains the true share, a fraction in (0, 1).

    Returns:
        Lower and upper end, fractions in [0, 1].

    Raises:
        ValueError: there is no sample, num_hits is not in [0, num_samples], or level is not in (0, 1).

    Source:
        Clopper & Pearson 1934, https://doi.org/10.1093/biomet/26.4.404

    Example:
        >>> lower, upper = share_interval(95, 100)
        >>> round(lower, 3), round(upper, 3)
        (0.887, 0.984)
    """
    lower, upper = share_intervals([num_hits], [num_samples], level)
    return float(lower[0]), float(upper[0])


def share_intervals(
    num_hits: ArrayLike, num_samples: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`share_interval` of many shares at once; errors and source as there.

    Each interval has this level by itself, not all of them together.

    Args:
        num_hits: (num_shares,).
        num_samples: (num_shares,).
        level: of each interval.

    Returns:
        Lower and upper ends, each (num_shares,), fractions in [0, 1].

    Example:
        >>> lower, upper = share_intervals([95, 10], [100, 10])
        >>> lower.round(3).tolist(), upper.round(3).tolist()
        ([0.887, 0.692], [0.984, 1.0])
    """
    hits, samples = np.asarray(num_hits), np.asarray(num_samples)
    unfit = (samples < 1) | (hits < 0) | (hits > samples)
    if unfit.any():
        raise ValueError(
            f"A share needs 0 to num_samples hits of at least one sample, got {hits[unfit][0]} of {samples[unfit][0]}."
        )
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}.")
    tail, misses = (1 - level) / 2, samples - hits
    # The distributions of no hits and of no misses are a point, which scipy does not define.
    lower = np.where(hits == 0, 0.0, beta.ppf(tail, np.maximum(hits, 1), misses + 1))
    upper = np.where(misses == 0, 1.0, beta.ppf(1 - tail, hits + 1, np.maximum(misses, 1)))
    return lower, upper
