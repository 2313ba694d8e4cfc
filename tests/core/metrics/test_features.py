import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.neighbors import NearestNeighbors

from core.metrics.features import knn_uncertainty, mahalanobis_uncertainty


def test_mahalanobis_agrees_with_scipy_a_sample_and_class_at_a_time(rng):
    reference, labels = rng.normal(size=(300, 6)) * np.arange(1, 7), rng.integers(3, size=300)
    reference[:, 0] += 5 * labels
    points = rng.normal(size=(20, 6)) * 4
    means = [reference[labels == label].mean(axis=0) for label in range(3)]
    centred = reference - np.array(means)[labels]
    precision = np.linalg.inv(centred.T @ centred / 300)
    expected = [min(mahalanobis(point, mean, precision) ** 2 for mean in means) for point in points]
    np.testing.assert_allclose(mahalanobis_uncertainty(points, reference, labels), expected, rtol=1e-9)


def test_mahalanobis_by_hand():
    # Two classes at -10 and 10 with variance 1: at 9 the nearer mean is one deviation away, at 0 both are ten.
    reference = np.array([[-11.0], [-9.0], [9.0], [11.0]])
    assert mahalanobis_uncertainty(np.array([[9.0], [0.0]]), reference, np.array([0, 0, 1, 1])) == pytest.approx(
        [1, 100]
    )


def test_a_unit_that_is_never_on_is_left_out(rng):
    reference, labels = rng.normal(size=(50, 3)), np.repeat([0, 1], 25)
    dead = np.hstack([reference, np.zeros((50, 1))])
    points = rng.normal(size=(5, 3))
    np.testing.assert_allclose(
        mahalanobis_uncertainty(np.hstack([points, np.ones((5, 1))]), dead, labels),
        mahalanobis_uncertainty(points, reference, labels),
        rtol=1e-6,
    )


def test_knn_agrees_with_scikit_learn_on_unit_features(rng, monkeypatch):
    monkeypatch.setattr("core.metrics.features.BLOCK", 1000)  # so that there are several blocks
    features, reference = rng.normal(size=(31, 8)).astype(np.float32), rng.normal(size=(200, 8)).astype(np.float32)
    unit = [values / np.linalg.norm(values, axis=1, keepdims=True) for values in (features, reference)]
    distances, _ = NearestNeighbors(n_neighbors=7).fit(unit[1]).kneighbors(unit[0])
    np.testing.assert_allclose(knn_uncertainty(features, reference, 7), distances[:, -1], rtol=1e-4)


def test_knn_does_not_look_at_length():
    reference = np.array([[2.0, 0.0], [0.0, 5.0]])
    found = knn_uncertainty(np.array([[7.0, 0.0], [0.0, 0.0]]), reference, 1)
    # Without a direction every reference is equally far, as if at a right angle.
    assert found == pytest.approx([0, np.sqrt(2)])


def test_what_does_not_fit_together_is_refused():
    features = np.ones((4, 3))
    with pytest.raises(ValueError, match="features and reference must have shapes"):
        knn_uncertainty(features, np.ones((4, 2)), 1)
    with pytest.raises(ValueError, match=r"num_neighbors must lie in 1 ... 4"):
        knn_uncertainty(features, features, 5)
    with pytest.raises(ValueError, match=r"labels must have shape \(4,\)"):
        mahalanobis_uncertainty(features, features, np.zeros(3, int))
