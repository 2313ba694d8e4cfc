"""Answers that no other part of core has a value for; importing this module imports no Keras."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class About:
    """What a page must know of a network before it asks more.

    Attributes:
        has_dropout: whether Monte Carlo dropout has anything to vary.
        feature_layers: names of the layers that Grad-CAM can explain, from the image to the logits.
    """

    has_dropout: bool
    feature_layers: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Nearest:
    """The training images nearest to an image, the nearest first.

    Attributes:
        images: (num_neighbors, height, width, channels) uint8.
        labels: (num_neighbors,).
        distances: (num_neighbors,), Euclidean, between last hidden layers.
        num_seen, num_images: how many images were compared so far, and of how many.
        split: "train", or "test" where the training images are not here.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    distances: NDArray[np.float64]
    num_seen: int
    num_images: int
    split: str
