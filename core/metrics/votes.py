"""How often people are right who voted on the class of an image. Votes are counts, one row per image; nothing is drawn."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def drawn_vote_accuracy(votes: NDArray[np.integer], labels: NDArray[np.integer]) -> Array:
    """The probability that one person, drawn from those who voted on an image, is right.

    Args:
        votes: (num_samples, num_classes), how many people chose each class, at least one per image.
        labels: (num_samples,).

    Returns:
        (num_samples,), in [0, 1].

    Raises:
        ValueError: the shapes do not fit together, or an image has no vote.

    Source:
        Votes of people for CIFAR-10: Peterson, Battleday, Griffiths & Russakovsky 2019, https://arxiv.org/abs/1908.07086

    Example:
        >>> drawn_vote_accuracy(np.array([[45, 5], [25, 25]]), np.array([0, 1])).tolist()
        [0.9, 0.5]
    """
    _check_votes(votes, labels)
    return np.asarray(votes[np.arange(len(labels)), labels] / votes.sum(axis=1))


def majority_accuracy(votes: NDArray[np.integer], labels: NDArray[np.integer]) -> Array:
    """The probability that the class with most votes is right; a tie is decided by lot.

    Args:
        votes: (num_samples, num_classes), how many people chose each class, at least one per image.
        labels: (num_samples,).

    Returns:
        (num_samples,): 0 or 1, or 1 / c where the label is one of c classes with most votes.

    Raises:
        ValueError: the shapes do not fit together, or an image has no vote.

    Source:
        Peterson et al. 2019, https://arxiv.org/abs/1908.07086

    Example:
        >>> majority_accuracy(np.array([[45, 5], [25, 25], [5, 45]]), np.array([0, 1, 0])).tolist()
        [1.0, 0.5, 0.0]
    """
    _check_votes(votes, labels)
    most = votes == votes.max(axis=1, keepdims=True)
    return np.asarray(most[np.arange(len(labels)), labels] / most.sum(axis=1))


def _check_votes(votes: NDArray[np.integer], labels: NDArray[np.integer]) -> None:
    if votes.ndim != 2 or labels.shape != votes.shape[:1]:
        raise ValueError(
            f"votes must have shape (num_samples, num_classes), one row per label, got {votes.shape} and {labels.shape}."
        )
    if (votes < 0).any() or (votes.sum(axis=1) == 0).any():
        raise ValueError("votes must be counts with at least one vote per image. Leave out the images without votes.")
