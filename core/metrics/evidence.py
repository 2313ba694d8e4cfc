"""Every score that a network's answers allow, side by side: what it says, what its passes say, what its features say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics import uncertainty
from core.metrics.features import NUM_NEIGHBORS, knn_uncertainty, mahalanobis_uncertainty
from core.metrics.passes import PassSummary
from core.metrics.predictions import softmax


@dataclass(frozen=True, eq=False)
class Reference:
    """Images that the network learnt from, as its last hidden layer sees them.

    Attributes:
        features: (num_references, num_features).
        labels: (num_references,).
    """

    features: NDArray[np.floating]
    labels: NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a network says of some images.

    Attributes:
        logits: (num_samples, num_classes).
        features: (num_samples, num_features) of the last hidden layer, or None.
        passes: the summary of Monte Carlo dropout, or None.
    """

    logits: NDArray[np.floating]
    features: NDArray[np.floating] | None = None
    passes: PassSummary | None = None


def all_scores(evidence: Evidence, reference: Reference | None = None) -> dict[str, NDArray[np.floating]]:
    """Every score that can be had, larger is less certain.

    Args:
        evidence: of num_samples images.
        reference: for the two scores that compare features; without it they are left out.

    Returns:
        name on screen -> (num_samples,).
    """
    probs = softmax(evidence.logits)
    scores = {
        "Least confidence": uncertainty.least_confidence(probs),
        "Entropy": uncertainty.normalized_entropy(probs),
        "Margin": uncertainty.margin_uncertainty(probs),
        "Max logit": uncertainty.max_logit_uncertainty(evidence.logits),
        "Logit margin": uncertainty.logit_margin_uncertainty(evidence.logits),
        "Energy": uncertainty.energy(evidence.logits),
    }
    if evidence.passes is not None:
        scores["MC predictive entropy"] = evidence.passes.predictive_entropy
        scores["MC mutual information"] = evidence.passes.mutual_information
    if evidence.features is not None and reference is not None:
        scores["Mahalanobis"] = mahalanobis_uncertainty(evidence.features, reference.features, reference.labels)
        num_neighbors = min(NUM_NEIGHBORS, len(reference.features))
        scores["k-NN distance"] = knn_uncertainty(evidence.features, reference.features, num_neighbors)
    return scores
