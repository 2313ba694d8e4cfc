"""Which known samples a new one is most like, by Euclidean distance between features."""

import numpy as np
from numpy.typing import NDArray


def nearest_neighbors(
    queries: NDArray[np.floating],
    references: NDArray[np.floating],
    num_neighbors: int,
    squared_norms: NDArray[np.floating] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The nearest references of each query, the nearest first.

    Args:
        queries: (num_queries, num_features).
        references: (num_references, num_features).
        num_neighbors: how many, at most num_references.
        squared_norms: (num_references,), the squared length of each reference, for who asks about the same references often.

    Returns:
        indices and Euclidean distances, each (num_queries, num_neighbors); of equally near ones any.

    Raises:
        ValueError: more neighbors are asked for than there are references.
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
    # Exactly, for the few that are shown: the difference of large squares would lose digits.
    distances = np.linalg.norm(references[nearest].astype(np.float64) - queries[:, None], axis=-1)
    order = np.argsort(distances, axis=1)
    return np.take_along_axis(nearest, order, axis=1), np.take_along_axis(distances, order, axis=1)
