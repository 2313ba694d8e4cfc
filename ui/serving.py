"""A run's network, asked in a process of its own: whoever waits sees why, and a network that cannot answer costs a sentence."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import sources
from core.data.datasets import DataDamaged, DataMissing
from core.metrics.predictions import Answers
from core.serving import Network, Networks, NetworkUnavailable
from core.serving.protocol import Question
from core.serving.values import About
from core.training import runs
from core.training.runs import Run
from ui.components.plain_text import plain

NUM_PASSES, SEED = 100, 0  # of Monte Carlo dropout
PATIENCE = 0.4  # seconds until whoever waits is told why
FIRST_LOOK = 5.0  # seconds in which a warmed network looks at its training images


@st.cache_resource(show_spinner=False)
def networks() -> Networks:
    """The processes that run networks, one set for the whole app."""
    return Networks()


def network(run: Run) -> Network:
    """The run's network, to be asked. An answer that takes long shows a spinner, and ends if the viewer has left."""
    return Network(run, _ask)


def about(run: Run) -> About:
    """What kind of network it is."""
    return _about(run.name, run.done()["finished_at"])


@st.cache_resource(max_entries=64, show_spinner=False)
def _about(name: str, finished_at: float) -> About:
    found: About = network(runs.find(name)).about()
    return found


def answers_of(run: Run, images: NDArray[np.uint8]) -> Answers:
    """The network's logits of some images, with the names of its classes."""
    return Answers(network(run).logits(images), sources.source(run.config.dataset).class_names)


def passes_of(run: Run, image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """(num_passes, num_classes): Monte Carlo dropout on one image; None if the network has no Dropout."""
    if not about(run).has_dropout:
        return None
    mc_probs: NDArray[np.float64] = network(run).mc_dropout_probs(image[None], NUM_PASSES, SEED)[0]
    return mc_probs


def warm(run: Run, *, neighbors: bool = False) -> None:
    """Begin to load the network, without waiting; with neighbors, also to look at its training images."""
    _warmed(run.name, run.done()["finished_at"], neighbors, tuple(networks().pids))


@st.cache_resource(max_entries=64, show_spinner=False)
def _warmed(name: str, finished_at: float, neighbors: bool, pids: tuple[int, ...]) -> threading.Thread:
    thread = threading.Thread(target=_warm, args=(networks(), runs.find(name), neighbors), daemon=True)
    thread.start()
    return thread


def _warm(networks: Networks, run: Run, neighbors: bool) -> None:
    # Whatever is wrong is said to whoever asks the network next.
    with suppress(NetworkUnavailable, DataMissing, DataDamaged):
        asked = Network(run, networks.ask)
        asked.about()
        if neighbors:
            blank = np.zeros(sources.source(run.config.dataset).image_shape, np.uint8)
            asked.nearest(run.config.dataset, blank, 1, FIRST_LOOK)


def _ask(question: Question, progress: Callable[[float], None] | None) -> Any:
    with ExitStack() as shown:
        waiting = partial(_wait, shown, time.monotonic(), [])
        try:
            return networks().ask(question, progress, waiting)
        except NetworkUnavailable as error:
            shown.close()
            st.error(plain(str(error)), icon=":material/cloud_off:")
            st.stop()


def _wait(shown: ExitStack, since: float, told: list[bool]) -> None:
    # Streamlit ends a script whose viewer has left, or has clicked, when it touches the session's state; then the
    # question is given up, too.
    st.session_state.get("run")
    if not told and time.monotonic() - since > PATIENCE:
        told.append(True)
        begun = bool(networks().pids)
        text = "Waiting for the network…" if begun else "Starting the networks' process (some seconds, once)…"
        shown.enter_context(st.spinner(text))
