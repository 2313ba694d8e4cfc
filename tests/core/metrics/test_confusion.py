import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as scikit_confusion

from core.metrics.confusion import (
    ErrorLogits,
    MutualConfusion,
    cell_samples,
    class_order,
    confusion_matrix,
    error_logits,
    exceptional_errors,
    group_confusion,
    hardness,
    mutual_confusions,
    row_shares,
)
from core.metrics.predictions import Predictions


@pytest.fixture
def predictions(rng):
    return Predictions(rng.normal(size=(200, 4)), rng.integers(4, size=200), tuple("abcd"))


def test_counts_agree_with_scikit_learn(predictions):
    expected = scikit_confusion(predictions.labels, predictions.predicted, labels=range(4))
    assert confusion_matrix(predictions).tolist() == expected.tolist()


def test_refused_samples_are_in_their_own_column_and_row_sums_stay(predictions):
    rejected = np.arange(200) % 3 == 0
    matrix = confusion_matrix(predictions, rejected)
    assert matrix.shape == (4, 5)
    assert matrix.sum(axis=1).tolist() == np.bincount(predictions.labels).tolist()
    assert matrix[:, 4].tolist() == np.bincount(predictions.labels[rejected]).tolist()


def test_refusing_all_or_none_fills_or_empties_the_last_column(predictions):
    assert confusion_matrix(predictions, np.ones(200, bool))[:, :4].sum() == 0
    nothing = confusion_matrix(predictions, np.zeros(200, bool))
    assert nothing[:, 4].sum() == 0
    assert nothing[:, :4].tolist() == confusion_matrix(predictions).tolist()


def test_a_class_without_samples_has_a_row_of_zeros():
    predictions = Predictions(np.float32([[0, 1, 0]]), np.array([1]), tuple("abc"))
    assert confusion_matrix(predictions).tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_rejected_of_another_length_is_refused(predictions):
    with pytest.raises(ValueError, match=r"rejected must have shape \(200,\), got \(3,\)"):
        confusion_matrix(predictions, [True, False, True])


def test_row_shares_sum_to_one_and_an_empty_row_is_nan():
    shares = row_shares([[3, 1], [0, 0]])
    assert shares[0].tolist() == [0.75, 0.25]
    assert np.isnan(shares[1]).all()


def test_the_cells_together_have_all_samples_most_confident_first(predictions):
    rejected = np.arange(200) % 5 == 0
    matrix = confusion_matrix(predictions, rejected)
    seen = []
    for true_class in range(4):
        for answer in range(5):
            samples = cell_samples(predictions, true_class, answer, rejected)
            assert len(samples) == matrix[true_class, answer]
            assert (predictions.labels[samples] == true_class).all()
            assert (np.diff(predictions.probs[samples].max(axis=1)) <= 0).all()
            seen += samples.tolist()
    assert sorted(seen) == list(range(200))


def test_confused_classes_are_next_to_each_other():
    matrix = np.diag([50] * 4)
    matrix[0, 2] = matrix[2, 0] = 10
    matrix[1, 3] = matrix[3, 1] = 8
    matrix[2, 3] = 2
    order = class_order(matrix).tolist()
    assert order == [0, 2, 3, 1]
    assert class_order(np.column_stack([matrix, [0, 9, 9, 0]])).shape == (4,)


@pytest.mark.parametrize("matrix", [np.diag([3, 4, 5]), np.ones((2, 2), int), np.zeros((3, 3), int)])
def test_without_any_confusion_the_order_stays(matrix):
    assert class_order(matrix).tolist() == list(range(len(matrix)))


def test_the_pair_of_the_pets_article_comes_first():
    # Bengal 0, Egyptian Mau 1: 13 and 5. Of 2 and 3 the counts are 20 and 1, of 0 and 3 one is zero.
    matrix = np.array([[30, 13, 0, 40], [5, 40, 0, 0], [0, 0, 29, 20], [0, 0, 1, 49]])
    assert mutual_confusions(matrix) == [MutualConfusion(0, 1, 13, 5), MutualConfusion(2, 3, 20, 1)]


def test_the_more_frequent_direction_comes_first_and_ties_are_ranked_by_it():
    matrix = np.array([[0, 2, 2], [3, 0, 0], [9, 0, 0]])
    assert mutual_confusions(matrix) == [MutualConfusion(2, 0, 9, 2), MutualConfusion(1, 0, 3, 2)]
    assert mutual_confusions(np.diag([1, 2])) == []


GROUPS = {"animal": ("a", "c"), "vehicle": ("b", "d")}


def test_groups_agree_with_a_loop_over_samples(predictions):
    rejected = np.arange(200) % 7 == 0
    found = group_confusion(predictions, GROUPS, rejected)
    group_of = [0, 1, 0, 1]
    right, wrong, refused = np.zeros(2, int), np.zeros((2, 2), int), np.zeros(2, int)
    for label, answer, no in zip(predictions.labels, predictions.predicted, rejected, strict=True):
        if no:
            refused[group_of[label]] += 1
        elif label == answer:
            right[group_of[label]] += 1
        else:
            wrong[group_of[label], group_of[answer]] += 1
    assert found.groups == ("animal", "vehicle")
    assert found.right.tolist() == right.tolist()
    assert found.wrong.tolist() == wrong.tolist()
    assert found.refused.tolist() == refused.tolist()
    assert found.num_samples == 200
    assert group_confusion(predictions, GROUPS).refused.tolist() == [0, 0]


def test_errors_within_a_superclass_are_compared_with_chance():
    logits = np.eye(4)[[2, 1, 0, 0]]
    found = group_confusion(
        Predictions(logits, np.array([0, 0, 2, 0]), tuple("abcd")), {"x": tuple("abc"), "y": ("d",)}
    )
    np.testing.assert_allclose(found.within, [1, np.nan])  # all three errors are among a, b and c
    np.testing.assert_allclose(found.within_by_chance, [2 / 3, 0])


def test_errors_across_superclasses_are_exceptional_and_no_others(predictions):
    rejected = np.arange(200) % 2 == 0
    found = exceptional_errors(predictions, GROUPS, rejected)
    crossing = (predictions.labels % 2 != predictions.predicted % 2) & ~rejected
    assert sorted(found.tolist()) == np.flatnonzero(crossing).tolist()
    assert (np.diff(predictions.probs[found].max(axis=1)) <= 0).all()
    assert (
        len(exceptional_errors(predictions, GROUPS)) == group_confusion(predictions, GROUPS).wrong[[0, 1], [1, 0]].sum()
    )


def test_hardness_of_classes_and_superclasses_by_hand():
    logits = np.log([[0.9, 0.05, 0.05], [0.4, 0.5, 0.1], [0.3, 0.3, 0.4], [0.1, 0.8, 0.1]])
    predictions = Predictions(logits, np.array([0, 0, 2, 1]), tuple("abc"))
    uncertainty = [0.1, 0.5, 0.6, 0.2]
    of_classes = hardness(predictions, uncertainty, 0.5)
    assert of_classes.num_samples.tolist() == [2, 1, 1]
    assert of_classes.accuracy.tolist() == [0.5, 1, 1]
    np.testing.assert_allclose(of_classes.uncertainty, [0.3, 0.2, 0.6])
    assert of_classes.coverage.tolist() == [1, 1, 0]
    np.testing.assert_allclose(of_classes.accuracy_accepted, [0.5, 1, np.nan])
    of_groups = hardness(predictions, uncertainty, 0.5, [0, 1, 0])
    np.testing.assert_allclose(of_groups.accuracy, [2 / 3, 1])
    np.testing.assert_allclose(of_groups.coverage, [2 / 3, 1])
    np.testing.assert_allclose(of_groups.accuracy_accepted, [0.5, 1])


def test_logits_of_errors_by_hand():
    logits = [[5, 4.5, 0], [2, 9, 1], [3, 0, 1], [0, 0, 8]]
    found = error_logits(Predictions(logits, np.array([1, 0, 1, 2]), tuple("abc")))
    assert found == ErrorLogits(num_errors=3, largest=9, smallest=3, mean=17 / 3, share_close=1 / 3)
    # A gap of exactly 1 is not under 1.
    assert error_logits(Predictions([[2, 1]], np.array([1]), tuple("ab"))).share_close == 0


def test_without_errors_there_are_no_logits_to_report():
    found = error_logits(Predictions([[2, 1]], np.array([0]), tuple("ab")))
    assert found.num_errors == 0
    assert np.isnan(found.mean)
