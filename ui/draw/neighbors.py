"""The training images whose features are nearest to those of one image."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import sources
from core.data.datasets import DataDamaged, DataMissing
from core.serving.values import Nearest
from core.training.runs import Run
from core.views import pictures
from ui import serving
from ui.components.plain_text import plain

NUM_NEIGHBORS = 5
LOOK_EVERY = 2.0  # seconds


def show_neighbors(run: Run, image: NDArray[np.uint8]) -> None:
    """The nearest training images; while the network looks through them, the nearest so far."""
    found = _nearest(run, image, seconds=0)
    if found is None or found.num_seen < found.num_images:
        # Further images are looked at while somebody is here to see the result.
        st.fragment(_look_further, run_every=LOOK_EVERY)(run, image)
    else:
        _show_nearest(run, found)


def _look_further(run: Run, image: NDArray[np.uint8]) -> None:
    found = _nearest(run, image, seconds=LOOK_EVERY / 2)
    if found is None:
        return
    if found.num_seen == found.num_images:
        st.rerun()  # without asking every two seconds
    _show_nearest(run, found)


def _nearest(run: Run, image: NDArray[np.uint8], seconds: float) -> Nearest | None:
    try:
        found: Nearest | None = serving.network(run).nearest(run.config.dataset, image, NUM_NEIGHBORS, seconds)
    except (DataMissing, DataDamaged) as error:
        st.caption(f"The nearest training images cannot be shown: {plain(str(error))}")
        return None
    if found is None:
        st.caption("Searching the training images; the nearest ones will appear here.")
    return found


def _show_nearest(run: Run, found: Nearest) -> None:
    split = "training" if found.split == "train" else "test"
    st.markdown(
        f"**Nearest {split} images**",
        help="Their features in the network's last hidden layer are nearest to those of this image. Below: class and distance.",
    )
    names = sources.source(run.config.dataset).class_names
    st.image(
        [pictures.enlarged(image, 2).squeeze() for image in found.images],
        caption=[
            f"{plain(names[label])} · {away:.1f}" for label, away in zip(found.labels, found.distances, strict=True)
        ],
        alt=[f"a {names[label]}" for label in found.labels],
        width=46 if max(map(len, names)) < 4 else 74,  # room for the longer names
    )
    if found.num_seen < found.num_images:
        st.caption(f"Nearest among the first {found.num_seen:,} of {found.num_images:,}.")
