"""An offer to switch to a network for which the whole page works."""

import streamlit as st

from core.data import sources
from core.models.sizes import CONVOLUTIONAL, WITH_DROPOUT
from core.training import runs
from core.training.runs import Run
from ui import shell
from ui.components.plain_text import plain

FIRST = "mnist-small_cnn"


def offer_switch(run: Run) -> None:
    """Say what a network without convolutions or Dropout cannot show, and offer one that has both."""
    lacks = {
        "no convolutions, so there is no Grad-CAM": run.config.architecture not in CONVOLUTIONAL,
        "no Dropout, so there are no Monte Carlo passes": run.config.architecture not in WITH_DROPOUT,
    }
    missing = [what for what, lacking in lacks.items() if lacking]
    if not missing:
        return
    st.info(f"This network has {', and '.join(missing)}.", icon=":material/casino:")
    other = _other(run)
    # The whole page is about the run, so this cannot be a callback, after which only the fragment runs again.
    if other and st.button(f"Switch to {plain(other.title)}", key="switch", icon=":material/swap_horiz:"):
        shell.switch_run(other.name)
        st.rerun()


def _other(run: Run) -> Run | None:
    """A finished run with both on images of the same shape; None if there is none."""
    shape = sources.source(run.config.dataset).image_shape
    fitting = [
        other
        for other in runs.all_runs()
        if other.status == "done"
        and other.config.architecture in CONVOLUTIONAL & WITH_DROPOUT
        and sources.source(other.config.dataset).image_shape == shape
    ]
    fitting.sort(key=lambda other: (other.name != FIRST, other.config.dataset != run.config.dataset))
    return fitting[0] if fitting else None
