"""Typical images of two kinds of uncertainty, by hand-made numbers."""

import numpy as np

from core.metrics.corners import corners


def test_each_corner_is_the_sample_in_it():
    assert corners([0.0, 0.9, 0.1, 0.8, 0.5], [0.0, 0.1, 0.7, 0.9, 0.5]) == (0, 1, 2, 3)


def test_a_corner_follows_from_ranks_and_not_from_units():
    aleatoric, epistemic = np.array([0.0, 0.9, 0.1, 0.8]), np.array([0.0, 0.1, 0.7, 0.9])
    assert corners(aleatoric**3, 100 * epistemic) == corners(aleatoric, epistemic)


def test_equal_samples_stand_in_every_corner_and_the_first_is_taken():
    assert corners([1.0, 1.0], [2.0, 2.0]) == (0, 0, 0, 0)


def test_one_very_uncertain_sample_is_both():
    assert corners([0.1, 0.2, 5.0], [0.1, 0.2, 5.0]).both == 2
