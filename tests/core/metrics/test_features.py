import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.neighbors import NearestNeighbors

from core.metrics.features import (
    fdbd,
    knn_uncertainty,
    mahalanobis_uncertainty,
    normalized_mahalanobis,
    weight_distances,
)


def test_mahalanobis_agrees_with_a_loop_over_samples_and_classes(rng):
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


def test_a_dead_unit_is_left_out(rng):
    reference, labels = rng.normal(size=(50, 3)), np.repeat([0, 1], 25)
    dead = np.hstack([reference, np.zeros((50, 1))])
    points = rng.normal(size=(5, 3))
    np.testing.assert_allclose(
        mahalanobis_uncertainty(np.hstack([points, np.ones((5, 1))]), dead, labels),
        mahalanobis_uncertainty(points, reference, labels),
        rtol=1e-6,
    )


def test_normalized_mahalanobis_is_that_of_the_directions(rng):
    reference, labels = rng.normal(size=(300, 6)), rng.integers(3, size=300)
    reference[np.arange(300), labels] += 4
    points = rng.normal(size=(20, 6))
    directions = [values / np.linalg.norm(values, axis=1, keepdims=True) for values in (points, reference)]
    found = normalized_mahalanobis(points, reference, labels)
    np.testing.assert_allclose(found, mahalanobis_uncertainty(*directions, labels), rtol=1e-4)  # unit_length is float32
    # Twice as long, the same direction; the plain distance changes.
    np.testing.assert_allclose(normalized_mahalanobis(2 * points, reference, labels), found, rtol=1e-5)
    assert not np.allclose(
        mahalanobis_uncertainty(2 * points, reference, labels),
        mahalanobis_uncertainty(points, reference, labels),
        rtol=0.1,
    )


def test_knn_agrees_with_scikit_learn_on_unit_features(rng, monkeypatch):
    monkeypatch.setattr("core.metrics.features.BLOCK", 1000)  # so that there are several blocks
    features, reference = rng.normal(size=(31, 8)).astype(np.float32), rng.normal(size=(200, 8)).astype(np.float32)
    unit = [values / np.linalg.norm(values, axis=1, keepdims=True) for values in (features, reference)]
    distances, _ = NearestNeighbors(n_neighbors=7).fit(unit[1]).kneighbors(unit[0])
    np.testing.assert_allclose(knn_uncertainty(features, reference, 7), distances[:, -1], rtol=1e-6)


def test_the_distance_to_itself_is_zero(rng):
    features = rng.normal(size=(200, 64)).astype(np.float32)
    assert knn_uncertainty(features, features, 1).tolist() == [0] * 200
    assert knn_uncertainty(4 * features, features, 1).max() < 1e-6
    near = features * (1 + 1e-4 * rng.normal(size=features.shape).astype(np.float32))  # where a cosine loses all digits
    unit = [values / np.linalg.norm(values, axis=1, keepdims=True) for values in np.float64([near, features])]
    expected = np.linalg.norm(unit[0] - unit[1], axis=1)
    np.testing.assert_allclose(knn_uncertainty(near, features, 1), expected, rtol=2e-3)


def test_knn_ignores_the_length_of_features():
    reference = np.array([[2.0, 0.0], [0.0, 5.0]])
    found = knn_uncertainty(np.array([[7.0, 0.0], [0.0, 0.0]]), reference, 1)
    # Zeros have no direction: every reference of length 1 is equally far.
    assert found.tolist() == [0, 1]
    # At cosine 1 / 4 a reference is farther away (1.22) than one that is zero (1).
    point, known = np.array([[1.0, 0]]), np.array([[1, np.sqrt(15)], [0, 0]])
    assert knn_uncertainty(point, known, 1) == pytest.approx([1])
    assert knn_uncertainty(point, known, 2) == pytest.approx([np.sqrt(1.5)])


def test_what_does_not_fit_together_is_refused():
    features = np.ones((4, 3))
    with pytest.raises(ValueError, match="features and reference must have shapes"):
        knn_uncertainty(features, np.ones((4, 2)), 1)
    with pytest.raises(ValueError, match="features and reference must have shapes"):
        normalized_mahalanobis(features, np.ones((4, 2)), np.zeros(4, int))
    with pytest.raises(ValueError, match=r"num_neighbors must lie in 1 ... 4"):
        knn_uncertainty(features, features, 5)
    with pytest.raises(ValueError, match=r"labels must have shape \(4,\)"):
        mahalanobis_uncertainty(features, features, np.zeros(3, int))


def test_fdbd_by_hand():
    # z0 - z1 = 4 x - 3 y at features (x, y), and the weights are 5 apart.
    weights = np.array([[4.0, 0], [0, 3]])
    assert weight_distances(weights).tolist() == [[0, 5], [5, 0]]
    features = np.array([[3.0, 0], [0, 4]])
    # Logits (12, 0) and (0, 12): 12 / 5 from the boundary, and 3 and 4 from a mean at the origin.
    scores = fdbd(features, features @ weights, weight_distances(weights), np.zeros(2))
    assert scores == pytest.approx([-12 / 5 / 3, -12 / 5 / 4])


def test_fdbd_agrees_with_distances_to_each_boundary(rng):
    weights, bias, mean = rng.normal(size=(6, 4)), rng.normal(size=4), rng.normal(size=6)
    features = rng.normal(size=(15, 6))
    expected = []
    for point in features:
        logits = point @ weights + bias
        top = int(np.argmax(logits))
        distances = []
        for other in set(range(4)) - {top}:
            normal = weights[:, top] - weights[:, other]
            # The nearest point of the boundary is along the normal and has equal logits.
            distance = (logits[top] - logits[other]) / np.sqrt(normal @ normal)
            on_boundary = (point - distance * normal / np.sqrt(normal @ normal)) @ weights + bias
            assert on_boundary[top] == pytest.approx(on_boundary[other])
            distances.append(distance)
        expected.append(-sum(distances) / 3 / np.sqrt((point - mean) @ (point - mean)))
    found = fdbd(features, features @ weights + bias, weight_distances(weights), mean)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_fdbd_does_not_depend_on_the_scale_of_the_last_layer(rng):
    features, weights, mean = rng.normal(size=(9, 5)), rng.normal(size=(5, 3)), rng.normal(size=5)
    found = [fdbd(features, s * features @ weights, weight_distances(s * weights), mean) for s in (1, 20)]
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_zero_distances_give_fdbd_zeros_and_no_nan():
    mean = np.array([1.0, 1])
    distances = weight_distances(np.array([[1.0, 1, 0], [0, 0, 1]]))  # the first two classes have the same weights
    assert distances[0, 1] == 0
    features = np.array([[1.0, 1], [2, 1], [2, 1], [1, 1]])
    logits = np.array([[3.0, 1, 0], [5, 5, 5], [3, 1, 0], [2, 2, 2]])
    scores = fdbd(features, logits, distances, mean)
    # Features at the mean, equal logits, no boundary with the second class, and both zeros at once.
    assert scores == pytest.approx([0, 0, -3 / np.sqrt(2) / 2, 0])
    assert not np.signbit(scores[[0, 1, 3]]).any()


def test_fdbd_refuses_what_does_not_fit_together():
    features, logits, distances, mean = np.ones((4, 3)), np.ones((4, 2)), np.ones((2, 2)), np.ones(3)
    for wrong in (
        (features[:3], logits, distances, mean),
        (features, logits, np.ones((3, 3)), mean),
        (features, logits, distances, np.ones(2)),
    ):
        with pytest.raises(ValueError, match="features, logits, distances and mean must have shapes"):
            fdbd(*wrong)
