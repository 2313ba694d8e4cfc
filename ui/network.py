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
# One worker: two threads that import Keras at once would wait for each other anyway.
_worker = ThreadPoolExecutor(max_workers=1)


class Known(NamedTuple):
    """Images whose features are known, to find a new one's neighbors among."""

    dataset: Dataset
    features: NDArray[np.float32]  # (num_samples, num_features)


@st.cache_resource(max_entries=3, show_spinner=False)
def _network(name: str, finished_at: float) -> Future[Any]:
    return _worker.submit(_loaded, name)


@st.cache_resource(max_entries=2, show_spinner=False)
def _known(name: str, finished_at: float) -> "Future[Known]":
    return _worker.submit(_remembered, name, _network(name, finished_at))


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


def _remembered(name: str, network: Future[Any]) -> Known:
    from core.models import inference

    data = runs.find(name).config.dataset
    split = "test" if sources.missing_files(data, "train") else "train"
    dataset = datasets.load(data, split)
    return Known(dataset, inference.features(network.result(), dataset.images))


def warm(run: Run, *, neighbors: bool = False) -> None:
    """Begin to load the network, without waiting; with neighbors, also to look at all its training images."""
    finished_at = run.done()["finished_at"]
    _network(run.name, finished_at)
    if neighbors:
        _known(run.name, finished_at)


def network(run: Run) -> Any:
    """The run's model, read-only; says that it waits if it must."""
    loading = _network(run.name, run.done()["finished_at"])
    if not loading.done():
        with st.spinner("Loading Keras and the network (about 6 seconds, once)…"):
            loading.result()
    return loading.result()


def known(run: Run) -> Known | None:
    """The images it learnt from with their features; None while they are still being looked at."""
    looking = _known(run.name, run.done()["finished_at"])
    return looking.result() if looking.done() else None


def has_dropout(model: Any) -> bool:
    """Whether Monte Carlo dropout has anything to vary."""
    return any(type(layer).__name__ == "Dropout" and layer.rate > 0 for layer in model.layers)
