"""Types of answers that no other part of core defines. Importing this module does not import Keras."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class About:
    """What a page needs to know about a network before it asks more.

    Attributes:
        has_dropout: whether Monte Carlo dropout is possible.
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
        num_seen, num_images: number of images compared so far, and in total.
        split: "train", or "test" if the training images are missing.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    distances: NDArray[np.float64]
    num_seen: int
    num_images: int
    split: str
