"""Are a network and people unsure about the same images? Votes are counts, one row per image."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from core.metrics.uncertainty import normalized_entropy


def vote_entropy(votes: NDArray[np.integer]) -> NDArray[np.float64]:
    """How much people disagree: the entropy of their votes divided by the logarithm of the number of classes.

    Args:
        votes: (num_samples, num_classes) counts, at least one vote per row.

    Returns:
        (num_samples,), in [0, 1]; 0 where all agree.

    Example:
        >>> vote_entropy(np.array([[50, 0, 0, 0], [25, 25, 0, 0]])).tolist()
        [0.0, 0.5]
    """
    return np.asarray(normalized_entropy(votes / votes.sum(axis=-1, keepdims=True)), np.float64)


def entropy_rank_correlation(probs: NDArray[np.floating], votes: NDArray[np.integer]) -> float:
    """Spearman's rank correlation of the network's entropy with the entropy of the votes; ties share their mean rank.

    Args:
        probs: (num_samples, num_classes), the network's probabilities.
        votes: (num_samples, num_classes) counts.

    Returns:
        In [-1, 1]; NaN if either is the same for every image.

    Source:
        Votes of people for images, about 50 per image: Peterson, Battleday, Griffiths & Russakovsky
        2019, https://arxiv.org/abs/1908.07086.

    Example:
        >>> probs, votes = np.array([[0.9, 0.1], [0.5, 0.5], [1, 0]]), np.array([[8, 2], [6, 4], [10, 0]])
        >>> entropy_rank_correlation(probs, votes)
        1.0
    """
    network, people = normalized_entropy(probs), vote_entropy(votes)
    if np.ptp(network) == 0 or np.ptp(people) == 0:
        return float("nan")
    return float(spearmanr(network, people).statistic)


def people_error(votes: NDArray[np.integer], labels: NDArray[np.integer], num_classes: int) -> NDArray[np.float64]:
    """How often people choose another class than the label, for each class.

    Args:
        votes: (num_samples, num_classes) counts, at least one vote per row.
        labels: (num_samples,) class indices.
        num_classes: number of classes.

    Returns:
        (num_classes,): the mean over the images of a class of the share of votes that are not for it, in [0, 1]; NaN for a
        class without images.

    Example:
        >>> people_error(np.array([[3, 1], [4, 0], [1, 1]]), np.array([0, 0, 1]), 2).tolist()
        [0.125, 0.5]
    """
    not_for_label = 1 - votes[np.arange(len(labels)), labels] / votes.sum(axis=1)
    count = np.bincount(labels, minlength=num_classes)
    return np.bincount(labels, weights=not_for_label, minlength=num_classes) / np.where(count, count, np.nan)
