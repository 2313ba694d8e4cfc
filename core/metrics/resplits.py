"""Many random splits of the same samples into calibration and test, and the coverage of prediction sets in each.

Coverage depends on the order of the scores alone. So a split is kept as the places that its calibration samples take in that
order, and the same splits serve every score, every alpha and both ranks.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.conformal import SAME

Array = NDArray[np.float64]
Places = NDArray[np.unsignedinteger[Any]]


def rank_without_correction(num_samples: int, alpha: float) -> int:
    """Which of the sorted calibration scores is the plain quantile: ceil(n (1 - alpha)), without the + 1 for the new image.

    Sets with this quantile contain the true class too rarely: with probability rank / (n + 1).

    Args:
        num_samples: number of calibration scores, at least 1.
        alpha: share of the sets that may miss the true class, in (0, 1).

    Returns:
        In [1, num_samples].

    Raises:
        ValueError: alpha is not in (0, 1).

    Example:
        >>> rank_without_correction(10, alpha=0.1)
        9
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be a fraction between 0 and 1, got {alpha}.")
    return max(int(np.ceil(num_samples * (1 - alpha) - SAME)), 1)


def split_places(num_samples: int, num_calibration: int, num_splits: int = 1000, seed: int = 0) -> Places:
    """The places of the calibration samples in many random splits.

    Args:
        num_samples: of calibration and test together.
        num_calibration: how many of them are for calibration, at least 1; the rest, at least 1, is for testing.
        num_splits: how many splits.
        seed: of the splits.

    Returns:
        (num_splits, num_calibration), in [0, num_samples), each row ascending.

    Raises:
        ValueError: no sample is left for calibration or for testing.

    Example:
        >>> places = split_places(6, 4, num_splits=2)
        >>> places.shape, bool((np.diff(places.astype(int), axis=1) > 0).all())
        ((2, 4), True)
    """
    if not 1 <= num_calibration < num_samples:
        raise ValueError(
            f"There must be calibration and test images, got {num_calibration} and {num_samples - num_calibration}."
        )
    rng = np.random.default_rng(seed)
    places = np.empty((num_splits, num_calibration), dtype=np.min_scalar_type(num_samples))
    for row in places:
        row[:] = rng.choice(num_samples, num_calibration, replace=False, shuffle=False)
    places.sort(axis=1, kind="stable")  # for small integers a radix sort
    return places


def split_coverages(scores: NDArray[np.floating], places: Places, rank: int) -> Array:
    """The coverage of the test samples of each split, if the quantile is the calibration score of this rank.

    Args:
        scores: (num_samples,), of the true classes.
        places: (num_splits, num_calibration), of `split_places` for as many samples.
        rank: of the quantile, counted from 1; of more than num_calibration all sets are full.

    Returns:
        (num_splits,), fractions.

    Source:
        Angelopoulos & Bates 2021, https://arxiv.org/abs/2107.07511, section on checking the coverage.

    Example:
        >>> split_coverages(np.array([0.1, 0.2, 0.3, 0.4, 0.5]), np.array([[0, 1, 3], [1, 2, 4]]), rank=2).tolist()
        [0.0, 0.5]
    """
    num_samples, (num_splits, num_calibration) = len(scores), places.shape
    if rank > num_calibration:
        return np.ones(num_splits)
    ranked = np.sort(scores)
    # How many of all samples score at most as high as each; equal scores are covered together.
    at_most = np.searchsorted(ranked, ranked, side="right")
    covered = at_most[places[:, rank - 1]]
    has_ties = (at_most[:-1] == at_most[1:]).any()
    # Without ties, as many calibration samples are covered as the rank says.
    inside = (places < covered[:, None]).sum(axis=1) if has_ties else rank
    return np.asarray((covered - inside) / (num_samples - num_calibration))
