"""Selective prediction with a guaranteed risk by fixed-sequence testing: thresholds are fixed first, then tested in order.

The promise and its terms are those of `core.metrics.guarantee`. The thresholds must not depend on the samples that test
them, for example because they come from the scores of other samples. Those need no labels.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.guarantee import Guarantee, none_holds, risk_bound, samples_needed
from core.metrics.ranked import checked

Array = NDArray[np.float64]
SHARE = 0.1  # of the validation samples, whose scores give the thresholds
NUM_THRESHOLDS = 200
SPARE_ERRORS = (
    1  # that the first threshold survives: more coverage than with 0, 2, 3, 5 or 8 on CIFAR-10 and Fashion-MNIST
)
DEVIATIONS = 3  # by how many standard deviations more samples than needed are expected at the first threshold


def fixed_sequence(
    uncertainty: ArrayLike, correct: ArrayLike, thresholds: ArrayLike, risk: float, delta: float
) -> Guarantee:
    """The last threshold, from the strictest on, before the first whose bound on the risk exceeds `risk`.

    Each bound uses all of delta. Proof: the thresholds are fixed, so there is a first one whose true risk exceeds r. A
    false promise needs the bound of this one to hold, because no test passes it by. For a fixed threshold the accepted
    samples are independent draws from what it accepts, so its bound is exact and wrongly holds with probability delta at
    most. Nothing is assumed about how the risk changes with the threshold, and nothing has to be shared among the tests.

    The order matters: no threshold is skipped, and the first failure ends the search, even if later bounds would hold. So
    the first threshold should accept enough samples, as `threshold_grid` sees to. To skip those that accept too few in the
    calibration sample itself would make the start depend on that sample, which the proof does not cover.

    Args:
        uncertainty: (num_samples,), of a calibration sample that was used to choose nothing else, nor the thresholds.
        correct: (num_samples,) bool.
        thresholds: (num_thresholds,), ascending, fixed before the calibration sample is looked at. None: no threshold holds.
        risk: the wanted bound on the error rate of the accepted, in (0, 1).
        delta: the allowed probability that the true risk is higher, in (0, 1).

    Raises:
        ValueError: there is no sample, the shapes differ, a score is NaN, the thresholds do not ascend, or risk or delta
            is not in (0, 1).

    Source:
        Angelopoulos, Bates, Candès, Jordan & Lei 2021, "Learn then Test", https://arxiv.org/abs/2110.01052, section on
        fixed-sequence testing.

    Example:
        >>> uncertainty, correct = np.arange(1000), np.arange(1000) < 900  # the 100 least certain are wrong
        >>> found = fixed_sequence(uncertainty, correct, np.arange(200, 1000, 10), risk=0.05, delta=0.01)
        >>> found.coverage, found.threshold, found.num_errors, round(found.bound, 4), found.num_tried
        (0.931, 930.0, 31, 0.0496, 75)
    """
    uncertainty, correct = checked(uncertainty, correct)
    thresholds = np.asarray(thresholds, dtype=np.float64)
    if thresholds.ndim != 1 or not (thresholds[1:] >= thresholds[:-1]).all() or np.isnan(thresholds).any():
        raise ValueError("thresholds must be numbers in ascending order, from the strictest on: sort them.")
    samples_needed(risk, delta)  # checks both
    order = np.argsort(uncertainty)
    num_accepted = np.searchsorted(uncertainty[order], thresholds, side="right")
    num_errors = np.append(0, np.cumsum(~correct[order]))[num_accepted]
    bounds = risk_bound(num_errors, num_accepted, delta)
    fails = np.flatnonzero(bounds > risk)
    num_passed = int(fails[0]) if len(fails) else len(thresholds)
    num_tried = min(num_passed + 1, len(thresholds))
    if not num_passed:
        return none_holds(num_tried)
    last = num_passed - 1
    return Guarantee(
        threshold=float(thresholds[last]),
        coverage=float(num_accepted[last] / len(correct)),
        bound=float(bounds[last]),
        num_accepted=int(num_accepted[last]),
        num_errors=int(num_errors[last]),
        num_tried=num_tried,
    )


def threshold_grid(
    uncertainty: ArrayLike, num_calibration: float, risk: float, delta: float, num_thresholds: int = NUM_THRESHOLDS
) -> Array:
    """Thresholds for `fixed_sequence` at even steps of coverage, from the scores of samples that it does not test on.

    The first is so large that the calibration sample can be expected to accept enough samples: as many as pass in spite of
    one error, and three standard deviations more, because both samples are drawn at random. Without room for an error, a
    single early one ends the search; with room for more, a small risk cannot be reached at all.

    Args:
        uncertainty: (num_samples,), of other samples, without labels.
        num_calibration: how many calibration samples will be tested, or how many are expected.
        risk: as for `fixed_sequence`.
        delta: as for `fixed_sequence`.
        num_thresholds: at most so many; equal ones are left out.

    Returns:
        (at most num_thresholds,), ascending to the largest score; empty if there is no sample, or if all calibration samples
        together are too few.

    Raises:
        ValueError: a score is NaN, or risk or delta is not in (0, 1).

    Example:
        >>> threshold_grid(np.arange(1000), num_calibration=1000, risk=0.05, delta=0.05, num_thresholds=5).tolist()
        [143.0, 357.0, 571.0, 785.0, 999.0]
    """
    needed = samples_needed(risk, delta, SPARE_ERRORS)
    scores = np.asarray(uncertainty, dtype=np.float64)
    if not len(scores) or num_calibration < needed:
        return np.empty(0)
    ranked = np.sort(checked(scores, np.ones(len(scores), bool))[0])
    # m samples are accepted, give or take sqrt(m (1 + n / other)): the smallest m that stays over what is needed.
    half = DEVIATIONS * np.sqrt(1 + num_calibration / len(scores)) / 2
    first = min((half + np.sqrt(half**2 + needed)) ** 2 / num_calibration, 1.0)
    coverages = np.linspace(first, 1, num_thresholds)
    return np.unique(ranked[np.ceil(coverages * len(ranked) - 1e-9).astype(int) - 1])


def split_off(num_samples: int, share: float = SHARE, seed: int = 0) -> NDArray[np.bool_]:
    """Which samples are split off at random, to give the thresholds that the others test.

    Args:
        num_samples: at least 2.
        share: of the samples that are split off, in (0, 1).
        seed: of the choice. It must not be chosen by its result.

    Returns:
        (num_samples,), True for those split off: at least one, and not all.

    Raises:
        ValueError: there are fewer than two samples, or share is not in (0, 1).

    Example:
        >>> split_off(10, share=0.2).sum().item()
        2
    """
    if num_samples < 2 or not 0 < share < 1:
        raise ValueError(
            f"Splitting needs at least two samples and a share between 0 and 1, got {num_samples} and {share}."
        )
    number = min(max(round(share * num_samples), 1), num_samples - 1)
    split = np.zeros(num_samples, dtype=bool)
    split[np.random.default_rng(seed).permutation(num_samples)[:number]] = True
    return split


def fixed_sequence_of_split(
    uncertainty: ArrayLike, correct: ArrayLike, risk: float, delta: float, share: float = SHARE, seed: int = 0
) -> Guarantee:
    """`fixed_sequence` on one sample: a part gives the thresholds, the rest tests them.

    Args:
        uncertainty: (num_samples,), of samples that were used to choose nothing else.
        correct: (num_samples,) bool.
        risk: as for `fixed_sequence`.
        delta: as for `fixed_sequence`.
        share: of the samples that give the thresholds.
        seed: of the split.

    Returns:
        Coverage and numbers are those of the part that tests.

    Raises:
        ValueError: as `fixed_sequence` and `split_off`.

    Source:
        Angelopoulos et al. 2021, https://arxiv.org/abs/2110.01052

    Example:
        >>> uncertainty, correct = np.arange(1000), np.arange(1000) < 900  # the 100 least certain are wrong
        >>> found = fixed_sequence_of_split(uncertainty, correct, risk=0.05, delta=0.01)
        >>> 0.9 < found.coverage < 0.95, found.bound <= 0.05
        (True, True)
    """
    uncertainty, correct = checked(uncertainty, correct)
    split = split_off(len(correct), share, seed)
    thresholds = threshold_grid(uncertainty[split], int((~split).sum()), risk, delta)
    return fixed_sequence(uncertainty[~split], correct[~split], thresholds, risk, delta)
