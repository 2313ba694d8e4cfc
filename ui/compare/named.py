"""The chosen runs by names for the screen, and the images that they were shown."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import datasets
from core.training.runs import Run
from ui import loaded
from ui.compare.choice import Compared
from ui.components.plain_text import plain

WIDTH = 300  # pixels of a box with names


def named_runs(compared: Compared) -> dict[str, Run]:
    """What sets a run apart, with its seed -> the run, group by group."""
    return {
        f"{group.short} · seed {seed}": run for group in compared.runs.groups for seed, run in group.by_seed.items()
    }


def one_of(label: str, options: Sequence[str], *, key: str, first: int = 0, help: str | None = None) -> str:
    """One of some names, kept in the address under its key.

    Args:
        label: of the box.
        options: at least one.
        key: of the box.
        first: place of the option to begin with.
        help: on hover.
    """
    if st.session_state.get(key, options[first]) not in options:
        # Of other runs. Without a new value the browser would keep showing the old one.
        st.session_state[key] = options[first]
    return st.selectbox(label, options, index=first, key=key, bind="query-params", help=help, width=WIDTH)


def images_of(run: Run, split: str, wanted: int) -> NDArray[np.uint8] | None:
    """The images that a split's predictions are about; None, with a word to the viewer, if they are not here.

    Args:
        run: also one that came with an experiment.
        split: "validation" or "test".
        wanted: number of images that the run answered.
    """
    try:
        found = loaded.split_of(name=run.config.dataset, split=split).images
        if len(found) == wanted:
            return found
        why = f"the run answered {wanted:,} images, here are {len(found):,}."
    except (datasets.DataMissing, datasets.DataDamaged) as error:
        why = str(error)
    st.info(f"The numbers are complete, but the images cannot be shown: {plain(why)}", icon=":material/hide_image:")
    return None
