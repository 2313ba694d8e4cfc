"""The known samples that are most similar to a new one, by Euclidean distance between features."""

import numpy as np
from numpy.typing import NDArray


def nearest_neighbors(
    queries: NDArray[np.floating],
    references: NDArray[np.floating],
    num_neighbors: int,
    squared_norms: NDArray[np.floating] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The nearest references of each query, nearest first.

    Args:
        queries: (num_queries, num_features).
        references: (num_references, num_features).
        num_neighbors: how many, at most num_references.
        squared_norms: (num_references,), the squared length of each reference; None computes it in each call.

    Returns:
        indices and Euclidean distances, each (num_queries, num_neighbors). Ties are broken arbitrarily.

    Raises:
        ValueError: num_neighbors is larger than num_references.

    Example:
        >>> indices, distances = nearest_neighbors(np.array([[0.0, 0]]), np.array([[5.0, 0], [3, 4], [0, 2]]), 1)
        >>> indices.tolist(), distances.tolist()
        ([[2]], [[2.0]])
    """
    if num_neighbors > len(references):
        raise ValueError(
            f"num_neighbors must be at most {len(references)}, the number of references, got {num_neighbors}."
        )
    # |q - r|^2 = |q|^2 - 2 q r + |r|^2: the first term does not change which is nearest.
    if squared_norms is None:
        squared_norms = np.einsum("rf,rf->r", references, references)
    ranks = squared_norms - 2 * queries @ references.T
    nearest = np.argpartition(ranks, num_neighbors - 1, axis=1)[:, :num_neighbors]
    # Exact distances for these few: a difference of large squares would lose digits.
    distances = np.linalg.norm(references[nearest].astype(np.float64) - queries[:, None], axis=-1)
    order = np.argsort(distances, axis=1)
    return np.take_along_axis(nearest, order, axis=1), np.take_along_axis(distances, order, axis=1)
