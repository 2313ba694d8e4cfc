"""Questions to a network that need more than one function of core. Runs in the networks' process and imports Keras."""

import threading
import time

import keras
import numpy as np
from numpy.typing import NDArray

from core.data import datasets, sources
from core.data.datasets import Dataset
from core.metrics.neighbors import nearest_neighbors
from core.models import inference
from core.models.once import once_per_model
from core.saliency import feature_layers, grad_cam
from core.serving.values import About, Nearest

AT_ONCE = 500  # training images between two checks of the time limit
WARM_PASSES = 100  # the number that the app uses; another number would be compiled again


def about(model: keras.Model) -> About:
    """What a page needs to know about a network before it asks more."""
    dropouts = any(isinstance(layer, keras.layers.Dropout) and layer.rate > 0 for layer in model.layers)
    return About(dropouts, feature_layers(model))


def warm(model: keras.Model) -> None:
    """Compile the functions that the first drawing needs, so that it does not wait for them."""
    blank = np.zeros((1, *model.input_shape[1:]), np.uint8)
    inference.logits(model, blank)
    inference.features(model, blank)
    known = about(model)
    if known.has_dropout:
        inference.mc_dropout_probs(model, blank, WARM_PASSES, seed=0)
    if known.feature_layers:
        grad_cam(model, blank, 0)


def nearest(
    model: keras.Model, dataset: str, image: NDArray[np.uint8], num_neighbors: int, seconds: float
) -> Nearest | None:
    """The training images whose last hidden layer is nearest to that of an image.

    Computing the features of all training images takes seconds to minutes. It is done in parts, one per question, and the
    features are kept as long as the network is. An answer is about the images seen so far.

    Args:
        model: the network.
        dataset: the name of its data set; if its training images are missing, the test images are used.
        image: (height, width, channels) uint8.
        num_neighbors: number of images to return.
        seconds: time limit for computing more features before the answer.

    Returns:
        The nearest images first; None while fewer than num_neighbors images were seen.

    Raises:
        DataMissing: neither the training nor the test images were found.
        DataDamaged: they cannot be read.
    """
    search = _search(model)
    search.go_on(model, dataset, seconds)
    found, seen = search.dataset, slice(search.num_seen)
    if found is None or search.num_seen < num_neighbors:
        return None
    query, features = inference.features(model, image[None]), search.features[seen]
    (near,), (distances,) = nearest_neighbors(query, features, num_neighbors, search.squared_norms[seen])
    return Nearest(found.images[near], found.labels[near], distances, len(features), len(found.images), found.split)


def held_bytes(model: keras.Model) -> int:
    """Memory that `nearest` keeps for a model, in bytes."""
    search = _search(model)
    return search.features.nbytes + (search.dataset.images.nbytes if search.dataset else 0)


class _Search:
    """The training images of a network, and the features computed so far."""

    dataset: Dataset | None = None
    num_seen = 0

    def __init__(self) -> None:
        self.features = np.empty((0, 0), np.float32)
        self.squared_norms = np.empty(0, np.float32)
        self._computing = threading.Lock()

    def go_on(self, model: keras.Model, dataset: str, seconds: float) -> None:
        # While one user's question computes features, another's is answered with those that exist: none is computed twice.
        if not self._computing.acquire(blocking=False):
            return
        try:
            end = time.monotonic() + seconds
            if self.dataset is None:
                loaded = datasets.load(dataset, "test" if sources.missing_files(dataset, "train") else "train")
                width = inference.features(model, loaded.images[:1]).shape[1]
                self.features = np.empty((len(loaded.images), width), np.float32)
                self.squared_norms = np.empty(len(loaded.images), np.float32)
                self.dataset = loaded
            while self.num_seen < len(self.features) and time.monotonic() < end:
                part = slice(self.num_seen, self.num_seen + AT_ONCE)
                self.features[part] = inference.features(model, self.dataset.images[part])
                self.squared_norms[part] = (self.features[part] ** 2).sum(axis=1)
                self.num_seen = min(part.stop, len(self.features))
        finally:
            self._computing.release()


@once_per_model
def _search(model: keras.Model) -> _Search:
    return _Search()
