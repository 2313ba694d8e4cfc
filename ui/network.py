"""A run's network, loaded in the background as soon as a page needs it, and what is asked of it on the spot."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import datasets, sources
from core.data.datasets import Dataset
from core.training import runs
from core.training.runs import Run

NUM_PASSES, SEED = 100, 0
AT_ONCE = 1000  # images that it is asked about; then whoever waits sees how far it is, or can go
# One worker: two threads that import Keras at once would wait for each other anyway.
_worker = ThreadPoolExecutor(max_workers=1)
# Another one for what takes minutes on a large network: the next network need not wait for it.
_looker = ThreadPoolExecutor(max_workers=1)


class Known(NamedTuple):
    """The first images of a split, whose features are known, to find a new one's neighbors among."""

    dataset: Dataset
    features: NDArray[np.float32]  # (num_known, num_features)


class Looking:
    """A network on its way through its training images; what it knows so far can be had at any time."""

    known: Known | None = None

    def __init__(self, name: str, loading: Future[Any]) -> None:
        self.end = _looker.submit(self._look, name, loading)

    def _look(self, name: str, loading: Future[Any]) -> None:
        from core.models import inference

        data = runs.find(name).config.dataset
        dataset = datasets.load(data, "test" if sources.missing_files(data, "train") else "train")
        model, num_samples = loading.result(), len(dataset.images)
        for start in range(0, num_samples, AT_ONCE):
            found = inference.features(model, dataset.images[start : start + AT_ONCE])
            if start == 0:
                features = np.empty((num_samples, *found.shape[1:]), found.dtype)
            features[start : start + len(found)] = found
            self.known = Known(dataset, features[: start + len(found)])


@st.cache_resource(max_entries=3, show_spinner=False)
def _network(name: str, finished_at: float) -> Future[Any]:
    return _worker.submit(_loaded, name)


@st.cache_resource(max_entries=2, show_spinner=False)
def _looking(name: str, finished_at: float) -> Looking:
    return Looking(name, _network(name, finished_at))


def _loaded(name: str) -> Any:
    from core.models import inference

    model = runs.find(name).model()
    blank = np.zeros((1, *model.input_shape[1:]), np.uint8)
    inference.logits(model, blank)  # the first call compiles
    inference.features(model, blank)
    if has_dropout(model):
        inference.mc_dropout_probs(model, blank, NUM_PASSES, SEED)
    from core.saliency import feature_layers, grad_cam

    if feature_layers(model):
        grad_cam(model, blank, 0)
    return model


def warm(run: Run, *, neighbors: bool = False) -> None:
    """Begin to load the network, without waiting; with neighbors, also to look through its training images."""
    finished_at = run.done()["finished_at"]
    _network(run.name, finished_at)
    if neighbors:
        _looking(run.name, finished_at)


def network(run: Run) -> Any:
    """The run's model, read-only; says that it waits if it must."""
    loading = _network(run.name, run.done()["finished_at"])
    if not loading.done():
        with st.spinner("Loading Keras and the network (about 6 seconds, once)…"):
            loading.result()
    return loading.result()


def known(run: Run) -> Known | None:
    """The images it learnt from with their features, as far as they were looked at; None before the first of them.

    Raises:
        DataMissing: neither the training nor the test images are here.
        DataDamaged: they cannot be read.
    """
    looking = _looking(run.name, run.done()["finished_at"])
    if looking.end.done():
        looking.end.result()  # raises what ended it
    return looking.known


def has_looked(run: Run) -> bool:
    """Whether it looked through all of them, or cannot."""
    return _looking(run.name, run.done()["finished_at"]).end.done()


def has_dropout(model: Any) -> bool:
    """Whether Monte Carlo dropout has anything to vary."""
    return any(type(layer).__name__ == "Dropout" and layer.rate > 0 for layer in model.layers)
