"""The scores of uncertainty, in one table: what each is called, needs and means. Larger is less certain."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from core.metrics import features, logit_norm, uncertainty
from core.metrics.evidence import Evidence, Reference, Training
from core.metrics.passes import PassSummary

Array = NDArray[np.floating]


class Need(Enum):
    """What a score is computed from."""

    PROBABILITIES = auto()
    LOGITS = auto()
    PASSES = auto()  # Monte Carlo dropout
    FEATURES = auto()  # of the last hidden layer
    TRAINING_FEATURES = auto()  # of training images, with the weights of the last layer


@dataclass(frozen=True)
class Score:
    """A score and what a page shows of it.

    Attributes:
        label: the name that people choose it by, and its key.
        values: (evidence of num_samples images, reference) -> (num_samples,), larger is less certain; raises a
            ValueError if something that the score needs is missing.
        needs: what it is computed from.
        bounded: whether its values lie in [0, 1].
        axis: the axis title, with range or unit.
        meaning: one sentence.
        source: paper and address; empty where there is none.
    """

    label: str
    values: Callable[[Evidence, Reference], Array]
    needs: frozenset[Need]
    bounded: bool
    axis: str
    meaning: str
    source: str


def _features(evidence: Evidence) -> Array:
    if evidence.features is None:
        raise ValueError("This score needs features: give the evidence the features of the last hidden layer.")
    return evidence.features


def _passes(evidence: Evidence) -> PassSummary:
    if evidence.passes is None:
        raise ValueError("This score needs Monte Carlo dropout: give the evidence a summary of the passes.")
    return evidence.passes


def _training(reference: Reference) -> Training:
    if reference.training is None:
        raise ValueError("This score needs training images: give the reference their features.")
    return reference.training


def _knn_distance(evidence: Evidence, reference: Reference) -> Array:
    known = _training(reference).unit_features
    num_neighbors = min(features.NUM_NEIGHBORS, len(known))
    return features.unit_knn_distance(features.unit_length(_features(evidence)), known, num_neighbors)


def _normalized_mahalanobis(evidence: Evidence, reference: Reference) -> Array:
    return _training(reference).unit_whitened.mahalanobis(features.unit_length(_features(evidence)))


def _fdbd(evidence: Evidence, reference: Reference) -> Array:
    training = _training(reference)
    return features.fdbd(_features(evidence), evidence.logits, training.weight_distances, training.mean)


_ALL = (
    Score(
        label="Least confidence",
        values=lambda evidence, reference: uncertainty.least_confidence(evidence.probs),
        needs=frozenset({Need.PROBABILITIES}),
        bounded=True,
        axis="1 − largest probability (0 to 1)",
        meaning="One minus the largest probability: over 0.5 means that no class has half of it.",
        source="Hendrycks & Gimpel 2017, https://arxiv.org/abs/1610.02136",
    ),
    Score(
        label="Entropy",
        values=lambda evidence, reference: uncertainty.normalized_entropy(evidence.probs),
        needs=frozenset({Need.PROBABILITIES}),
        bounded=True,
        axis="Entropy ÷ log(number of classes) (0 to 1)",
        meaning="How evenly the probability is spread: 0 for one class alone, 1 for all alike.",
        source="Shannon 1948, https://doi.org/10.1002/j.1538-7305.1948.tb01338.x",
    ),
    Score(
        label="Margin",
        values=lambda evidence, reference: uncertainty.margin_uncertainty(evidence.probs),
        needs=frozenset({Need.PROBABILITIES}),
        bounded=True,
        axis="1 − (largest − second largest probability) (0 to 1)",
        meaning="How close the two most likely classes are: 1 is a tie.",
        source="Scheffer, Decomain & Wrobel 2001, https://doi.org/10.1007/3-540-44816-0_31",
    ),
    Score(
        label="Max logit",
        values=lambda evidence, reference: uncertainty.max_logit_uncertainty(evidence.logits),
        needs=frozenset({Need.LOGITS}),
        bounded=False,
        axis="−largest logit",
        meaning="Minus the largest logit.",
        source="Hendrycks et al. 2022, https://arxiv.org/abs/1911.11132",
    ),
    Score(
        label="Logit margin",
        values=lambda evidence, reference: uncertainty.logit_margin_uncertainty(evidence.logits),
        needs=frozenset({Need.LOGITS}),
        bounded=False,
        axis="−(largest − second largest logit)",
        meaning="The gap of the two largest logits, which does not saturate as probabilities do.",
        source="",
    ),
    Score(
        label="Energy",
        values=lambda evidence, reference: uncertainty.energy(evidence.logits),
        needs=frozenset({Need.LOGITS}),
        bounded=False,
        axis="−log Σ exp(logit)",
        meaning="Minus the logarithm of the summed exponentials: low when any logit is high.",
        source="Liu et al. 2020, https://arxiv.org/abs/2010.03759",
    ),
    Score(
        label="GEN",
        values=lambda evidence, reference: uncertainty.gen(evidence.probs),
        needs=frozenset({Need.PROBABILITIES}),
        bounded=False,
        axis="Σ (p (1 − p))^0.1 over the classes (0 or more)",
        meaning="Generalised entropy: how evenly the probability is spread, with small probabilities counted strongly.",
        source="Liu, Lochman & Zach 2023, https://openreview.net/forum?id=Sie7oeTABS",
    ),
    Score(
        label="MaxLogit-pNorm",
        values=lambda evidence, reference: logit_norm.max_logit_pnorm(evidence.logits, reference.max_logit_p),
        needs=frozenset({Need.PROBABILITIES, Need.LOGITS}),
        bounded=False,
        axis="−largest centred logit ÷ p-norm of all (p by validation)",
        meaning="The largest logit relative to the size of all logits, or least confidence if that ranks better on "
        "validation.",
        source="Cattelan & Silva 2024, https://arxiv.org/abs/2305.15508",
    ),
    Score(
        label="MC predictive entropy",
        values=lambda evidence, reference: _passes(evidence).predictive_entropy,
        needs=frozenset({Need.PASSES}),
        bounded=False,
        axis="Entropy of the mean over dropout passes (nats)",
        meaning="The whole uncertainty: the entropy of the mean of the dropout passes.",
        source="Gal & Ghahramani 2016, https://arxiv.org/abs/1506.02142",
    ),
    Score(
        label="MC mutual information",
        values=lambda evidence, reference: _passes(evidence).mutual_information,
        needs=frozenset({Need.PASSES}),
        bounded=False,
        axis="Mutual information over dropout passes (nats)",
        meaning="How much the dropout passes disagree: 0 if all say the same.",
        source="Houlsby et al. 2011, https://arxiv.org/abs/1112.5745",
    ),
    Score(
        label="Mahalanobis",
        values=lambda evidence, reference: _training(reference).whitened.mahalanobis(_features(evidence)),
        needs=frozenset({Need.FEATURES, Need.TRAINING_FEATURES}),
        bounded=False,
        axis="Squared distance to the nearest class mean (0 or more)",
        meaning="How far the features are from those of the nearest class, in standard deviations within the classes.",
        source="Lee et al. 2018, https://arxiv.org/abs/1807.03888",
    ),
    Score(
        label="Relative Mahalanobis",
        values=lambda evidence, reference: _training(reference).whitened.relative_mahalanobis(_features(evidence)),
        needs=frozenset({Need.FEATURES, Need.TRAINING_FEATURES}),
        bounded=False,
        axis="Squared distance to the nearest class mean − to the mean of all",
        meaning="How much farther the features are from the nearest class than from all training images together.",
        source="Ren et al. 2021, https://arxiv.org/abs/2106.09022",
    ),
    Score(
        label="Normalised Mahalanobis",
        values=_normalized_mahalanobis,
        needs=frozenset({Need.FEATURES, Need.TRAINING_FEATURES}),
        bounded=False,
        axis="Squared distance to the nearest class mean, lengths 1 (0 or more)",
        meaning="The Mahalanobis distance of features that are first scaled to length 1: only their direction counts.",
        source="Mueller & Hein 2025, https://arxiv.org/abs/2505.18032",
    ),
    Score(
        label="k-NN distance",
        values=_knn_distance,
        needs=frozenset({Need.FEATURES, Need.TRAINING_FEATURES}),
        bounded=False,
        axis=f"Distance to the {features.NUM_NEIGHBORS}th nearest training image (0 to 2)",
        meaning="How far the features are from the most similar training images, all scaled to length 1.",
        source="Sun et al. 2022, https://arxiv.org/abs/2204.06507",
    ),
    Score(
        label="fDBD",
        values=_fdbd,
        needs=frozenset({Need.LOGITS, Need.FEATURES, Need.TRAINING_FEATURES}),
        bounded=False,
        axis="−distance to the class boundaries ÷ to the training mean (0 or less)",
        meaning="How close the features are to the boundaries with other classes, compared with their distance to the "
        "mean of the training images.",
        source="Liu & Qin 2024, https://arxiv.org/abs/2312.11536",
    ),
)
SCORES: dict[str, Score] = {score.label: score for score in _ALL}
FROM_LOGITS = frozenset({Need.PROBABILITIES, Need.LOGITS})  # what saved predictions supply


def labels_from(supply: Collection[Need]) -> tuple[str, ...]:
    """The labels of the scores that can be computed from what is there, in the order on screen.

    Example:
        >>> labels_from({Need.PROBABILITIES})
        ('Least confidence', 'Entropy', 'Margin', 'GEN')
    """
    return tuple(label for label, score in SCORES.items() if score.needs <= frozenset(supply))
