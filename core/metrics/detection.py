"""Detecting out-of-distribution data: *in* is in-distribution (what the network was trained for), *out* anything else.

Scores are uncertainties, larger is less certain. The positive class is **out**: a sample is flagged when its score is at
least the threshold; the true positive rate is the share of *out* that is flagged, the false positive rate that of *in*.
Rates and areas are fractions in [0, 1]. Equal scores are flagged together.

Two conventions of "FPR95" are in use, with quite different numbers. Here *out* is positive; with *in* as the positive
class it is `fpr_at_tpr(-out_scores, -in_scores)`: the share of *out* that is passed where 95 % of *in* are passed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RocCurve:
    """What each threshold flags: one point per distinct score, from flagging few samples to flagging all.

    Attributes:
        threshold: (num_points,), descending.
        in_flagged: (num_points,), the false positive rate, ascending to 1.
        out_flagged: (num_points,), the true positive rate, ascending to 1.
    """

    threshold: Array
    in_flagged: Array
    out_flagged: Array


@dataclass(frozen=True)
class Detection:
    """How well one score separates *out* from *in*, with bootstrap intervals.

    Attributes:
        auroc, aupr: areas, larger is better.
        fpr95: share of *in* flagged where 95 % of *out* are flagged; smaller is better.
        fpr95_in_positive: share of *out* passed where 95 % of *in* are passed; smaller is better.
        intervals: name of each of the four -> (lower, upper); empty without resampling.
    """

    auroc: float
    aupr: float
    fpr95: float
    fpr95_in_positive: float
    intervals: Mapping[str, tuple[float, float]]


def roc_curve(in_scores: ArrayLike, out_scores: ArrayLike) -> RocCurve:
    """The shares of *in* and *out* that each threshold flags.

    Args:
        in_scores: (num_in,).
        out_scores: (num_out,).

    Raises:
        ValueError: one of the two is empty or not one-dimensional, or a score is NaN.

    Example:
        >>> curve = roc_curve([0.1, 0.2, 0.3, 0.6], [0.6, 0.8])
        >>> curve.threshold.tolist()
        [0.8, 0.6, 0.3, 0.2, 0.1]
        >>> curve.in_flagged.tolist(), curve.out_flagged.tolist()
        ([0.0, 0.25, 0.5, 0.75, 1.0], [0.5, 1.0, 1.0, 1.0, 1.0])
    """
    threshold, in_counts, out_counts = _counts(in_scores, out_scores)
    return RocCurve(threshold, in_counts.cumsum() / in_counts.sum(), out_counts.cumsum() / out_counts.sum())


def auroc(in_scores: ArrayLike, out_scores: ArrayLike) -> float:
    """The probability that a sample of *out* scores higher than one of *in*; ties count half.

    Args:
        in_scores: (num_in,).
        out_scores: (num_out,).

    Returns:
        In [0, 1]; 1/2 is chance. Exchanging *in* and *out* gives one minus it.

    Raises:
        ValueError: as `roc_curve`.

    Source:
        Hanley & McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747

    Example:
        >>> auroc([0.1, 0.2, 0.3, 0.6], [0.6, 0.8])  # of 8 pairs 7 are in order and one is a tie
        0.9375
    """
    _, in_counts, out_counts = _counts(in_scores, out_scores)
    return _auroc(in_counts, out_counts)


def aupr(in_scores: ArrayLike, out_scores: ArrayLike) -> float:
    """Average precision with *out* positive: the mean over *out* of the precision at the threshold that is each score.

    It depends on the numbers of samples: if all scores are equal, it is num_out / (num_in + num_out).

    Args:
        in_scores: (num_in,).
        out_scores: (num_out,).

    Raises:
        ValueError: as `roc_curve`.

    Source:
        Davis & Goadrich 2006, https://doi.org/10.1145/1143844.1143874, summed without interpolation.

    Example:
        >>> aupr([0.1, 0.7], [0.6, 0.8])  # precision 1 at 0.8 and 2/3 at 0.6
        0.8333333333333333
    """
    _, in_counts, out_counts = _counts(in_scores, out_scores)
    return _aupr(in_counts, out_counts)


def fpr_at_tpr(in_scores: ArrayLike, out_scores: ArrayLike, tpr: float = 0.95) -> float:
    """The share of *in* that is flagged at the first threshold that flags at least a share `tpr` of *out*.

    Args:
        in_scores: (num_in,).
        out_scores: (num_out,).
        tpr: fraction in (0, 1].

    Raises:
        ValueError: as `roc_curve`, or tpr is not in (0, 1].

    Source:
        Hendrycks, Mazeika & Dietterich 2019, https://arxiv.org/abs/1812.04606, with *out* positive; Liang, Li & Srikant
        2018, https://arxiv.org/abs/1706.02690, with *in* positive.

    Example:
        >>> fpr_at_tpr([0.1, 0.2, 0.3, 0.7], [0.6, 0.8])  # 0.6 flags all of out
        0.25
    """
    if not 0 < tpr <= 1:
        raise ValueError(f"tpr must be a fraction in (0, 1], got {tpr}.")
    _, in_counts, out_counts = _counts(in_scores, out_scores)
    return _fpr_at_tpr(in_counts, out_counts, tpr)


def detection(
    in_scores: ArrayLike, out_scores: ArrayLike, num_resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> Detection:
    """All measures, with percentile intervals from resampling *in* and *out* separately.

    Args:
        in_scores: (num_in,).
        out_scores: (num_out,).
        num_resamples: number of bootstrap samples; 0 for no intervals.
        seed: of the resampling. The same seed draws the same samples for every score.
        level: share of the resamples inside an interval, a fraction.

    Raises:
        ValueError: as `roc_curve`.

    Source:
        Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.

    Example:
        >>> measured = detection([0.1, 0.2, 0.3, 0.6], [0.6, 0.8], num_resamples=200)
        >>> measured.auroc, measured.intervals["auroc"]
        (0.9375, (0.75, 1.0))
    """
    in_scores, out_scores = _checked(in_scores, "in"), _checked(out_scores, "out")
    # The scores are ranked once; a resample is one weight per sample, and each measure needs only sums of weights.
    distinct, rank = np.unique(-np.concatenate([in_scores, out_scores]), return_inverse=True)
    in_rank, out_rank = rank[: len(in_scores)], rank[len(in_scores) :]

    def counts(in_drawn: NDArray[np.intp], out_drawn: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return np.bincount(in_drawn, minlength=len(distinct)), np.bincount(out_drawn, minlength=len(distinct))

    whole = counts(in_rank, out_rank)
    rng = np.random.default_rng(seed)
    resampled = np.empty((num_resamples, len(MEASURES)))
    for row in resampled:
        drawn = counts(
            in_rank[rng.integers(len(in_rank), size=len(in_rank))],
            out_rank[rng.integers(len(out_rank), size=len(out_rank))],
        )
        row[:] = [measure(*drawn) for measure in MEASURES.values()]
    intervals: dict[str, tuple[float, float]] = {}
    if num_resamples:
        lower, upper = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)
        intervals = dict(zip(MEASURES, zip(lower.tolist(), upper.tolist(), strict=True), strict=True))
    return Detection(**{name: measure(*whole) for name, measure in MEASURES.items()}, intervals=intervals)


def mixture(num_in: int, num_out: int, share: float) -> tuple[int, int]:
    """The numbers of samples in the largest mix of *in* and *out* that has a given share of *out*.

    Args:
        num_in, num_out: how many samples there are.
        share: of *out* in the mix, a fraction in [0, 1].

    Returns:
        The numbers of *in* and *out*; all of one of them, and the other rounded.

    Example:
        >>> mixture(1000, 1000, 0.2)
        (1000, 250)
    """
    if share < 1 and share * num_in <= (1 - share) * num_out:
        return num_in, round(num_in * share / (1 - share))
    return round(num_out * (1 - share) / share), num_out


def _checked(scores: ArrayLike, which: str) -> Array:
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 1 or not len(scores):
        raise ValueError(f"{which}_scores must have shape (num_{which},), at least one, got {scores.shape}.")
    if np.isnan(scores).any():
        raise ValueError(f"{which}_scores must not be NaN, got {np.isnan(scores).sum()} of {len(scores)}.")
    return scores


def _counts(in_scores: ArrayLike, out_scores: ArrayLike) -> tuple[Array, NDArray[np.intp], NDArray[np.intp]]:
    """The distinct scores, descending, and how many of *in* and of *out* have each."""
    in_sorted, out_sorted = np.sort(_checked(in_scores, "in")), np.sort(_checked(out_scores, "out"))
    threshold = np.sort(np.concatenate([in_sorted, out_sorted]))
    threshold = threshold[np.append(True, threshold[1:] != threshold[:-1])]
    # The number at or below each threshold minus the number at or below the one before.
    in_counts, out_counts = (
        np.diff(np.searchsorted(scores, threshold, side="right"), prepend=0) for scores in (in_sorted, out_sorted)
    )
    return threshold[::-1], in_counts[::-1], out_counts[::-1]


def _auroc(in_counts: NDArray[np.intp], out_counts: NDArray[np.intp]) -> float:
    in_flagged = in_counts.cumsum()
    # Twice the number of pairs in order, where a tie is half a pair. Whole numbers, so nothing is rounded.
    in_order = (out_counts * (2 * (in_flagged[-1] - in_flagged) + in_counts)).sum()
    return float(in_order / (2 * in_flagged[-1] * out_counts.sum()))


def _aupr(in_counts: NDArray[np.intp], out_counts: NDArray[np.intp]) -> float:
    in_flagged, out_flagged = in_counts.cumsum(), out_counts.cumsum()
    # The maximum avoids 0 / 0 where a resample has none of the highest scores.
    return float((out_counts * out_flagged / np.maximum(in_flagged + out_flagged, 1)).sum() / out_flagged[-1])


def _fpr_at_tpr(in_counts: NDArray[np.intp], out_counts: NDArray[np.intp], tpr: float) -> float:
    in_flagged, out_flagged = in_counts.cumsum(), out_counts.cumsum()
    # The tolerance keeps 0.95 * 100 = 95.00000000000001 from asking for 96.
    first = np.searchsorted(out_flagged, tpr * out_flagged[-1] - 1e-9)
    return float(in_flagged[first] / in_flagged[-1])


MEASURES: dict[str, Callable[[NDArray[np.intp], NDArray[np.intp]], float]] = {
    "auroc": _auroc,
    "aupr": _aupr,
    "fpr95": lambda in_counts, out_counts: _fpr_at_tpr(in_counts, out_counts, 0.95),
    "fpr95_in_positive": lambda in_counts, out_counts: _fpr_at_tpr(out_counts[::-1], in_counts[::-1], 0.95),
}
