"""Class, superclass or no answer, with a guaranteed risk for the classes and for the superclasses that are answered.

The terms are those of `core.metrics.hierarchy`, promise and proof those of `core.metrics.fixed_sequence`: with probability
1 - delta over the validation samples both true risks are at most what was wanted. Larger scores are less certain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.fixed_sequence import SHARE, fixed_sequence, split_off, threshold_grid
from core.metrics.guarantee import Guarantee, none_holds
from core.metrics.hierarchy import GroupAnswers
from core.metrics.ranked import checked

Array = NDArray[np.float64]
NUM_CLASS_THRESHOLDS = 20


@dataclass(frozen=True)
class HierarchicalGuarantee:
    """Two thresholds with a promise each.

    Attributes:
        classes: of the answered classes; coverage is the share of the samples tested on that are answered with a class.
        groups: of the answered superclasses; coverage is the share of the samples tested on whose class is refused that
            are answered with a superclass.
    """

    classes: Guarantee
    groups: Guarantee


def guaranteed_hierarchy(
    class_uncertainty: ArrayLike,
    class_correct: ArrayLike,
    answers: GroupAnswers,
    risk: float,
    delta: float,
    share: float = SHARE,
    seed: int = 0,
) -> HierarchicalGuarantee:
    """The largest class threshold with a guaranteed risk, and with it the largest such superclass threshold.

    A part of the samples, whose labels are not used, gives the thresholds; the rest tests them. Half of delta pays for the
    class thresholds. The superclasses that are answered depend on the class threshold, which is chosen by the labels of
    the same samples. So the other half of delta is shared evenly among all class thresholds that could have been chosen,
    "no class is answered" among them, and whichever is chosen, its superclass thresholds are tested at that share.

    Args:
        class_uncertainty: (num_samples,), at least two samples that were used to choose nothing else.
        class_correct: (num_samples,) bool.
        answers: of the same samples.
        risk: the wanted bound on both error rates, in (0, 1).
        delta: the allowed probability that one of the two true risks is higher, in (0, 1).
        share: of the samples that give the thresholds.
        seed: of the split.

    Raises:
        ValueError: there are fewer than two samples, the shapes differ, a score is NaN, or risk or delta is not in (0, 1).

    Source:
        Angelopoulos, Bates, Candès, Jordan & Lei 2021, "Learn then Test", https://arxiv.org/abs/2110.01052

    Example:
        >>> uncertainty = np.arange(4000) / 4000  # the classes of the upper half are wrong, of its superclasses the last
        >>> answers = GroupAnswers(np.zeros(4000, int), uncertainty, uncertainty < 0.9)
        >>> found = guaranteed_hierarchy(uncertainty, uncertainty < 0.5, answers, risk=0.1, delta=0.1)
        >>> 0.5 < found.classes.threshold < 0.56, 0.9 < found.groups.threshold < 0.96
        (True, True)
    """
    class_uncertainty, class_correct = checked(class_uncertainty, class_correct)
    split = split_off(len(class_correct), share, seed)
    grid = threshold_grid(class_uncertainty[split], int((~split).sum()), risk, delta / 2, NUM_CLASS_THRESHOLDS)
    classes = fixed_sequence(class_uncertainty[~split], class_correct[~split], grid, risk, delta / 2)
    limit = -np.inf if classes.threshold is None else classes.threshold
    groups = _groups(class_uncertainty, answers, limit, risk, delta / 2 / (len(grid) + 1), split)
    return HierarchicalGuarantee(classes, groups)


def guaranteed_groups(
    class_uncertainty: ArrayLike,
    answers: GroupAnswers,
    class_threshold: float,
    risk: float,
    delta: float,
    share: float = SHARE,
    seed: int = 0,
) -> Guarantee:
    """The largest superclass threshold with a guaranteed risk, for a class threshold that was set by hand.

    All of delta is for the superclasses. The class threshold must not have been chosen by the labels of these samples; if
    it was, use `guaranteed_hierarchy`.

    Args:
        class_uncertainty: (num_samples,), at least two samples that were used to choose nothing else.
        answers: of the same samples.
        class_threshold: the largest uncertainty at which the class is answered.
        risk: the wanted bound on the error rate of the superclasses, in (0, 1).
        delta: the allowed probability that the true risk is higher, in (0, 1).
        share: of the samples that give the thresholds.
        seed: of the split.

    Returns:
        Coverage is the share of the samples tested on whose class is refused that are answered with a superclass.

    Raises:
        ValueError: as `guaranteed_hierarchy`.

    Source:
        Angelopoulos et al. 2021, https://arxiv.org/abs/2110.01052

    Example:
        >>> uncertainty = np.arange(4000) / 4000
        >>> answers = GroupAnswers(np.zeros(4000, int), uncertainty, uncertainty < 0.9)
        >>> 0.9 < guaranteed_groups(uncertainty, answers, class_threshold=0.5, risk=0.1, delta=0.1).threshold < 0.96
        True
    """
    class_uncertainty = checked(class_uncertainty, answers.correct)[0]
    split = split_off(len(class_uncertainty), share, seed)
    return _groups(class_uncertainty, answers, class_threshold, risk, delta, split)


def _groups(
    class_uncertainty: Array,
    answers: GroupAnswers,
    class_threshold: float,
    risk: float,
    delta: float,
    split: NDArray[np.bool_],
) -> Guarantee:
    """Fixed-sequence testing among the samples whose class is refused."""
    refused = class_uncertainty > class_threshold
    tested, other = refused & ~split, refused & split
    # As many as can be expected, not as many as there are: the grid must not depend on the samples that it is tested on.
    expected = float(other.sum() / split.sum() * (~split).sum())
    grid = threshold_grid(answers.uncertainty[other], expected, risk, delta)
    if not tested.any():
        return none_holds(0)
    return fixed_sequence(answers.uncertainty[tested], answers.correct[tested], grid, risk, delta)
