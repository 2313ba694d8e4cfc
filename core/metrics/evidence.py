"""What scores are computed from: a network's outputs for some images, and what they are compared with."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.metrics.features import unit_length, weight_distances
from core.metrics.logit_norm import choose_p
from core.metrics.passes import PassSummary
from core.metrics.predictions import Predictions, softmax
from core.metrics.whitening import WhitenedClasses, whitened_classes

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a network says of some images.

    Attributes:
        logits: (num_samples, num_classes), before the softmax.
        features: (num_samples, num_features) of the last hidden layer, or None.
        passes: the summary of Monte Carlo dropout, or None.
    """

    logits: Array
    features: Array | None = None
    passes: PassSummary | None = None

    @cached_property
    def probs(self) -> NDArray[np.float64]:
        """(num_samples, num_classes), in [0, 1]."""
        return softmax(self.logits)


@dataclass(frozen=True, eq=False)
class Training:
    """Training images as the last hidden layer sees them, and the layer that follows.

    What depends on them alone is computed once, when it is first needed.

    Attributes:
        features: (num_references, num_features).
        labels: (num_references,).
        weights: (num_features, num_classes) of the last layer.
    """

    features: Array
    labels: NDArray[np.integer]
    weights: Array

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """(num_features,), the mean of the features."""
        return np.asarray(self.features.mean(axis=0, dtype=np.float64))

    @cached_property
    def whitened(self) -> WhitenedClasses:
        """The class means and the mean in whitened coordinates."""
        return whitened_classes(self.features, self.labels)

    @cached_property
    def unit_features(self) -> NDArray[np.float32]:
        """(num_references, num_features), each row scaled to length 1."""
        return unit_length(self.features)

    @cached_property
    def unit_whitened(self) -> WhitenedClasses:
        """The class means of the features scaled to length 1, in whitened coordinates."""
        return whitened_classes(self.unit_features, self.labels)

    @cached_property
    def weight_distances(self) -> NDArray[np.float64]:
        """(num_classes, num_classes), how far apart the weights of two classes are."""
        return weight_distances(self.weights)


@dataclass(frozen=True, eq=False)
class Reference:
    """What the scores of a run may compare with.

    Attributes:
        validation: the run's predictions for its validation split.
        training: some of its training images, or None.
    """

    validation: Predictions
    training: Training | None = None

    @cached_property
    def max_logit_p(self) -> int | None:
        """The p of MaxLogit-pNorm, chosen on the validation split; None stands for least confidence."""
        return choose_p(self.validation.logits, self.validation.correct)
