"""A decision is a score, its values and a threshold."""

import numpy as np
import pytest

from core.metrics.decision import Decision

DECISION = Decision("Entropy", np.array([0.1, 0.5]), np.array([0.2, 0.5, 0.7]), 0.5)


def test_a_value_equal_to_the_threshold_is_answered():
    assert DECISION.accepted.tolist() == [True, True, False]
    assert DECISION.refused.tolist() == [False, False, True]


def test_it_decides_about_images_of_any_kind():
    assert DECISION.accepts([0.0, 0.6]).tolist() == [True, False]
    assert DECISION.accepts([]).tolist() == []


def test_it_knows_the_values_of_both_splits_and_of_no_other():
    assert DECISION.uncertainty("validation").tolist() == [0.1, 0.5]
    assert DECISION.uncertainty("test").tolist() == [0.2, 0.5, 0.7]
    with pytest.raises(KeyError):
        DECISION.uncertainty("train")


def test_it_is_frozen():
    with pytest.raises(AttributeError):
        DECISION.threshold = 0.1
