import numpy as np

from core.metrics.familiarity import familiarity
from core.metrics.features import normalized_mahalanobis


def test_95_of_100_validation_images_are_within_the_limit_and_the_next_is_not(rng):
    training, labels = rng.normal(size=(300, 4)), rng.integers(3, size=300)
    validation = rng.normal(size=(100, 4))
    found = familiarity(training, labels, validation)
    distances = found.distance(validation)
    np.testing.assert_allclose(distances, normalized_mahalanobis(validation, training, labels))
    assert np.sum(distances <= found.limit) == 95
    assert found.limit == np.sort(distances)[94]


def test_what_points_where_no_training_image_does_is_beyond_the_limit(rng):
    labels = rng.integers(2, size=400)
    known = np.zeros((400, 3))
    known[np.arange(400), labels] = 1
    known += rng.normal(scale=0.05, size=known.shape)
    found = familiarity(known[:200], labels[:200], known[200:])
    assert found.distance(np.array([[0, 0, 1.0]]))[0] > 10 * found.limit
    assert found.distance(np.array([[7.0, 0, 0]]))[0] <= found.limit  # its length does not matter
