import numpy as np
import pytest
from scipy.stats import binom

from core.metrics.hierarchy import GroupAnswers
from core.metrics.hierarchy_guarantee import guaranteed_groups, guaranteed_hierarchy

NUM_DRAWS, NUM_SAMPLES = 1000, 4000
DELTA, RISK = 0.1, 0.05
MOST_VIOLATIONS = int(binom.ppf(0.999, NUM_DRAWS, DELTA))


def draw(seed):
    """Scores u of the class and v of the superclass with risks 0.3 u^2 and 0.4 v^2 (1 + u) / 2, drawn together.

    Errors of class and superclass come from the same number, so that a superclass is wrong only where the class is.
    """
    rng = np.random.default_rng(seed)
    u, v, luck = rng.random((3, NUM_SAMPLES))
    answers = GroupAnswers(np.zeros(NUM_SAMPLES, int), v, luck > 0.2 * v**2 * (1 + u))
    return u, luck > 0.3 * u**2, answers


def class_risk(u):
    return 0.1 * min(u, 1) ** 2


def group_risk(u, v):
    """The mean over classes refused, from u to 1, of superclasses answered, from 0 to v."""
    return 0.2 * min(v, 1) ** 2 / 3 * (1 + (1 + u) / 2)


def test_both_risks_hold_together_as_often_as_promised():
    false, shares = 0, []
    for seed in range(NUM_DRAWS):
        found = guaranteed_hierarchy(*draw(seed), RISK, DELTA)
        classes, groups = found.classes.threshold, found.groups.threshold
        shares.append((found.classes.coverage, found.groups.coverage))
        too_many_classes = classes is not None and class_risk(classes) > RISK
        too_many_groups = groups is not None and group_risk(classes or 0, groups) > RISK
        false += too_many_classes or too_many_groups
    assert false <= MOST_VIOLATIONS
    classes, groups = np.mean(shares, axis=0)
    assert 0.5 < classes < 0.71  # 0.71 if the true risks were known
    assert 0.2 < groups < 0.64


def test_superclasses_of_a_threshold_set_by_hand_are_right_as_often_as_promised():
    false = 0
    for seed in range(NUM_DRAWS):
        u, _, answers = draw(seed)
        found = guaranteed_groups(u, answers, 0.6, RISK, DELTA)
        false += found.threshold is not None and group_risk(0.6, found.threshold) > RISK
    assert false <= MOST_VIOLATIONS


def test_superclasses_count_only_where_the_class_is_refused():
    u, _, answers = draw(0)
    u[:2000], answers.correct[:2000] = 0.0, False  # their class is answered, so that their superclass does not matter
    found = guaranteed_groups(u, answers, 0.3, RISK, DELTA)
    assert found.threshold is not None
    assert found.num_accepted / found.coverage == pytest.approx(0.9 * (u > 0.3).sum(), rel=0.05)


def test_if_no_class_may_be_answered_superclasses_still_may():
    u, _, answers = draw(1)
    found = guaranteed_hierarchy(u, np.zeros(NUM_SAMPLES, bool), answers, RISK, DELTA)
    assert found.classes.threshold is None and found.classes.coverage == 0
    assert found.groups.threshold is not None and found.groups.bound <= RISK


def test_if_every_class_is_answered_there_is_no_superclass_to_answer():
    u, _, answers = draw(2)
    found = guaranteed_groups(u, answers, 1.0, RISK, DELTA)
    assert (found.threshold, found.num_tried) == (None, 0)


def test_what_cannot_be_ranked_is_refused():
    _, right, answers = draw(3)
    with pytest.raises(ValueError, match="must not contain NaN"):
        guaranteed_hierarchy(np.full(NUM_SAMPLES, np.nan), right, answers, RISK, DELTA)
