"""The Streamlit that all pages share: header, menu, run picker and cached loaders.

Every page begins with `ui.page(...)`. What is loaded from disk is cached here, keyed by plain values and bounded; what
all viewers see alike of it, in `ui.loaded`.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

# Imported here, where every page waits for it: Streamlit imports it in the thread that first needs it, and another thread
# would then meet half of it.
import pandas  # noqa: F401
import streamlit as st
from numpy.typing import NDArray

from core.data import datasets, sources
from core.data.datasets import Dataset
from core.metrics.intervals import share_interval
from core.metrics.predictions import Predictions
from core.training import machine, runs
from core.training.runs import Run
from ui.memory import share_heaps

share_heaps()
ROOT = Path(__file__).resolve().parent.parent
MENU = {
    "Make": (("1_Train", "Train", "model_training"),),
    "See": (
        ("2_Inspect", "Inspect", "grid_view"),
        ("3_Draw", "Draw", "draw"),
        ("4_Reject", "Reject", "rule"),
        ("6_Errors", "Errors", "error"),
    ),
    "Doubt": (
        ("5_Explain", "Explain", "troubleshoot"),
        ("7_Shift", "Shift", "blur_on"),
    ),
}
SPLITS = ("test", "validation")
DEFAULT_RUN = "mnist-dense"
SIDEBAR_WIDTH = 240  # pixels


def page(title: str, shows: str, *, needs_run: bool = True) -> Run | None:
    """Set the page up, draw the menu and the run picker.

    Args:
        title: the page's name, a word or two.
        shows: one sentence that says what the page shows.
        needs_run: whether the page is about one finished run. If there is none, the page says how to get one and
            stops here.

    Returns:
        The chosen finished run, or None for a page that needs none.
    """
    # A picture of our own: the browser would fetch a Material icon or an emoji from elsewhere.
    st.set_page_config(f"{title} · Wakaranai", ROOT / "ui/icon.png", "wide", SIDEBAR_WIDTH)
    finished = [run for run in runs.all_runs() if run.status == "done"]
    run = _choose(finished) if finished else None
    _menu(run, show_picker=needs_run, finished=finished)
    st.title(title, anchor=False)
    st.markdown(shows)
    if not needs_run:
        return None
    if run is None:
        st.info("There is no finished run yet. Train one first; it takes a minute.", icon=":material/info:")
        st.page_link("pages/1_Train.py", label="Train a classifier", icon=":material/model_training:")
        st.stop()
    _say_if_sample(run)
    return run


def _say_if_sample(run: Run) -> None:
    answered = predictions(run, "test")
    published = sources.source(run.config.dataset).num_samples["test"]
    if answered.num_samples < published:
        lower, upper = share_interval(int(answered.correct.sum()), answered.num_samples)
        st.caption(
            f"**A sample**: {answered.num_samples:,} test images, where {published:,} were published. "
            f"{percent(answered.accuracy, 1)} of them are right, which says no more than {100 * lower:.0f} to "
            f"{100 * upper:.0f} % (95 % confidence interval): not to be compared with published accuracies."
        )


def _choose(finished: list[Run]) -> Run:
    """The run just picked, else the one in the address, else that of an earlier page, else the default starter run."""
    by_name = {run.name: run for run in finished}
    picked, wanted = st.session_state.pop("run_picked", None), st.query_params.get("run")
    if wanted is not None and wanted not in by_name:
        st.toast(f"There is no finished run named {wanted!r}; showing another.", icon=":material/warning:")
    # The picker does not own "run": under plain pages/ a widget's value is lost when the menu is clicked.
    for name in (picked, wanted, st.session_state.get("run"), DEFAULT_RUN):
        if name in by_name:
            return by_name[name]
    return finished[0]


def _menu(run: Run | None, *, show_picker: bool, finished: list[Run]) -> None:
    with st.sidebar:
        st.markdown("## わからない\nWakaranai: when should it say *I don't know*?")
        query = {"run": run.name} if run else None
        st.page_link("app.py", label="Home", icon=":material/home:", query_params=query)
        for group, entries in MENU.items():
            st.caption(group)
            for stem, label, icon in entries:
                st.page_link(f"pages/{stem}.py", label=label, icon=f":material/{icon}:", query_params=query)
        if run and show_picker:
            titles = {other.name: other.title for other in finished}
            # Set from here, not by `index`, which would make another widget of it: a second pick, made while the page
            # still draws the first, would be lost with the widget of before.
            st.session_state["run_picker"] = run.name
            st.selectbox(
                "Run", titles, format_func=titles.get, key="run_picker", on_change=_pick,
                help="A trained classifier. Every page shows the one chosen here.",
            )  # fmt: skip
            # After the links: whoever sees the new address and clicks one must arrive at the new run.
            st.session_state["run"] = st.query_params["run"] = run.name


def _pick() -> None:
    st.session_state["run_picked"] = st.session_state["run_picker"]


def predictions(run: Run, split: str) -> Predictions:
    """The saved logits of one split of a run; never loads the model."""
    # By keyword: Streamlit looks up the name of every positional argument at each call.
    return _predictions(name=run.name, split=split, finished_at=run.done()["finished_at"])


@st.cache_resource(max_entries=12, show_spinner=False)
def _predictions(name: str, split: str, finished_at: float) -> Predictions:
    return runs.find(name).predictions(split)


@st.cache_resource(max_entries=6, show_spinner="Reading the images…")
def _dataset(name: str, split: str) -> Dataset:
    return datasets.load(name, split)


def images(run: Run, split: str, *, quiet: bool = False) -> NDArray[np.uint8] | None:
    """The images that a split's predictions are about; None, with a word to the viewer unless quiet, if they are not here."""
    wanted, data = predictions(run, split).num_samples, run.config.dataset
    try:
        found = _dataset(name=data, split=split).images
        why = f"the run answered {wanted:,} images, here are {len(found):,}. Retrain it on what is here."
    except (datasets.DataMissing, datasets.DataDamaged) as error:
        found, why = (), str(error)
    if len(found) == wanted:
        return found
    if quiet:
        return None
    st.info(f"The numbers are complete, but the images cannot be shown: {why}", icon=":material/hide_image:")
    if not len(found):
        title = sources.source(data).title
        link, icon = f"Download {title} on Train", ":material/download:"
        st.page_link("pages/1_Train.py", label=link, icon=icon, query_params={"dataset": title})
    return None


def choice(label: str, options: Iterable[str], *, key: str, default: str | None = None, help: str | None = None) -> str:
    """One of a few options, kept in the address under its key."""
    options = list(options)
    return st.selectbox(
        label, options, index=options.index(default or options[0]), key=key, bind="query-params", help=help, width=158
    )


def view(views: Mapping[str, Callable[[Run], None]], run: Run) -> None:
    """Offers a page's views, the first one by default and the chosen one in the address, and shows that one.

    No fragment: a click inside of one would not interrupt what a view computes, so nothing could be cancelled.
    """
    names = tuple(views)
    chosen = st.segmented_control(
        "View", names, default=names[0], required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    views[chosen](run)


def metrics(*entries: tuple[str, str, str], width: int = 128) -> None:
    """Numbers side by side: label, value, and what it means on hover; width in pixels, for longer labels."""
    with st.grid("auto", min_column_width=width, gap="small"):
        for label, value, meaning in entries:
            st.metric(label, value, help=meaning, border=True)


def percent(fraction: float, digits: int = 2) -> str:
    """A fraction in percent; a dash where there is none."""
    return "–" if math.isnan(fraction) else f"{100 * fraction:.{digits}f} %"


@st.cache_data(max_entries=1, ttl=60, show_spinner=False)
def devices() -> dict[str, str]:
    """What can train on this machine: config name -> name on screen."""
    return machine.devices()
