"""The sign-flip test of paired differences: without a difference, each difference is as likely with the other sign."""

from functools import lru_cache
from math import fsum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
EXACT_UP_TO = 20  # seeds
NUM_FLIPS = 99_999  # random sign flips for more seeds
TOGETHER = 10  # seeds whose signs are drawn together
# Two sums of differences are equal if they differ by less than this, relative to the sum of the sizes.
TIE = 1e-9


def sign_flip_p(differences: ArrayLike, seed: int = 0) -> float:
    """The share of all sign flips whose mean difference is at least as far from 0 as the mean that was seen.

    Exact for up to 20 seeds. For more it is (b + 1) / (m + 1) with b of m = 99,999 random flips at least as far.

    Args:
        differences: (num_seeds,), finite, at least one. Their order does not matter. Sums that differ by rounding only are
            equal.
        seed: of the random flips.

    Returns:
        In (0, 1]; 1 if the mean is 0.

    Raises:
        ValueError: there is no difference, or one is not finite.

    Source:
        Fisher 1935, "The Design of Experiments", section 21; (b + 1) / (m + 1): Phipson & Smyth 2010,
        https://doi.org/10.2202/1544-6115.1585

    Example:
        >>> sign_flip_p([1, 2, 3])  # only + + + and - - - are as far from 0
        0.25
    """
    values = np.asarray(differences, np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"differences must be finite, with shape (num_seeds,) and at least one, got {values}.")
    sizes = np.sort(np.abs(values))
    # A sum at least this large counts.
    least = abs(fsum(values)) - TIE * fsum(sizes)
    if least <= 0:
        return 1.0
    if len(sizes) > EXACT_UP_TO:
        return (_random_flips_as_far(sizes, least, seed) + 1) / (NUM_FLIPS + 1)
    # Every sum is a sum of one half of the seeds plus a sum of the other half: 2 x 1024 sums instead of a million.
    low, high = _signed_sums(sizes[::2]), np.sort(_signed_sums(sizes[1::2]))
    num_as_far = int((len(high) - np.searchsorted(high, least - low)).sum())
    return float(2 * num_as_far / 2 ** len(sizes))  # as many sums are below -least


def smallest_p(differences: ArrayLike) -> float:
    """The smallest `sign_flip_p` that differences of these sizes can have: that of equal signs.

    It is 2 / 2^n for n differences that are not 0. Flipping a 0 changes nothing, so zeros do not count.

    Args:
        differences: (num_seeds,), finite, at least one.

    Returns:
        In (0, 1]; with more than 20 seeds at least 1 / 100,000, because `sign_flip_p` is not less there.

    Raises:
        ValueError: as `sign_flip_p`.

    Example:
        >>> [smallest_p([1] * num_seeds) for num_seeds in (1, 5, 6, 8)]
        [1.0, 0.0625, 0.03125, 0.0078125]
        >>> smallest_p([1, -2, 3, -4, 5, 0])
        0.0625
    """
    return sign_flip_p(np.abs(np.asarray(differences, np.float64)))


def _signed_sums(sizes: Array) -> Array:
    """(2^num_sizes,): the sums with every combination of signs."""
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def _random_flips_as_far(sizes: Array, least: float, seed: int) -> int:
    sums = np.zeros(NUM_FLIPS)
    for place, choices in enumerate(_random_choices(len(sizes), seed)):
        sums += _signed_sums(sizes[place * TOGETHER : (place + 1) * TOGETHER])[choices]
    return int((np.abs(sums) >= least).sum())


@lru_cache(maxsize=4)
def _random_choices(num_seeds: int, seed: int) -> list[NDArray[np.int16]]:
    """For every ten seeds, (NUM_FLIPS,): which of the 1,024 combinations of their signs each random flip has."""
    rng = np.random.default_rng(seed)
    return [
        rng.integers(2 ** min(TOGETHER, num_seeds - start), size=NUM_FLIPS, dtype=np.int16)
        for start in range(0, num_seeds, TOGETHER)
    ]
