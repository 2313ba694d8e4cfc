"""Scores from the features of the last hidden layer, compared with the features of training images.

Features are (num_samples, num_features). Larger scores are less certain.
"""

import numpy as np
from numpy.typing import NDArray

from core.metrics.whitening import whitened_classes

Features = NDArray[np.floating]
NUM_NEIGHBORS = 50
BLOCK = 20_000_000  # distances held at a time


def mahalanobis_uncertainty(
    features: Features, reference: Features, labels: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The squared Mahalanobis distance to the nearest class mean, with one covariance shared by all classes.

    Directions in which the reference does not vary within its classes (dead units, for example) are left out.

    Args:
        features: (num_samples, num_features), what to score.
        reference: (num_references, num_features), of training images.
        labels: (num_references,), their classes.

    Returns:
        (num_samples,), at least 0.

    Raises:
        ValueError: the shapes do not fit together.

    Source:
        Lee et al. 2018, https://arxiv.org/abs/1807.03888, on the last hidden layer alone, without input perturbation.

    Example:
        >>> reference, labels = np.array([[-11.0], [-9], [9], [11]]), np.array([0, 0, 1, 1])
        >>> mahalanobis_uncertainty(np.array([[9.0], [0]]), reference, labels).tolist()
        [1.0, 100.0]
    """
    _check(features, reference)
    return whitened_classes(reference, labels).mahalanobis(features)


def relative_mahalanobis(features: Features, reference: Features, labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """`mahalanobis_uncertainty` minus the squared Mahalanobis distance to the mean of all references.

    The second distance uses the covariance of all references. What is far from the nearest class and equally far from all
    references cancels, so only the directions that separate the classes count.

    Args:
        features: (num_samples, num_features), what to score.
        reference: (num_references, num_features), of training images.
        labels: (num_references,), their classes.

    Returns:
        (num_samples,), any real number.

    Raises:
        ValueError: the shapes do not fit together.

    Source:
        Ren et al. 2021, https://arxiv.org/abs/2106.09022

    Example:
        >>> reference, labels = np.array([[-11.0], [-9], [9], [11]]), np.array([0, 0, 1, 1])
        >>> relative_mahalanobis(np.array([[9.0], [0]]), reference, labels).round(3).tolist()
        [0.198, 100.0]
    """
    _check(features, reference)
    return whitened_classes(reference, labels).relative_mahalanobis(features)


def normalized_mahalanobis(features: Features, reference: Features, labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """`mahalanobis_uncertainty` of features that are first scaled to length 1; a row of zeros stays zero.

    The length of the features differs much from image to image, also within a class. Without the length only their
    direction counts.

    Args:
        features: (num_samples, num_features), what to score.
        reference: (num_references, num_features), of training images.
        labels: (num_references,), their classes.

    Returns:
        (num_samples,), at least 0.

    Raises:
        ValueError: the shapes do not fit together.

    Source:
        Mueller & Hein 2025 (ICML), "Mahalanobis++", https://arxiv.org/abs/2505.18032

    Example:
        >>> reference = np.array([[2.0, 0], [3, 4], [0, 5], [-4, 3]])
        >>> scores = normalized_mahalanobis(np.array([[1.0, 0], [100, 0]]), reference, np.array([0, 0, 1, 1]))
        >>> bool(np.isclose(scores[0], scores[1]))
        True
    """
    _check(features, reference)
    return whitened_classes(unit_length(reference), labels).mahalanobis(unit_length(features))


def knn_uncertainty(features: Features, reference: Features, num_neighbors: int = NUM_NEIGHBORS) -> NDArray[np.float32]:
    """The distance to the num_neighbors-th nearest reference, all scaled to length 1; a row of zeros stays zero.

    Neighbors are ranked in float32: two whose squared distances differ by less than about 1e-6 may change places.

    Args:
        features: (num_samples, num_features), what to score.
        reference: (num_references, num_features), of training images.
        num_neighbors: which neighbor, from 1 to num_references.

    Returns:
        (num_samples,) float32, in [0, 2].

    Raises:
        ValueError: the shapes do not fit together, or num_neighbors is out of range.

    Source:
        Sun et al. 2022, https://arxiv.org/abs/2204.06507

    Example:
        >>> knn_uncertainty(np.array([[3.0, 0]]), np.array([[7.0, 0], [0, 1], [-1, 0]]), num_neighbors=3).tolist()
        [2.0]
    """
    _check(features, reference)
    return unit_knn_distance(unit_length(features), unit_length(reference), num_neighbors)


def unit_length(features: Features) -> NDArray[np.float32]:
    """Each row scaled to length 1, float32; a row of zeros has no direction and stays zero.

    Example:
        >>> unit_length(np.array([[0.0, 5], [0, 0]])).tolist()
        [[0.0, 1.0], [0.0, 0.0]]
    """
    length = np.linalg.norm(features, axis=1, keepdims=True)
    unit = np.zeros(features.shape, np.float32)
    np.divide(features, length, out=unit, where=length > 0, casting="unsafe")
    return unit


def unit_knn_distance(
    features: NDArray[np.float32], reference: NDArray[np.float32], num_neighbors: int
) -> NDArray[np.float32]:
    """What `knn_uncertainty` returns, for rows that have length 1 (or 0) already; arguments and errors as there.

    Example:
        >>> reference = unit_length(np.array([[7.0, 0], [0, 1], [-1, 0]]))
        >>> unit_knn_distance(unit_length(np.array([[3.0, 0]])), reference, num_neighbors=1).tolist()
        [0.0]
    """
    if not 1 <= num_neighbors <= len(reference):
        raise ValueError(
            f"num_neighbors must lie in 1 ... {len(reference)}, the number of references, got {num_neighbors}."
        )
    half_squares = np.einsum("rf,rf->r", reference, reference) / 2
    distances = np.empty(len(features), np.float32)
    rows = max(1, BLOCK // len(reference))
    for start in range(0, len(features), rows):
        block = features[start : start + rows]
        # |f - r|^2 / 2 without |f|^2 / 2, which does not change which is nearest.
        ranks = half_squares - block @ reference.T
        chosen = np.argpartition(ranks, num_neighbors - 1, axis=1)[:, num_neighbors - 1]
        # From the difference: a rank is a difference of large numbers, which loses the digits of a small distance.
        distances[start : start + rows] = np.linalg.norm(block - reference[chosen], axis=1)
    return distances


def fdbd(
    features: Features, logits: NDArray[np.floating], distances: NDArray[np.floating], mean: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Minus the mean distance to the boundaries with the other classes, relative to the distance to the training mean.

    Args:
        features: (num_samples, num_features) of the last hidden layer.
        logits: (num_samples, num_classes) of the same samples, num_classes >= 2.
        distances: (num_classes, num_classes), the `weight_distances` of the last layer.
        mean: (num_features,), of the features of training images.

    Returns:
        (num_samples,), at most 0. A class with the same weights as the predicted class has no boundary with it and
        counts as distance 0. Features equal to the mean give 0.

    Raises:
        ValueError: the shapes do not fit together.

    Source:
        Liu & Qin 2024 (ICML), fast decision boundary based detector, https://arxiv.org/abs/2312.11536

    Example:
        >>> weights = np.array([[4.0, 0], [0, 3]])
        >>> features = np.array([[5.0, 0]])
        >>> fdbd(features, features @ weights, weight_distances(weights), mean=np.zeros(2)).tolist()  # -(20 / 5) / 5
        [-0.8]
    """
    num_classes = logits.shape[-1]
    if (features.shape, distances.shape) != ((len(logits), *mean.shape), (num_classes, num_classes)):
        raise ValueError(
            "features, logits, distances and mean must have shapes (num_samples, num_features), (num_samples, "
            "num_classes), (num_classes, num_classes) and (num_features,), "
            f"got {features.shape}, {logits.shape}, {distances.shape} and {mean.shape}."
        )
    exact = np.asarray(logits, np.float64)
    gaps = exact.max(axis=1, keepdims=True) - exact
    between = distances[exact.argmax(axis=1)]
    # The predicted class itself adds 0.
    to_each = np.divide(gaps, between, out=np.zeros_like(gaps), where=between > 0)
    to_boundaries = to_each.sum(axis=1) / (num_classes - 1)
    to_mean = np.linalg.norm(features - mean, axis=1)
    ratio = np.zeros_like(to_boundaries)
    np.divide(to_boundaries, to_mean, out=ratio, where=to_mean > 0)
    score: NDArray[np.float64] = 0 - ratio  # a minus alone would turn 0 into -0
    return score


def weight_distances(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """The Euclidean distance between the last layer's weights of every two classes.

    The gap between two logits divided by it is the distance of the features to the boundary between the two classes.

    Args:
        weights: (num_features, num_classes).

    Returns:
        (num_classes, num_classes), at least 0.

    Example:
        >>> weight_distances(np.array([[4.0, 0], [0, 3]])).tolist()
        [[0.0, 5.0], [5.0, 0.0]]
    """
    columns = np.asarray(weights, np.float64).T
    return np.stack([np.linalg.norm(columns - column, axis=1) for column in columns])


def _check(features: Features, reference: Features) -> None:
    if features.ndim != 2 or reference.ndim != 2 or features.shape[1] != reference.shape[1] or not len(reference):
        raise ValueError(
            "features and reference must have shapes (num_samples, num_features) and (num_references, num_features), "
            f"got {features.shape} and {reference.shape}."
        )
