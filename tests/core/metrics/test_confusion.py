import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as scikit_confusion

from core.metrics.confusion import confusion_matrix
from core.metrics.predictions import Predictions


@pytest.fixture
def predictions(rng):
    return Predictions(rng.normal(size=(200, 4)), rng.integers(4, size=200), tuple("abcd"))


def test_counts_agree_with_scikit_learn(predictions):
    expected = scikit_confusion(predictions.labels, predictions.predicted, labels=range(4))
    assert confusion_matrix(predictions).tolist() == expected.tolist()


def test_the_refused_move_to_a_column_of_their_own_and_rows_keep_their_sums(predictions):
    rejected = np.arange(200) % 3 == 0
    matrix = confusion_matrix(predictions, rejected)
    assert matrix.shape == (4, 5)
    assert matrix.sum(axis=1).tolist() == np.bincount(predictions.labels).tolist()
    assert matrix[:, 4].tolist() == np.bincount(predictions.labels[rejected]).tolist()


def test_refusing_all_leaves_nothing_else_and_refusing_none_an_empty_column(predictions):
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
