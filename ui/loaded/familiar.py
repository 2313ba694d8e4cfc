"""How like its training images a picture is to a run's network, prepared without keeping anybody waiting."""

import threading
import time
from concurrent.futures import Future
from contextlib import suppress

import streamlit as st

from core.data import datasets
from core.data.datasets import DataDamaged, DataMissing
from core.metrics.familiarity import Familiarity, familiarity
from core.serving import Network, Networks, NetworkUnavailable
from core.training import runs
from core.training.runs import Run
from ui import serving
from ui.loaded.data import key_of
from ui.loaded.evidence import NUM_REFERENCES

LOOK_EVERY = 0.1  # seconds


def familiarity_of(run: Run, seconds: float) -> Familiarity | None:
    """The distance to the run's training images and its limit; prepared beside the page at the first question.

    Args:
        run: whose network.
        seconds: how long to wait for it at most; a viewer who clicks or leaves ends the wait.

    Returns:
        None if it is not ready in time, or if the training or validation images are not here.
    """
    found = _prepared(**key_of(run), pids=tuple(serving.networks().pids))
    end = time.monotonic() + seconds
    while not found.done() and time.monotonic() < end:
        st.session_state.get("run")  # here Streamlit ends a script that nobody waits for
        time.sleep(LOOK_EVERY)
    return found.result() if found.done() else None


@st.cache_resource(max_entries=16, show_spinner=False)
def _prepared(name: str, finished_at: float, pids: tuple[int, ...]) -> Future[Familiarity | None]:
    found: Future[Familiarity | None] = Future()
    threading.Thread(target=_prepare, args=(serving.networks(), runs.find(name), found), daemon=True).start()
    return found


def _prepare(networks: Networks, run: Run, found: Future[Familiarity | None]) -> None:
    prepared = None
    # Whatever is wrong is said to whoever asks the network next.
    with suppress(NetworkUnavailable, DataMissing, DataDamaged):
        network, known = Network(run, networks.ask), datasets.load(run.config.dataset, "train")
        training = network.features(known.images[:NUM_REFERENCES])
        validation = network.features(datasets.load(run.config.dataset, "validation").images)
        prepared = familiarity(training, known.labels[:NUM_REFERENCES], validation)
    found.set_result(prepared)
