import numpy as np
import pytest

from core.metrics.features import mahalanobis_uncertainty, relative_mahalanobis
from core.metrics.whitening import whitened_classes


@pytest.fixture
def reference(rng):
    """Features of 300 images of three classes, of unequal numbers, with units that depend on each other."""
    labels = rng.choice(3, size=300, p=[0.5, 0.3, 0.2])
    mixed = rng.normal(size=(300, 6)) @ (np.eye(6) + 0.2 * rng.normal(size=(6, 6)))
    return mixed + 3 * labels[:, None] * [1, 0, 1, 0, -1, 2], labels


def by_definition(points, reference, labels):
    """Relative Mahalanobis distance in loops, with both covariance matrices inverted."""
    means = [reference[labels == label].mean(axis=0) for label in np.unique(labels)]
    within = sum(np.outer(row, row) for row in reference - np.array(means)[labels]) / len(reference)
    mean = reference.mean(axis=0)
    overall = sum(np.outer(row - mean, row - mean) for row in reference) / len(reference)
    scores = []
    for point in points:
        to_classes = [(point - m) @ np.linalg.inv(within) @ (point - m) for m in means]
        scores.append(min(to_classes) - (point - mean) @ np.linalg.inv(overall) @ (point - mean))
    return scores


def test_relative_mahalanobis_agrees_with_its_definition(rng, reference):
    points = 4 * rng.normal(size=(20, 6))
    np.testing.assert_allclose(
        relative_mahalanobis(points, *reference), by_definition(points, *reference), rtol=1e-9, atol=1e-9
    )


def test_relative_mahalanobis_by_hand():
    # Classes at -10 and 10, variance 1 within them and 101 over all. 9 is 1 from a class and 81 / 101 from the mean.
    reference, labels = np.array([[-11.0], [-9], [9], [11]]), np.array([0, 0, 1, 1])
    assert relative_mahalanobis(np.array([[9.0], [0]]), reference, labels) == pytest.approx([1 - 81 / 101, 100])


@pytest.mark.parametrize("score", [mahalanobis_uncertainty, relative_mahalanobis])
def test_an_invertible_linear_map_of_the_features_changes_nothing(score, rng, reference):
    features, labels = reference
    points, mixed, shift = 4 * rng.normal(size=(20, 6)), rng.normal(size=(6, 6)), 100 * rng.normal(size=6)
    np.testing.assert_allclose(
        score(points @ mixed + shift, features @ mixed + shift, labels), score(points, features, labels), rtol=1e-6
    )


@pytest.mark.parametrize("score", [mahalanobis_uncertainty, relative_mahalanobis])
def test_a_dead_unit_and_a_copy_of_a_unit_change_nothing(score, rng, reference):
    features, labels = reference
    points = 4 * rng.normal(size=(20, 6))

    def with_more(values, dead):
        return np.hstack([values, values[:, :1], np.full((len(values), 1), dead)])

    np.testing.assert_allclose(
        score(with_more(points, 1.0), with_more(features, 0.0), labels), score(points, features, labels), rtol=1e-6
    )


def test_a_direction_in_which_all_classes_vary_alike_cancels(rng, reference):
    features, labels = reference
    # Every image twice, with 1 and -1 in a unit that so depends on no other.
    wider = np.hstack([np.tile(features, (2, 1)), np.repeat([[1.0], [-1]], 300, axis=0)])
    point, twice = rng.normal(size=(1, 6)), np.tile(labels, 2)
    far = np.hstack([point, [[50.0]]])
    assert mahalanobis_uncertainty(far, wider, twice) == pytest.approx(
        mahalanobis_uncertainty(point, features, labels) + 2500
    )
    assert relative_mahalanobis(far, wider, twice) == pytest.approx(relative_mahalanobis(point, features, labels))


def test_one_class_has_nothing_to_compare_with_itself(rng):
    features = rng.normal(size=(40, 3))
    found = relative_mahalanobis(rng.normal(size=(5, 3)), features, np.zeros(40, int))
    np.testing.assert_allclose(found, 0, atol=1e-9)


def test_a_reference_that_does_not_vary_gives_zeros():
    features = np.array([[1.0, 2], [1, 2]])
    for score in (mahalanobis_uncertainty, relative_mahalanobis):
        assert score(np.array([[5.0, 5]]), features, np.array([0, 0])).tolist() == [0]


def test_float32_features_are_scored_in_float64(reference):
    features, labels = reference
    assert relative_mahalanobis(features[:3].astype(np.float32), features.astype(np.float32), labels).dtype == float


def test_no_reference_or_labels_of_another_length_are_refused():
    with pytest.raises(ValueError, match="at least one reference"):
        whitened_classes(np.ones((0, 3)), np.zeros(0, int))
    with pytest.raises(ValueError, match=r"labels must have shape \(4,\), one per reference"):
        whitened_classes(np.ones((4, 3)), np.zeros(3, int))
