"""A deep ensemble: several networks of one recipe, trained with different seeds, answer together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax, logsumexp

from core.metrics.passes import PassSummary, pass_summary
from core.metrics.predictions import Predictions
from core.metrics.two_networks import check_same_samples


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What the networks answer together, and how much they disagree.

    Attributes:
        predictions: their probabilities are the mean of the members' probabilities. Their logits are the logarithms of this
            mean, so energy is 0 for every image and means nothing.
        over_members: entropies, mutual information and votes, with a member in the place of a dropout pass.
    """

    predictions: Predictions
    over_members: PassSummary


def ensemble(members: Sequence[Predictions]) -> Ensemble:
    """The deep ensemble of networks: the mean of their probabilities.

    The logarithms are computed in float64 and stored in float32, as all logits are. The relative error of a
    probability p is at most 6e-8 (|ln p| + ln num_classes). An answer changes only where two classes are as close as that.

    Args:
        members: at least two, of the same images in the same order.

    Raises:
        ValueError: there are fewer than two members, or what `check_same_samples` raises.

    Source:
        Lakshminarayanan, Pritzel & Blundell 2017, https://arxiv.org/abs/1612.01474

    Example:
        >>> labels, names = np.array([0, 0]), ("cat", "dog")
        >>> first = Predictions(np.log([[0.9, 0.1], [0.5, 0.5]]), labels, names)
        >>> second = Predictions(np.log([[0.1, 0.9], [0.5, 0.5]]), labels, names)
        >>> both = ensemble([first, second])
        >>> both.predictions.probs.round(3).tolist()
        [[0.5, 0.5], [0.5, 0.5]]
        >>> both.over_members.mutual_information.round(3).tolist()  # they disagree about the first image
        [0.368, 0.0]
    """
    if len(members) < 2:
        raise ValueError(
            f"An ensemble needs at least two networks, got {len(members)}; choose another run of the recipe."
        )
    check_same_samples(members)
    # (num_samples, num_members, num_classes); the logarithm is finite even where the probability is rounded to 0.
    log_probs = log_softmax(np.stack([member.logits for member in members], axis=1).astype(np.float64), axis=-1)
    log_mean = logsumexp(log_probs, axis=1) - np.log(len(members))
    return Ensemble(
        Predictions(log_mean, members[0].labels, members[0].class_names),
        pass_summary(np.stack([member.probs for member in members], axis=1)),
    )
