"""Whether an image is like the training images: its distance to them, and a limit from validation images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.features import unit_length
from core.metrics.whitening import WhitenedClasses, whitened_classes

SHARE = 0.95  # of the validation images that stay within the limit


@dataclass(frozen=True, eq=False)
class Familiarity:
    """The distance to the training images, in the features of the last hidden layer, and its limit.

    Attributes:
        classes: the training images' features, scaled to length 1.
        limit: the distance that SHARE of the validation images do not exceed.
    """

    classes: WhitenedClasses
    limit: float

    def distance(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """The score `core.metrics.features.normalized_mahalanobis`.

        Args:
            features: (num_samples, num_features).

        Returns:
            (num_samples,), at least 0.
        """
        return self.classes.mahalanobis(unit_length(features))


def familiarity(
    training: NDArray[np.floating], labels: NDArray[np.integer], validation: NDArray[np.floating]
) -> Familiarity:
    """The distance to these training images, with the limit that SHARE of the validation images stay within.

    Args:
        training: (num_references, num_features).
        labels: (num_references,), their classes.
        validation: (num_validation, num_features).

    Source:
        The distance is that of Mueller & Hein 2025, https://arxiv.org/abs/2505.18032.

    Example:
        >>> training = np.array([[5.0, 0], [4, 3], [0, 5], [3, 4]])
        >>> known = familiarity(training, np.array([0, 0, 1, 1]), validation=training)
        >>> bool(known.distance(np.array([[-1.0, 0]]))[0] > known.limit)
        True
    """
    classes = whitened_classes(unit_length(training), labels)
    limit = np.quantile(classes.mahalanobis(unit_length(validation)), SHARE, method="inverted_cdf")
    return Familiarity(classes, float(limit))
