from math import comb

import numpy as np
import pytest

from core.metrics.predictions import Predictions
from core.metrics.two_networks import McNemar, check_same_samples, disagreement, mcnemar

NAMES = ("cat", "dog", "car")


def answers(*classes, labels=(0, 0, 0, 0, 0), names=NAMES):
    """Predictions of one class per sample."""
    return Predictions(np.eye(len(names))[list(classes)], np.array(labels), names)


def p_twin(only_first, only_second):
    """The probability of every split of the images that is at most as likely, summed in whole numbers."""
    total = only_first + only_second
    ways = [comb(total, k) for k in range(total + 1)]
    return sum(way for way in ways if way <= ways[only_first]) / 2**total


def test_mcnemar_counts_the_four_cases():
    first = [True] * 5 + [True] * 4 + [False] * 1 + [False] * 2
    second = [True] * 5 + [False] * 4 + [True] * 1 + [False] * 2
    found = mcnemar(first, second)
    assert (found.both_right, found.only_first, found.only_second, found.both_wrong) == (5, 4, 1, 2)
    assert found.p == pytest.approx(2 * (1 + 5) / 32)  # by hand: 0 or 1 of 5, and as many on the other side


@pytest.mark.parametrize(("only_first", "only_second"), [(0, 1), (1, 1), (3, 0), (9, 2), (2, 9), (40, 61), (256, 304)])
def test_the_p_is_its_brute_force_twin(only_first, only_second):
    first = np.repeat([True, False], [only_first, only_second])
    assert mcnemar(first, ~first).p == pytest.approx(p_twin(only_first, only_second), rel=1e-9)
    assert mcnemar(~first, first).p == pytest.approx(mcnemar(first, ~first).p)


def test_images_that_both_or_neither_get_right_do_not_change_the_p():
    first, second = np.array([True, True, True, False]), np.array([False, False, False, True])
    more = [True] * 100 + [False] * 50
    assert mcnemar([*first, *more], [*second, *more]).p == mcnemar(first, second).p


def test_networks_that_differ_nowhere_have_a_p_of_one():
    assert mcnemar([True, False], [True, False]) == McNemar(1, 0, 0, 1, 1.0)
    assert mcnemar([], []) == McNemar(0, 0, 0, 0, 1.0)


def test_different_numbers_of_images_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"must have the same shape \(num_samples,\), got \(2,\) and \(1,\)"):
        mcnemar([True, False], [True])


def test_the_five_cases_of_two_answers():
    found = disagreement(answers(0, 0, 1, 1, 1), answers(0, 1, 0, 1, 2))
    assert found.both_right.tolist() == [True, False, False, False, False]
    assert found.only_first.tolist() == [False, True, False, False, False]
    assert found.only_second.tolist() == [False, False, True, False, False]
    assert found.same_error.tolist() == [False, False, False, True, False]
    assert found.different_errors.tolist() == [False, False, False, False, True]


def test_every_image_is_in_exactly_one_case_and_mcnemar_counts_the_same(rng):
    labels = rng.integers(3, size=500)
    first, second = (Predictions(rng.normal(size=(500, 3)), labels, NAMES) for _ in range(2))
    found, counted = disagreement(first, second), mcnemar(first.correct, second.correct)
    cases = [found.both_right, found.only_first, found.only_second, found.same_error, found.different_errors]
    assert (np.sum(cases, axis=0) == 1).all()
    assert [int(case.sum()) for case in cases[:3]] == [counted.both_right, counted.only_first, counted.only_second]
    assert (found.same_error | found.different_errors).sum() == counted.both_wrong


def test_networks_for_other_images_are_refused_in_a_sentence():
    first = answers(0, 0, 0, 0, 0)
    with pytest.raises(ValueError, match="2 of 5 labels differ; compare predictions of the same split"):
        disagreement(first, answers(0, 0, 0, 0, 0, labels=(0, 1, 0, 0, 1)))
    with pytest.raises(ValueError, match="got 5 and 1 of them"):
        disagreement(first, answers(0, labels=(0,)))
    with pytest.raises(ValueError, match="same classes, got cat, dog, car and cat, dog, bus"):
        disagreement(first, answers(0, 0, 0, 0, 0, names=("cat", "dog", "bus")))
    check_same_samples([])
    check_same_samples([first])
    with pytest.raises(ValueError, match="1 of 5 labels differ"):
        check_same_samples([first, first, answers(0, 0, 0, 0, 0, labels=(0, 0, 0, 0, 2))])
