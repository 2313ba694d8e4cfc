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

    Directions in which the reference does not vary within its classes (units that are never on) have no scale and are
    left out.

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
    """
    _check(features, reference)
    return whitened_classes(reference, labels).mahalanobis(features)


def relative_mahalanobis(features: Features, reference: Features, labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """`mahalanobis_uncertainty` minus the squared Mahalanobis distance to the mean of all references.

    The second distance uses the covariance of all references. What is unusual for every class and for all classes
    together cancels, so only what separates the classes counts.

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
    """
    _check(features, reference)
    return whitened_classes(reference, labels).relative_mahalanobis(features)


def knn_uncertainty(features: Features, reference: Features, num_neighbors: int = NUM_NEIGHBORS) -> NDArray[np.float32]:
    """The distance to the num_neighbors-th nearest reference, all scaled to length 1.

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
    """
    _check(features, reference)
    return unit_knn_distance(unit_length(features), unit_length(reference), num_neighbors)


def unit_length(features: Features) -> NDArray[np.float32]:
    """Each row scaled to length 1, float32; a row of zeros (no unit is on) has no direction and stays zero."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    unit = np.zeros(features.shape, np.float32)
    np.divide(features, length, out=unit, where=length > 0, casting="unsafe")
    return unit


def unit_knn_distance(
    features: NDArray[np.float32], reference: NDArray[np.float32], num_neighbors: int
) -> NDArray[np.float32]:
    """What `knn_uncertainty` returns for rows that have length 1 already; arguments and errors as there."""
    if not 1 <= num_neighbors <= len(reference):
        raise ValueError(
            f"num_neighbors must lie in 1 ... {len(reference)}, the number of references, got {num_neighbors}."
        )
    farthest = np.empty(len(features), np.float32)
    rows = max(1, BLOCK // len(reference))
    for start in range(0, len(features), rows):
        # Of unit vectors the nearest has the largest cosine.
        opposite = -features[start : start + rows] @ reference.T
        opposite.partition(num_neighbors - 1, axis=1)
        farthest[start : start + rows] = opposite[:, num_neighbors - 1]
    return np.asarray(np.sqrt(np.maximum(2 + 2 * farthest, 0)))


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
    """The Euclidean distance between the last layer's weights of each two classes.

    The gap between two logits divided by it is the distance of the features to the boundary between the two classes.

    Args:
        weights: (num_features, num_classes).

    Returns:
        (num_classes, num_classes), at least 0.
    """
    columns = np.asarray(weights, np.float64).T
    return np.stack([np.linalg.norm(columns - column, axis=1) for column in columns])


def _check(features: Features, reference: Features) -> None:
    if features.ndim != 2 or reference.ndim != 2 or features.shape[1] != reference.shape[1] or not len(reference):
        raise ValueError(
            "features and reference must have shapes (num_samples, num_features) and (num_references, num_features), "
            f"got {features.shape} and {reference.shape}."
        )
