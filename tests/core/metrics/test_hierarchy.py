import numpy as np
import pytest

from core.metrics.hierarchy import (
    GroupAnswers,
    group_answers,
    group_probs,
    group_threshold,
    hierarchical_curve,
    membership,
)
from core.metrics.predictions import Predictions

GROUPS = {"animal": ("cat", "dog"), "vehicle": ("car",)}
NAMES = ("cat", "car", "dog")


def test_each_class_gets_the_index_of_its_group():
    assert membership(NAMES, GROUPS).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("groups", "odd"),
    [
        ({"animal": ("cat",), "vehicle": ("car",)}, "dog"),
        (GROUPS | {"more": ("bus",)}, "bus"),
        (GROUPS | {"more": ("cat",)}, "cat"),
    ],
    ids=["left out", "unknown", "twice"],
)
def test_a_class_that_is_not_in_exactly_one_group_is_named(groups, odd):
    with pytest.raises(ValueError, match=f"exactly once; not so for {odd}"):
        membership(NAMES, groups)


def test_the_probability_of_a_group_is_the_sum_of_its_classes():
    probs = [[0.4, 0.3, 0.3], [0.0, 1.0, 0.0]]
    np.testing.assert_allclose(group_probs(probs, [0, 1, 0]), [[0.7, 0.3], [0, 1]])
    assert group_probs(np.full((1, 3), 1 / 3 + 1e-16), [0, 0, 0]).max() <= 1


def test_two_small_probabilities_can_outweigh_the_most_likely_class():
    logits = np.log([[0.3, 0.4, 0.3], [0.1, 0.8, 0.1]])
    predictions = Predictions(logits, np.array([0, 2]), NAMES)
    answers = group_answers(predictions, GROUPS)
    assert predictions.predicted.tolist() == [1, 1]
    assert answers.predicted.tolist() == [0, 1]
    assert answers.correct.tolist() == [True, False]
    np.testing.assert_allclose(answers.uncertainty, [0.4, 0.2], atol=1e-7)


def answers_of(uncertainty, correct) -> GroupAnswers:
    return GroupAnswers(np.zeros(len(correct), int), np.array(uncertainty, float), np.array(correct, bool))


def test_four_samples_by_hand():
    answers = answers_of([0.0, 0.1, 0.3, 0.4], [1, 1, 0, 1])
    curve = hierarchical_curve([0.1, 0.2, 0.5, 0.5], [True, False, True, False], answers, 0.3, [0.0, 0.1, 0.2, 0.5])
    assert curve.class_share.tolist() == [0, 0.25, 0.5, 1]
    assert curve.group_share.tolist() == [0.75, 0.5, 0.25, 0]
    assert curve.refused_share.tolist() == [0.25, 0.25, 0.25, 0]
    np.testing.assert_allclose(curve.class_accuracy, [np.nan, 1, 0.5, 0.5])
    np.testing.assert_allclose(curve.group_accuracy, [2 / 3, 0.5, 0, np.nan])


def test_without_a_group_threshold_no_group_is_answered():
    curve = hierarchical_curve([0.1, 0.2], [True, True], answers_of([0, 0], [1, 1]), None, [0.1])
    assert (curve.class_share[0], curve.group_share[0], curve.refused_share[0]) == (0.5, 0, 0.5)
    assert np.isnan(curve.group_accuracy[0])


def test_the_threshold_is_chosen_among_the_refused_only():
    answers = answers_of([0.4, 0.1, 0.2, 0.3], [0, 1, 1, 0])  # the first is wrong, but its class is answered
    uncertainty = [0.0, 0.5, 0.5, 0.5]
    assert group_threshold(uncertainty, answers, 0.1, 1.0) == 0.2
    assert group_threshold(uncertainty, answers, 0.1, 0.6) == 0.3
    assert group_threshold(uncertainty, answers, -1.0, 0.5) == 0.4
    assert group_threshold(uncertainty, answers, 0.5, 0.5) is None
    assert group_threshold([1.0], answers_of([0.1], [0]), 0.5, 0.5) is None


@pytest.mark.parametrize("seed", range(5))
def test_shares_and_accuracies_agree_with_a_loop_over_samples(seed):
    rng = np.random.default_rng(seed)
    groups = {"a": ("0", "3"), "b": ("1", "4", "5"), "c": ("2",)}
    predictions = Predictions(rng.normal(size=(80, 6)), rng.integers(6, size=80), tuple("012345"))
    answers = group_answers(predictions, groups)
    uncertainty = np.round(1 - predictions.probs.max(axis=1), 1)  # with ties
    thresholds = np.unique(np.append(uncertainty, [-1, 2]))
    limit = group_threshold(uncertainty, answers, 0.4, 0.5)
    curve = hierarchical_curve(uncertainty, predictions.correct, answers, limit, thresholds)
    group_of = {int(name): group for group, names in groups.items() for name in names}
    for place, threshold in enumerate(thresholds):
        outcomes = {"class": [], "group": [], "refused": []}
        for score, probs, label in zip(uncertainty, predictions.probs, predictions.labels, strict=True):
            sums = {group: sum(probs[int(name)] for name in names) for group, names in groups.items()}
            best = max(sums, key=sums.get)
            if score <= threshold:
                outcomes["class"].append(np.argmax(probs) == label)
            elif limit is not None and 1 - sums[best] <= limit + 1e-12:
                outcomes["group"].append(best == group_of[label])
            else:
                outcomes["refused"].append(True)
        shares = (curve.class_share[place], curve.group_share[place], curve.refused_share[place])
        assert np.allclose(shares, [len(outcome) / 80 for outcome in outcomes.values()])
        for accuracy, outcome in ((curve.class_accuracy, "class"), (curve.group_accuracy, "group")):
            expected = np.mean(outcomes[outcome]) if outcomes[outcome] else np.nan
            np.testing.assert_allclose(accuracy[place], expected)


def test_a_missing_score_is_named_instead_of_refused():
    answers = GroupAnswers(np.zeros(2, int), np.array([0.1, 0.2]), np.array([True, True]))
    with pytest.raises(ValueError, match="must not contain NaN"):
        group_threshold([0.9, np.nan], answers, class_threshold=0.5, accuracy=0.9)
    with pytest.raises(ValueError, match="must not contain NaN"):
        hierarchical_curve([0.9, np.nan], [True, True], answers, 0.3, [0.5])
