"""Classes as Gaussians with one covariance, in coordinates in which that covariance is the identity."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WhitenedClasses:
    """The class means of a reference, whitened: within the classes every direction has variance 1.

    Attributes:
        mean: (num_features,), of all references; the origin of the whitened coordinates.
        whitening: (num_features, num_directions), from features to whitened coordinates.
        class_means: (num_classes, num_directions), whitened.
        class_shares: (num_classes,), fractions of the references.
    """

    mean: Array
    whitening: Array
    class_means: Array
    class_shares: Array

    def mahalanobis(self, features: NDArray[np.floating]) -> Array:
        """(num_samples,): the squared distance to the nearest class mean, of features (num_samples, num_features)."""
        points = (features - self.mean) @ self.whitening
        # By differences: squares of coordinates far from the origin would lose digits.
        distances = np.stack([((points - mean) ** 2).sum(axis=1) for mean in self.class_means], axis=1)
        return np.asarray(distances.min(axis=1))

    def relative_mahalanobis(self, features: NDArray[np.floating]) -> Array:
        """(num_samples,): `mahalanobis` minus the squared distance to the mean under the covariance of all references.

        With the whitened class means m_c, their shares s_c and a whitened point x, the covariance of all references is
        I + sum of s_c m_c m_c'. The length of x is part of both distances and cancels, so that only the few directions
        in which the class means differ are left.
        """
        axes, means, shares = self._between
        points = (features - self.mean) @ axes
        to_classes = ((means**2).sum(axis=1) - 2 * points @ means.T).min(axis=1)
        return np.asarray(to_classes + points**2 @ shares)

    @cached_property
    def _between(self) -> tuple[Array, Array, Array]:
        """The directions in which the class means differ.

        Returns:
            (num_features, num_axes) from features to these directions, (num_classes, num_axes) the class means in them,
            and (num_axes,) the share of each direction's variance that is between the classes.
        """
        weighted = np.sqrt(self.class_shares)[:, None] * self.class_means
        _, scales, rows = np.linalg.svd(weighted, full_matrices=False)
        return self.whitening @ rows.T, self.class_means @ rows.T, scales**2 / (1 + scales**2)


def whitened_classes(reference: NDArray[np.floating], labels: NDArray[np.integer]) -> WhitenedClasses:
    """The whitened class means of a reference; directions in which no class varies, such as dead units, are left out.

    Args:
        reference: (num_references, num_features), at least one reference.
        labels: (num_references,), their classes.

    Raises:
        ValueError: the shapes do not fit together.

    Example:
        >>> whitened = whitened_classes(np.array([[-14.0], [-6], [6], [14]]), np.array([0, 0, 1, 1]))
        >>> whitened.mahalanobis(np.array([[2.0]])).tolist()  # two standard deviations of 4 from the mean 10
        [4.0]
    """
    if reference.ndim != 2 or not len(reference):
        raise ValueError(
            f"reference must have shape (num_references, num_features), at least one reference, got {reference.shape}."
        )
    if labels.shape != reference.shape[:1]:
        raise ValueError(f"labels must have shape {reference.shape[:1]}, one per reference, got {labels.shape}.")
    classes, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    mean: Array = reference.mean(axis=0, dtype=np.float64)
    centred = reference - mean
    means = np.eye(len(classes))[index].T @ centred / counts[:, None]
    centred -= means[index]
    variances, directions = np.linalg.eigh(centred.T @ centred / len(centred))
    varies = variances > variances[-1] * len(variances) * np.finfo(np.float64).eps
    whitening = directions[:, varies] / np.sqrt(variances[varies])
    return WhitenedClasses(mean, whitening, means @ whitening, counts / len(reference))
