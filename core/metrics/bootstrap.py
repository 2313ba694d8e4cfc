"""How far a measure would move if the test images were drawn once more: bootstrap intervals, paired between scores.

A resample draws as many samples as there are, with replacement. Every score is measured on the same resamples, so the
difference of two scores on one resample is a paired difference: what both owe to the luck of the draw cancels.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.ranked import Ranked, Ranking

Array = NDArray[np.float64]
Measures = Mapping[str, Callable[[Ranked], Array]]  # name -> a function of `core.metrics.ranked`
NUM_RESAMPLES = 10_000
DRAWN_AT_ONCE = 400_000  # indices of samples; they fit into the processor's cache


def draws(num_samples: int, num_resamples: int, seed: int) -> Iterator[NDArray[np.integer]]:
    """The rows of bootstrap resamples, some resamples at a time.

    Args:
        num_samples: of the sample, and of each resample.
        num_resamples: how many resamples in all.
        seed: of the drawing; the same seed draws the same rows.

    Returns:
        Arrays (resamples at a time, num_samples) of indices in [0, num_samples).

    Example:
        >>> [rows.shape for rows in draws(40_000, 15, seed=0)]
        [(10, 40000), (5, 40000)]
    """
    rng = np.random.default_rng(seed)
    at_once = max(DRAWN_AT_ONCE // num_samples, 1)
    for first in range(0, num_resamples, at_once):
        yield rng.integers(num_samples, size=(min(at_once, num_resamples - first), num_samples), dtype=np.int32)


def resampled(
    rankings: Mapping[str, Ranking], measures: Measures, num_resamples: int = NUM_RESAMPLES, seed: int = 0
) -> dict[str, dict[str, Array]]:
    """Every measure of every score on the same bootstrap resamples.

    Args:
        rankings: score -> its ranking of the same samples.
        measures: name -> function of many resamples.
        num_resamples: how many resamples.
        seed: of the drawing.

    Returns:
        score -> measure -> (num_resamples,).

    Raises:
        ValueError: there is no score, or two scores rank different numbers of samples.

    Source:
        Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.

    Example:
        >>> from core.metrics.ranked import augrc, ranking
        >>> score = ranking(np.arange(100), np.arange(100) < 90)  # the ten least certain are wrong
        >>> values = resampled({"score": score}, {"augrc": augrc}, num_resamples=1000)["score"]["augrc"]
        >>> [round(end, 3) for end in interval(values)]
        [0.001, 0.013]
    """
    sizes = {len(ranking.place) for ranking in rankings.values()}
    if len(sizes) != 1:
        raise ValueError(
            f"All scores must rank the same samples, at least one score; got {sorted(sizes)} samples. Give each score one "
            "value per sample."
        )
    values = {score: {name: np.empty(num_resamples) for name in measures} for score in rankings}
    done = 0
    for rows in draws(sizes.pop(), num_resamples, seed):
        for score, ranking in rankings.items():
            ranked = ranking.ranked(rows)
            for name, measure in measures.items():
                values[score][name][done : done + len(rows)] = measure(ranked)
        done += len(rows)
    return values


def interval(values: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval: between its ends lies the middle share `level` of the resamples.

    Args:
        values: (num_resamples,) of a measure, or the difference of two scores on the same resamples.
        level: a fraction in (0, 1).

    Returns:
        Lower and upper end. Resamples on which the measure is not defined (NaN) are left out; NaN if that is all of them.

    Raises:
        ValueError: level is not in (0, 1).

    Source:
        Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.

    Example:
        >>> interval(np.arange(201), level=0.5)
        (50.0, 150.0)
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}.")
    values = np.asarray(values, dtype=np.float64)
    defined = values[~np.isnan(values)]
    if not len(defined):
        return float("nan"), float("nan")
    lower, upper = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(lower), float(upper)
