"""How like its training images a picture is to a run's network, prepared without keeping anybody waiting."""

import threading
import time
from concurrent.futures import Future

import streamlit as st

from core.data import datasets
from core.data.datasets import DataDamaged, DataMissing
from core.metrics.familiarity import Familiarity, familiarity
from core.serving import Network, Networks, NetworkUnavailable
from core.training import runs
from core.training.kept_familiarity import save_familiarity, saved_familiarity
from core.training.runs import Run
from ui import serving
from ui.loaded.data import key_of
from ui.loaded.evidence import NUM_REFERENCES

LOOK_EVERY = 0.1  # seconds
IMAGES_PER_FEATURE = 2  # at least: the covariance of fewer images says little


class FamiliarityUnknown(LookupError):
    """Nothing can be said of the distance to the training images; the message says why."""


def familiarity_of(run: Run, seconds: float) -> Familiarity:
    """The distance to the run's training images and its limit, which may have come with the run.

    If not, it is prepared beside the page at the first question, and kept with the run.

    Args:
        run: whose network.
        seconds: how long to wait for it at most; a viewer who clicks or leaves ends the wait.

    Raises:
        FamiliarityUnknown: it is not ready in time, the images for it are not here, or there are too few.
    """
    found = _prepared(**key_of(run), pids=tuple(serving.networks().pids))
    end = time.monotonic() + seconds
    while not found.done() and time.monotonic() < end:
        st.session_state.get("run")  # here Streamlit ends a script that nobody waits for
        time.sleep(LOOK_EVERY)
    if not found.done():
        raise FamiliarityUnknown("the network is still looking at its training images. Ask again in a minute.")
    return found.result()


@st.cache_resource(max_entries=16, show_spinner=False)
def _prepared(name: str, finished_at: float, pids: tuple[int, ...]) -> Future[Familiarity]:
    found, run = Future[Familiarity](), runs.find(name)
    kept = saved_familiarity(run)
    if kept is not None:
        found.set_result(kept)
    else:
        threading.Thread(target=_prepare, args=(serving.networks(), run, found), daemon=True).start()
    return found


def _prepare(networks: Networks, run: Run, found: Future[Familiarity]) -> None:
    try:
        known = _computed(Network(run, networks.ask), run)
    except (NetworkUnavailable, DataMissing, DataDamaged) as error:
        found.set_exception(FamiliarityUnknown(str(error)))
    except FamiliarityUnknown as error:
        found.set_exception(error)
    else:
        save_familiarity(run, known)
        found.set_result(known)


def _computed(network: Network, run: Run) -> Familiarity:
    train = datasets.load(run.config.dataset, "train")
    images, labels = train.images[:NUM_REFERENCES], train.labels[:NUM_REFERENCES]
    num_features = network.features(images[:1]).shape[1]
    if len(images) < IMAGES_PER_FEATURE * num_features:
        raise FamiliarityUnknown(
            f"{len(images):,} training images are too few to measure it in {num_features:,} features."
        )
    validation = datasets.load(run.config.dataset, "validation").images
    return familiarity(network.features(images), labels, network.features(validation))
