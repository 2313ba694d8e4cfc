"""A network beside people: are both unsure of the same images? Votes are counts, one row an image."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from core.metrics.uncertainty import normalized_entropy


def vote_entropy(votes: NDArray[np.integer]) -> NDArray[np.float64]:
    """How divided people are: the entropy of their votes over the logarithm of the number of classes.

    Args:
        votes: (num_samples, num_classes) counts, at least one vote a row.

    Returns:
        (num_samples,), in [0, 1]; 0 where all agree.
    """
    return normalized_entropy(votes / votes.sum(axis=-1, keepdims=True))


def entropy_rank_correlation(probs: NDArray[np.floating], votes: NDArray[np.integer]) -> float:
    """Spearman's rank correlation of the network's entropy with that of the votes; ties share their mean rank.

    Args:
        probs: (num_samples, num_classes) of the network.
        votes: (num_samples, num_classes) counts.

    Returns:
        In [-1, 1]; NaN if either is the same for every image.

    Source:
        Peterson, Battleday, Griffiths, Russakovsky 2019, https://arxiv.org/abs/1908.07086
    """
    network, people = normalized_entropy(probs), vote_entropy(votes)
    if np.ptp(network) == 0 or np.ptp(people) == 0:
        return float("nan")
    return float(spearmanr(network, people).statistic)
