"""Scores from what a network's last hidden layer says, against what it said of images that it learnt from.

Features are (num_samples, num_features); larger scores are less certain, as everywhere.
"""

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]
NUM_NEIGHBORS = 50
BLOCK = 20_000_000  # distances held at a time


def mahalanobis_uncertainty(features: Features, reference: Features, labels: NDArray[np.integer]) -> Features:
    """The squared Mahalanobis distance to the nearest class mean, with one covariance shared by all classes.

    Directions in which the reference does not vary (units that are never on) have no scale and are left out.

    Args:
        features: (num_samples, num_features), what to score.
        reference: (num_references, num_features), of images that the network learnt from.
        labels: (num_references,), their classes.

    Returns:
        (num_samples,) float64, at least 0.

    Raises:
        ValueError: the shapes do not fit together.

    Source:
        Lee et al. 2018, https://arxiv.org/abs/1807.03888, on the last hidden layer alone, without input perturbation.
    """
    _check(features, reference)
    if labels.shape != reference.shape[:1]:
        raise ValueError(f"labels must have shape {reference.shape[:1]}, one a reference, got {labels.shape}.")
    classes, index = np.unique(labels, return_inverse=True)
    reference = np.asarray(reference, np.float64)
    members = np.eye(len(classes))[index]
    means = members.T @ reference / members.sum(axis=0)[:, None]
    centred = reference - means[index]
    variances, directions = np.linalg.eigh(centred.T @ centred / len(reference))
    varies = variances > variances[-1] * len(variances) * np.finfo(np.float64).eps
    whitening = directions[:, varies] / np.sqrt(variances[varies])
    return _squared_distances(np.asarray(features, np.float64) @ whitening, means @ whitening).min(axis=1)


def knn_uncertainty(features: Features, reference: Features, num_neighbors: int = NUM_NEIGHBORS) -> Features:
    """The distance to the num_neighbors-th nearest reference, all scaled to length 1.

    Args:
        features: (num_samples, num_features), what to score.
        reference: (num_references, num_features), of images that the network learnt from.
        num_neighbors: which neighbor, from 1 to num_references.

    Returns:
        (num_samples,) float32, in [0, 2].

    Raises:
        ValueError: the shapes do not fit together, or there are not so many references.

    Source:
        Sun et al. 2022, https://arxiv.org/abs/2204.06507
    """
    _check(features, reference)
    if not 1 <= num_neighbors <= len(reference):
        raise ValueError(f"num_neighbors must lie in 1 ... {len(reference)}, the references, got {num_neighbors}.")
    features, reference = _unit(features), _unit(reference)
    farthest = np.empty(len(features), np.float32)
    rows = max(1, BLOCK // len(reference))
    for start in range(0, len(features), rows):
        # Of unit vectors the nearest has the largest cosine.
        opposite = -features[start : start + rows] @ reference.T
        opposite.partition(num_neighbors - 1, axis=1)
        farthest[start : start + rows] = opposite[:, num_neighbors - 1]
    return np.sqrt(np.maximum(2 + 2 * farthest, 0))


def _check(features: Features, reference: Features) -> None:
    if features.ndim != 2 or reference.ndim != 2 or features.shape[1] != reference.shape[1] or not len(reference):
        raise ValueError(
            "features and reference must have shapes (num_samples, num_features) and (num_references, num_features), "
            f"got {features.shape} and {reference.shape}."
        )


def _unit(features: Features) -> NDArray[np.float32]:
    length = np.linalg.norm(features, axis=1, keepdims=True)
    # All zero, where no unit is on, has no direction and stays zero.
    return np.divide(features, length, out=np.zeros(features.shape, np.float32), where=length > 0, casting="unsafe")


def _squared_distances(points: Features, others: Features) -> Features:
    """(num_points, num_others): by differences, as a class mean may be far from the origin."""
    return np.stack([((points - other) ** 2).sum(axis=1) for other in others], axis=1)
