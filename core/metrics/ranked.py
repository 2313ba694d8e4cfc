"""Rankings by uncertainty, cut at the errors: all that the measures of a ranking need, for many resamples at once.

Between two errors the risk can only fall, and nothing new happens. So a ranking of n samples with m errors is kept as m
steps or fewer: a step is one distinct score that at least one error has. Equal scores are one step, so the order of the
rows never matters. Larger scores are less certain; all values are fractions.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.intp]
# A share in decimals, such as 0.29, is rarely exact in binary: 0.29 x 100 is less than 29. Two different shares of at
# most a million samples, one of them with up to five decimals, differ by more than this.
SAME = 1e-12


def checked(uncertainty: ArrayLike, correct: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
    """The arguments as arrays (num_samples,), float64 and bool.

    Raises:
        ValueError: there is no sample, the shapes differ, or a score is NaN.

    Example:
        >>> checked([1, 2], [True, True])[0].tolist()
        [1.0, 2.0]
    """
    scores, right = np.asarray(uncertainty, dtype=np.float64), np.asarray(correct, dtype=bool)
    if scores.ndim != 1 or scores.shape != right.shape or not len(scores):
        raise ValueError(
            "uncertainty and correct must have the same shape (num_samples,) with at least one sample, "
            f"got {scores.shape} and {right.shape}."
        )
    if np.isnan(scores).any():
        raise ValueError("uncertainty must not contain NaN: a sample without a score cannot be ranked.")
    return scores, right


@dataclass(frozen=True, eq=False)
class Ranked:
    """Resamples of one ranking, each as its steps from the most certain on.

    Attributes:
        num_samples: of a resample.
        start: (num_resamples, num_steps), how many samples are more certain than the step's score.
        end: the same shape, how many are at most as uncertain as it.
        errors: the same shape, how many errors have it; 0 where a resample has none of them.
    """

    num_samples: int
    start: Counts
    end: Counts
    errors: Counts

    @cached_property
    def num_errors(self) -> Counts:
        """(num_resamples,), from 0 to num_samples."""
        return np.asarray(self.errors.sum(axis=1))

    @cached_property
    def errors_before(self) -> Counts:
        """(num_resamples, num_steps), how many errors are more certain than the step's score."""
        return np.asarray(self.errors.cumsum(axis=1) - self.errors)

    @cached_property
    def area(self) -> Array:
        """(num_resamples,), the AURC, which two measures need."""
        # An error counts in the risk of every k from its place on: the sum of 1 / k, a difference of harmonic numbers. On a
        # step of c samples the expected number of errors grows linearly, which leaves the last term.
        harmonic = _harmonic(self.num_samples)
        of_start, of_end = harmonic[self.start], harmonic[self.end]
        share = self.errors / np.maximum(self.end - self.start, 1)
        total = self.errors * (1 + harmonic[-1] - of_end) - share * self.start * (of_end - of_start)
        return np.asarray(total.sum(axis=1) / self.num_samples)


@dataclass(frozen=True, eq=False)
class Ranking:
    """One score's ranking of the samples, sorted once.

    Attributes:
        place: (num_samples,), 3 x the number of the sample's step + 0 if it comes before the step, 1 if it is right and
            has the step's score, 2 if it is wrong. Samples after the last step count as before one more.
        num_steps: number of distinct scores that an error has.
    """

    place: Counts
    num_steps: int

    def ranked(self, rows: NDArray[np.integer]) -> Ranked:
        """Resamples of the ranking.

        Args:
            rows: (num_resamples, num_drawn), indices of samples, drawn with replacement.
        """
        width = 3 * (self.num_steps + 1)
        counts = np.stack([np.bincount(self.place[drawn], minlength=width) for drawn in rows])
        steps = counts.reshape(len(rows), -1, 3)[:, :-1]
        end = steps.sum(axis=2).cumsum(axis=1)
        return Ranked(rows.shape[1], end - steps[:, :, 1] - steps[:, :, 2], end, steps[:, :, 2])

    def whole(self) -> Ranked:
        """The samples themselves, as one resample that draws each of them once."""
        return self.ranked(np.arange(len(self.place))[None])


def ranking(uncertainty: ArrayLike, correct: ArrayLike) -> Ranking:
    """The ranking of samples by one score.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,) bool.

    Raises:
        ValueError: there is no sample, the shapes differ, or a score is NaN.

    Example:
        >>> steps = ranking([0.1, 0.2, 0.2, 0.9], [True, True, False, True]).whole()
        >>> steps.start.tolist(), steps.end.tolist(), steps.errors.tolist()  # one error, tied with a right answer
        ([[1]], [[3]], [[1]])
    """
    uncertainty, correct = checked(uncertainty, correct)
    of_errors = np.unique(uncertainty[~correct])
    step = np.searchsorted(of_errors, uncertainty)
    on_step = np.append(of_errors, np.nan)[step] == uncertainty
    return Ranking(3 * step + np.where(correct, on_step, 2), len(of_errors))


def aurc(ranked: Ranked) -> Array:
    """(num_resamples,): `core.metrics.selective.aurc` of each resample, in [0, 1].

    Example:
        >>> aurc(ranking([0.1, 0.2, 0.3, 0.9], [True, True, True, False]).whole()).round(4).tolist()  # 1/4 / 4
        [0.0625]
    """
    return ranked.area


def excess_aurc(ranked: Ranked) -> Array:
    """(num_resamples,): `core.metrics.selective.excess_aurc` of each resample, in [0, 1].

    Example:
        >>> excess_aurc(ranking([0.1, 0.2], [False, True]).whole()).tolist()  # (1 + 1/2) / 2 instead of (0 + 1/2) / 2
        [0.5]
    """
    harmonic = _harmonic(ranked.num_samples)
    num_right = ranked.num_samples - ranked.num_errors
    best = ranked.num_errors - num_right * (harmonic[-1] - harmonic[num_right])
    return np.asarray(ranked.area - best / ranked.num_samples)


def augrc(ranked: Ranked) -> Array:
    """(num_resamples,): `core.metrics.selective.augrc` of each resample, in [0, 1/2].

    Example:
        >>> augrc(ranking([0.1, 0.2, 0.3, 0.9], [True, True, True, False]).whole()).tolist()
        [0.03125]
    """
    twice = (ranked.errors * (2 * ranked.num_samples - ranked.start - ranked.end)).sum(axis=1)
    return np.asarray(twice / (2 * ranked.num_samples**2))


def error_auroc(ranked: Ranked) -> Array:
    """(num_resamples,): the probability that an error scores higher than a right answer; ties count half.

    Returns:
        In [0, 1], 1/2 is chance; NaN where a resample has no error or no right answer.

    Example:
        >>> error_auroc(ranking([0.1, 0.2, 0.2, 0.9], [True, True, False, True]).whole()).tolist()  # 1 + 1/2 of 3 pairs
        [0.5]
    """
    # Twice the number of right answers below each step, and once those on it. Whole numbers, so nothing is rounded.
    twice = ranked.start + ranked.end - 2 * ranked.errors_before - ranked.errors
    pairs = ranked.num_errors * (ranked.num_samples - ranked.num_errors)
    in_order = np.full(len(pairs), np.nan)
    np.divide((ranked.errors * twice).sum(axis=1), 2 * pairs, out=in_order, where=pairs > 0)
    return in_order


def coverage_at_risk(ranked: Ranked, risk: float) -> Array:
    """(num_resamples,): `core.metrics.selective.coverage_at_risk` of each resample, in [0, 1].

    Example:
        >>> coverage_at_risk(ranking([0.1, 0.2, 0.3, 0.9], [True, True, True, False]).whole(), risk=0.1).tolist()
        [0.75]
    """
    # Risk is lowest just before an error, or where everything is accepted.
    good = ranked.errors_before <= (risk + SAME) * ranked.start
    largest = np.where(good, ranked.start, 0).max(axis=1, initial=0)
    everything = ranked.num_errors <= (risk + SAME) * ranked.num_samples
    return np.asarray(np.where(everything, ranked.num_samples, largest) / ranked.num_samples)


def accuracy_at_coverage(ranked: Ranked, coverage: float) -> Array:
    """(num_resamples,): `core.metrics.selective.accuracy_at_coverage` of each resample, in [0, 1].

    Raises:
        ValueError: coverage is not a fraction.

    Example:
        >>> accuracy_at_coverage(ranking([0.1, 0.2, 0.3, 0.9], [True, True, True, False]).whole(), 0.75).tolist()
        [1.0]
    """
    if not 0 <= coverage <= 1:
        raise ValueError(f"coverage must be a fraction in [0, 1], got {coverage}.")
    k = max(int(np.ceil((coverage - SAME) * ranked.num_samples)), 1)
    inside = np.clip(k - ranked.start, 0, ranked.end - ranked.start) / np.maximum(ranked.end - ranked.start, 1)
    return np.asarray(1 - (ranked.errors * inside).sum(axis=1) / k)


@lru_cache(maxsize=4)
def _harmonic(largest: int) -> Array:
    """(largest + 1,): the harmonic numbers H(0) = 0, H(1) = 1, H(2) = 1 + 1/2, ..."""
    return np.append(0, np.cumsum(1 / np.arange(1, largest + 1)))
