"""Saved predictions and the images that they are about."""

from typing import TypedDict

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import datasets, sources
from core.data.datasets import Dataset
from core.metrics.predictions import Predictions
from core.training import machine, runs
from core.training.runs import Run
from core.views import pictures
from ui.components.plain_text import plain


class Key(TypedDict):
    """What names a finished run: a run that was trained again is another one."""

    name: str
    finished_at: float


def key_of(run: Run) -> Key:
    """The run by plain values, to be passed by keyword: Streamlit looks up the name of every positional argument."""
    return {"name": run.name, "finished_at": run.done()["finished_at"]}


def predictions(run: Run, split: str) -> Predictions:
    """The saved logits of one split of a run; never loads the network."""
    return _predictions(**key_of(run), split=split)


@st.cache_resource(max_entries=12, show_spinner=False)
def _predictions(name: str, finished_at: float, split: str) -> Predictions:
    return runs.find(name).predictions(split)


@st.cache_resource(max_entries=6, show_spinner="Reading the images…")
def split_of(name: str, split: str) -> Dataset:
    """One split of a data set; errors as for `core.data.datasets.load`."""
    return datasets.load(name, split)


def images(run: Run, split: str, *, quiet: bool = False) -> NDArray[np.uint8] | None:
    """The images that a split's predictions are about; None, with a word to the viewer unless quiet, if they are not here."""
    wanted, dataset = predictions(run, split).num_samples, run.config.dataset
    found = None
    try:
        found = split_of(name=dataset, split=split).images
        why = f"the run answered {wanted:,} images, here are {len(found):,}. Retrain it on what is here."
    except (datasets.DataMissing, datasets.DataDamaged) as error:
        why = str(error)
    if found is not None and len(found) == wanted:
        return found
    if not quiet:
        st.info(f"The numbers are complete, but the images cannot be shown: {plain(why)}", icon=":material/hide_image:")
        if found is None:
            title = sources.source(dataset).title
            link, icon = f"Download {title} on Train", ":material/download:"
            st.page_link("pages/1_Train.py", label=link, icon=icon, query_params={"dataset": title})
    return None


def contact_sheet(dataset: str, split: str, samples: NDArray[np.integer]) -> bytes:
    """The images of these samples, at least one, as one file; of a split whose images are here."""
    return _contact_sheet(dataset=dataset, split=split, samples=" ".join(map(str, samples.tolist())))


@st.cache_resource(max_entries=64, show_spinner=False)
def _contact_sheet(dataset: str, split: str, samples: str) -> bytes:
    return pictures.contact_sheet(split_of(dataset, split).images[np.array(samples.split(), dtype=int)])


@st.cache_data(max_entries=1, ttl=60, show_spinner=False)
def devices() -> dict[str, str]:
    """What can train on this machine: config name -> name on screen."""
    return machine.devices()
