"""Which methods beat a random ranking."""

import numpy as np
import pytest

from core.views.trust import beats_random

LOW, HIGH = np.array([0.2, 0.3]), np.array([0.4, 0.5])


@pytest.mark.parametrize(
    ("areas", "random_areas", "inserts", "wins"),
    [(LOW, HIGH, False, True), (HIGH, LOW, False, False), (HIGH, LOW, True, True), (LOW, HIGH, True, False)],
)
def test_a_small_area_of_deletion_and_a_large_one_of_insertion_win(areas, random_areas, inserts, wins):
    assert beats_random(areas, random_areas, inserts=inserts) is wins


@pytest.mark.parametrize("inserts", [False, True])
def test_who_is_equal_to_the_random_ranking_does_not_beat_it(inserts):
    assert not beats_random(LOW, LOW, inserts=inserts)
