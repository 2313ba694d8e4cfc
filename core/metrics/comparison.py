"""Two recipes, each trained with the same seeds: is the second better than the first, or is it chance?

The values are paired by seed: the two runs of a pair begin with the same weights and see the same batches. All tests are
two-sided.

The sign-flip test decides whether a difference is settled; the t interval says how large the difference is. Only the test
is exact for a few seeds: it needs no normal distribution, only that without a difference each sign is equally likely. So
the two can disagree. Five seeds with equal signs may have an interval without 0, but their p cannot be less than 0.0625:
not settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, isnan, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import nct, norm, t

from core.metrics.sign_flip import sign_flip_p, smallest_p

Array = NDArray[np.float64]
SETTLED = 0.05  # the largest adjusted p of a difference that is settled
# Values that differ by less than this, relative to the largest of them, differ by rounding only.
ROUNDING = 1e-12
POWER = 0.8
MOST_SEEDS = 1_000  # that `seeds_needed` tries


@dataclass(frozen=True, eq=False)
class PairedComparison:
    """What the seeds say about the difference between two recipes.

    Attributes:
        differences: (num_seeds,), second - first, in the order of the seeds; without seeds that lack a value.
        mean: of the differences; NaN without a seed.
        sd: sample standard deviation of the differences (ddof 1); NaN with fewer than two seeds.
        interval: lower and upper end of the paired 95 % t interval of the mean; NaN with fewer than two seeds.
        p: of the sign-flip test, in (0, 1]; NaN without a seed.
        smallest_p: the smallest p that differences of these sizes can have, whatever their signs; 1 without a seed.
    """

    differences: Array
    mean: float
    sd: float
    interval: tuple[float, float]
    p: float
    smallest_p: float

    @property
    def num_seeds(self) -> int:
        return len(self.differences)

    @property
    def interval_excludes_zero(self) -> bool:
        """Whether 0 is outside of the t interval; this does not decide whether the difference is settled."""
        lower, upper = self.interval
        return lower > 0 or upper < 0


@dataclass(frozen=True)
class Verdict:
    """Whether a difference is settled, among all the differences that are tested together.

    Attributes:
        p: adjusted by Holm's method; NaN without a seed.
        settled: p is at most 0.05.
        within_reach: whether so few seeds can settle it: p would be at most 0.05 if all differences had the same sign.
    """

    p: float
    settled: bool
    within_reach: bool


def paired_comparison(first: ArrayLike, second: ArrayLike) -> PairedComparison:
    """The mean difference between two recipes over the same seeds, with its interval and its p.

    Args:
        first: (num_seeds,), for example test accuracies; NaN where a seed has no value.
        second: (num_seeds,), of the same seeds in the same order. A seed is left out if either value is NaN.

    Raises:
        ValueError: the shapes differ, or a value is infinite.

    Source:
        Student 1908, https://doi.org/10.1093/biomet/6.1.1, and, for the p, `sign_flip_p`.

    Example:
        >>> found = paired_comparison([0.90, 0.91, 0.90, 0.92, 0.91], [0.91, 0.93, 0.91, 0.94, 0.92])
        >>> round(found.mean, 3), [round(end, 4) for end in found.interval]
        (0.014, [0.0072, 0.0208])
        >>> found.p, found.smallest_p
        (0.0625, 0.0625)
    """
    before, after = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if before.ndim != 1 or before.shape != after.shape:
        raise ValueError(
            f"first and second must have the same shape (num_seeds,), one value per seed, got {before.shape} and {after.shape}."
        )
    there = ~(np.isnan(before) | np.isnan(after))
    before, after = before[there], after[there]
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise ValueError("The values to compare must be finite, got infinity; give NaN for a seed without a value.")
    differences = after - before
    num_seeds = len(differences)
    noise = ROUNDING * float(np.abs([before, after]).max(initial=0))
    differences[np.abs(differences) <= noise] = 0
    mean = fsum(differences) / num_seeds if num_seeds else nan
    sd, interval = nan, (nan, nan)
    if num_seeds > 1:
        sd = float(differences.std(ddof=1)) if np.ptp(differences) > 2 * noise else 0.0
        half = float(t.ppf(0.975, num_seeds - 1)) * sd / sqrt(num_seeds)
        interval = mean - half, mean + half
    differences.flags.writeable = False
    if not num_seeds:
        return PairedComparison(differences, mean, sd, interval, nan, 1.0)
    return PairedComparison(differences, mean, sd, interval, sign_flip_p(differences), smallest_p(differences))


def holm(p_values: ArrayLike) -> Array:
    """p values adjusted for several tests: if only those up to 0.05 count, the chance of any false one is at most 5 %.

    Args:
        p_values: (num_tests,); NaN for a test that could not be made, which does not count as a test.

    Returns:
        (num_tests,), each at least its p value and at most 1; NaN stays NaN.

    Source:
        Holm 1979, https://www.jstor.org/stable/4615733

    Example:
        >>> holm([0.01, 0.04, 0.03]).tolist()  # 3 x 0.01; 2 x 0.03; 1 x 0.04, but not less than the one before
        [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, np.float64)
    order = np.argsort(given)[: np.count_nonzero(~np.isnan(given))]  # NaN is sorted to the end
    adjusted = np.full(given.shape, np.nan)
    scaled = np.arange(len(order), 0, -1) * given[order]
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return adjusted


def verdicts(comparisons: Sequence[PairedComparison]) -> tuple[Verdict, ...]:
    """What is settled of several differences that are tested together; of a single one, p is not changed.

    Returns:
        One per comparison, in the same order.

    Example:
        >>> equal_signs = paired_comparison([0] * 8, [1, 2, 3, 4, 5, 6, 7, 8])
        >>> verdicts([equal_signs])
        (Verdict(p=0.0078125, settled=True, within_reach=True),)
        >>> verdicts([equal_signs] * 9)[0]  # eight seeds cannot settle any of nine measures
        Verdict(p=0.0703125, settled=False, within_reach=False)
    """
    seen = np.array([comparison.p for comparison in comparisons])
    found = []
    for place, (comparison, p) in enumerate(zip(comparisons, holm(seen).tolist(), strict=True)):
        best = seen.copy()
        best[place] = comparison.smallest_p
        # NaN is not at most 0.05.
        found.append(Verdict(p, p <= SETTLED, bool(holm(best)[place] <= SETTLED)))
    return tuple(found)


def fewest_seeds(num_comparisons: int = 1) -> int:
    """The smallest number of seeds that can settle anything, when this many differences are tested together.

    Example:
        >>> fewest_seeds(), fewest_seeds(num_comparisons=9)
        (6, 9)
    """
    num_seeds = 1
    while num_comparisons * 2.0 ** (1 - num_seeds) > SETTLED:
        num_seeds += 1
    return num_seeds


def seeds_needed(comparison: PairedComparison, num_comparisons: int = 1) -> int | None:
    """How many seeds would settle such a difference in four of five repetitions (a power of 80 %).

    It assumes normal differences whose true mean and standard deviation are those seen. Both are estimates from a few
    seeds, so this is a rough guide. It can be fewer than the seeds at hand, because one repetition of five fails.

    Args:
        comparison: of at least two seeds.
        num_comparisons: how many differences are tested together; each is then tested at 0.05 / num_comparisons.

    Returns:
        The smallest number at which the paired t test has this power and the sign-flip p can be small enough. None if the
        comparison has fewer than two seeds, or if 1,000 seeds would not do, as for a mean of 0.

    Source:
        Cohen 1988, "Statistical Power Analysis for the Behavioral Sciences", chapter 2.

    Example:
        >>> seeds_needed(paired_comparison([0, 0, 0], [1, 2, 3]))  # the mean is 2 standard deviations
        6
        >>> seeds_needed(paired_comparison([0, 0, 0], [-1, 1, 3]))  # half a standard deviation
        34
    """
    if isnan(comparison.sd) or comparison.mean == 0:
        return None
    level = SETTLED / num_comparisons
    effect = abs(comparison.mean) / comparison.sd if comparison.sd else np.inf
    num_seeds = np.arange(fewest_seeds(num_comparisons), MOST_SEEDS + 1)
    limit = t.ppf(1 - level / 2, num_seeds - 1)
    # Far beyond the limit the power is 1. The other tail, a settled difference with the wrong sign, does not count.
    shift = np.minimum(effect * np.sqrt(num_seeds), limit + 10)
    enough = nct.sf(limit, num_seeds - 1, shift) >= POWER
    # Where only equal signs reach the level, the sign-flip test has less power than the t test.
    only_equal_signs = 4 * 2.0**-num_seeds > level
    enough &= ~only_equal_signs | (norm.cdf(effect) ** num_seeds >= POWER)
    return int(num_seeds[enough.argmax()]) if enough.any() else None
