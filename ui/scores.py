"""The scores that pages offer, by the labels that people choose them by."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.metrics import uncertainty
from core.metrics.predictions import Predictions


class Score(NamedTuple):
    """What a page shows of a score: its values, its axis, and one sentence."""

    of: Callable[[Predictions], NDArray[np.floating]]
    axis: str
    explanation: str


SCORES = {
    "Least confidence": Score(
        lambda predictions: uncertainty.least_confidence(predictions.probs),
        "1 − largest probability (0 to 1)",
        "One minus the largest probability: over 0.5 means that no class has half of it.",
    ),
    "Entropy": Score(
        lambda predictions: uncertainty.normalized_entropy(predictions.probs),
        "Entropy ÷ log(number of classes) (0 to 1)",
        "How evenly the probability is spread: 0 for one class alone, 1 for all alike.",
    ),
    "Margin": Score(
        lambda predictions: uncertainty.margin_uncertainty(predictions.probs),
        "1 − (largest − second largest probability) (0 to 1)",
        "How close the two most likely classes are: 1 is a tie.",
    ),
    "Max logit": Score(
        lambda predictions: uncertainty.max_logit_uncertainty(predictions.logits),
        "−largest logit",
        "Minus the largest value before the softmax.",
    ),
    "Logit margin": Score(
        lambda predictions: uncertainty.logit_margin_uncertainty(predictions.logits),
        "−(largest − second largest logit)",
        "The gap of the two largest logits, which does not saturate as probabilities do.",
    ),
    "Energy": Score(
        lambda predictions: uncertainty.energy(predictions.logits),
        "−log Σ exp(logit)",
        "Minus the logarithm of the summed exponentials: low when any logit is high.",
    ),
}
