"""Prediction sets: as many classes as it takes to contain the true one with probability 1 - alpha.

A score says how badly a class fits an image; the larger, the worse. The scores of the true classes of calibration images
give a quantile, and a set holds the classes with scores up to it. If calibration and new images are drawn alike, the set
contains the true class with probability 1 - alpha at least, on average over both. Sets are bool (num_samples, num_classes).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Sets = NDArray[np.bool_]
# A rank in decimals, such as 0.9 x 10, may be slightly over the whole number that is meant.
SAME = 1e-9


def quantile_rank(num_samples: int, alpha: float) -> int:
    """Which of the sorted calibration scores is the quantile: ceil((n + 1)(1 - alpha)), counted from 1.

    The + 1 is the new image, whose own score is as likely to have any rank among the n + 1. Without it the sets of a few
    calibration images contain the true class too rarely.

    Args:
        num_samples: number of calibration scores, at least 0.
        alpha: share of the sets that may miss the true class, in (0, 1).

    Returns:
        At least 1; num_samples + 1 means that there are too few scores for any quantile but infinity.

    Raises:
        ValueError: alpha is not in (0, 1).

    Source:
        Vovk, Gammerman & Shafer 2005, "Algorithmic Learning in a Random World"; Angelopoulos & Bates 2021,
        https://arxiv.org/abs/2107.07511

    Example:
        >>> quantile_rank(99, alpha=0.1), quantile_rank(8, alpha=0.1)
        (90, 9)
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be a fraction between 0 and 1, got {alpha}.")
    return max(int(np.ceil((num_samples + 1) * (1 - alpha) - SAME)), 1)


def conformal_quantile(scores: ArrayLike, alpha: float) -> float:
    """The calibration score of rank ceil((n + 1)(1 - alpha)): one of the scores, nothing in between.

    Args:
        scores: (num_samples,), of the true classes of the calibration images.
        alpha: share of the sets that may miss the true class, in (0, 1).

    Returns:
        Infinity, which gives sets of all classes, if the rank is greater than the number of scores.

    Raises:
        ValueError: alpha is not in (0, 1), a score is NaN, or scores is not one-dimensional.

    Source:
        Vovk, Gammerman & Shafer 2005; Angelopoulos & Bates 2021, https://arxiv.org/abs/2107.07511

    Example:
        >>> conformal_quantile(np.arange(1, 100), alpha=0.1), conformal_quantile([0.1, 0.2], alpha=0.1)
        (90.0, inf)
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"scores must have shape (num_samples,), got {values.shape}.")
    if np.isnan(values).any():
        raise ValueError("scores must not contain NaN: a sample without a score has no rank.")
    rank = quantile_rank(len(values), alpha)
    return float(np.partition(values, rank - 1)[rank - 1]) if rank <= len(values) else float("inf")


def class_quantiles(scores: ArrayLike, groups: NDArray[np.integer], num_groups: int, alpha: float) -> Array:
    """A quantile for each group, for example each true class, from its own scores: Mondrian prediction sets.

    The sets then contain the true class with probability 1 - alpha within each group. A group with few scores may have an
    infinite quantile. With the true class as group, class k belongs to a set if its score is at most the quantile of k.

    Args:
        scores: (num_samples,), of the true classes of the calibration images.
        groups: (num_samples,), in [0, num_groups).
        num_groups: number of groups.
        alpha: share of the sets that may miss the true class, in (0, 1).

    Returns:
        (num_groups,).

    Raises:
        ValueError: as `conformal_quantile`.

    Source:
        Vovk 2012, https://arxiv.org/abs/1209.2673

    Example:
        >>> class_quantiles([0.1, 0.2, 0.3, 0.9], np.array([0, 0, 0, 1]), 2, alpha=0.5).tolist()
        [0.2, 0.9]
    """
    values = np.asarray(scores, dtype=np.float64)
    return np.array([conformal_quantile(values[groups == number], alpha) for number in range(num_groups)])


def lac_scores(probs: ArrayLike, uniform: Array | None = None) -> Array:
    """Least ambiguous sets: one minus the probability of each class.

    These sets are the smallest on average, and may be empty.

    Args:
        probs: (num_samples, num_classes).
        uniform: not used; the other scores have it.

    Returns:
        (num_samples, num_classes), in [0, 1].

    Source:
        Sadinle, Lei & Wasserman 2019, https://arxiv.org/abs/1609.00451

    Example:
        >>> lac_scores([[0.75, 0.25]]).tolist()
        [[0.25, 0.75]]
    """
    return 1 - np.asarray(probs, dtype=np.float64)


def aps_scores(probs: ArrayLike, uniform: Array | None = None) -> Array:
    """Adaptive prediction sets: the probability of all classes at least as likely as each class.

    Use random numbers if the network is sure of most images. Without them every sure and right answer scores nearly 1, so
    the quantile is nearly 1: for `cifar10-conv10` and alpha 0.1 the sets have 4.1 classes on average instead of 1.3. With or
    without, a set is empty where even the most likely class has a score over the quantile.

    Args:
        probs: (num_samples, num_classes). Of equally likely classes the one with the lower index comes first.
        uniform: (num_samples,), one random number in [0, 1) per sample, which takes that share of the class's own probability
            away; None for no randomness. Use them for calibration and for prediction, or for neither.

    Returns:
        (num_samples, num_classes), in [0, 1] but for rounding.

    Source:
        Romano, Sesia & Candès 2020, https://arxiv.org/abs/2006.02544

    Example:
        >>> aps_scores([[0.5, 0.25, 0.25]]).tolist(), aps_scores([[0.5, 0.25, 0.25]], np.array([0.5])).tolist()
        ([[0.5, 0.75, 1.0]], [[0.25, 0.625, 0.875]])
    """
    return raps_scores(probs, uniform, penalty=0.0)


def raps_scores(probs: ArrayLike, uniform: Array | None = None, penalty: float = 0.01, num_free: int = 1) -> Array:
    """Regularised adaptive prediction sets: the adaptive score plus a penalty for each class beyond the first few.

    The penalty keeps out long tails of classes with small probabilities, whose order is mostly noise.

    Args:
        probs: (num_samples, num_classes). Of equally likely classes the one with the lower index comes first.
        uniform: (num_samples,) random numbers as for `aps_scores`, or None.
        penalty: added for each rank beyond num_free, at least 0.
        num_free: how many classes cost nothing.

    Returns:
        (num_samples, num_classes), at least 0.

    Raises:
        ValueError: the penalty is negative.

    Source:
        Angelopoulos, Bates, Malik & Jordan 2021, https://arxiv.org/abs/2009.14193

    Example:
        >>> raps_scores([[0.5, 0.25, 0.25]], penalty=0.125, num_free=1).tolist()
        [[0.5, 0.875, 1.25]]
    """
    if penalty < 0:
        raise ValueError(f"penalty must be at least 0, got {penalty}.")
    probs = np.asarray(probs, dtype=np.float64)
    order = np.argsort(-probs, axis=1, kind="stable")
    ranked = np.take_along_axis(probs, order, axis=1)
    values = ranked.cumsum(axis=1)
    if uniform is not None:
        values -= np.asarray(uniform)[:, None] * ranked
    values += penalty * np.maximum(np.arange(1, probs.shape[1] + 1) - num_free, 0)
    scores = np.empty_like(values)
    np.put_along_axis(scores, order, values, axis=1)
    return scores


def true_class(scores: Array, labels: NDArray[np.integer]) -> Array:
    """The score of the true class of each sample, from which the quantile comes.

    Args:
        scores: (num_samples, num_classes).
        labels: (num_samples,).

    Returns:
        (num_samples,).

    Example:
        >>> true_class(np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([1, 0])).tolist()
        [0.75, 0.5]
    """
    return np.asarray(scores[np.arange(len(labels)), labels])


def sets(scores: Array, quantile: ArrayLike) -> Sets:
    """The prediction sets: classes with a score of at most the quantile.

    Args:
        scores: (num_samples, num_classes), of the same kind as those that gave the quantile.
        quantile: one number; (num_classes,) for one per class; or (num_samples, 1) for one per group of samples.

    Returns:
        (num_samples, num_classes).

    Example:
        >>> sets(lac_scores([[0.75, 0.25], [0.5, 0.5]]), 0.5).tolist()
        [[True, False], [True, True]]
    """
    return np.asarray(scores <= np.asarray(quantile, dtype=np.float64))


def lac_sets(probs: ArrayLike, quantile: ArrayLike) -> Sets:
    """Prediction sets of `lac_scores`: {k: p_k >= 1 - quantile}. They may be empty.

    Example:
        >>> lac_sets([[0.75, 0.25], [0.5, 0.5]], 0.25).tolist()
        [[True, False], [False, False]]
    """
    return sets(lac_scores(probs), quantile)


def aps_sets(probs: ArrayLike, quantile: ArrayLike, uniform: Array | None = None) -> Sets:
    """Prediction sets of `aps_scores`, with random numbers if the quantile was found with some.

    Example:
        >>> aps_sets([[0.5, 0.25, 0.25]], 0.75).tolist()
        [[True, True, False]]
    """
    return sets(aps_scores(probs, uniform), quantile)


def raps_sets(
    probs: ArrayLike, quantile: ArrayLike, uniform: Array | None = None, penalty: float = 0.01, num_free: int = 1
) -> Sets:
    """Prediction sets of `raps_scores`, with the settings with which the quantile was found.

    Example:
        >>> raps_sets([[0.5, 0.25, 0.25]], 0.75, penalty=0.125).tolist()
        [[True, False, False]]
    """
    return sets(raps_scores(probs, uniform, penalty, num_free), quantile)
