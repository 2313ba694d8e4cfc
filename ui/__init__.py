"""The Streamlit that all pages share: header, menu, run picker and cached loaders.

Every page begins with `ui.page(...)`. What is loaded from disk is cached here and nowhere else, keyed by plain
values and bounded; whatever is computed from it in a millisecond is computed anew.
"""

import math
from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from core.data import datasets
from core.data.datasets import Dataset
from core.metrics.predictions import Predictions
from core.training import runs
from core.training.runs import Run

ROOT = Path(__file__).resolve().parent.parent
MENU = {
    "Make": (("1_Train", "Train", "model_training"),),
    "See": (("2_Inspect", "Inspect", "grid_view"), ("4_Reject", "Reject", "rule")),
}
SPLITS = {"test": "test", "validation": "validation"}


def page(title: str, shows: str, *, needs_run: bool = True, wide: bool = True) -> Run | None:
    """Set the page up, draw the menu and the run picker.

    Args:
        title: the page's name, a word or two.
        shows: one sentence that says what the page shows.
        needs_run: whether the page is about one finished run. If there is none, the page says how to get one and
            stops here.

    Returns:
        The chosen finished run, or None for a page that needs none.
    """
    st.set_page_config(f"{title} · Wakaranai", ":material/psychology_alt:", "wide" if wide else "centered")
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
    return run


def _choose(finished: list[Run]) -> Run:
    """The run in the address, else the one chosen on an earlier page, else the default starter run."""
    names = [run.name for run in finished]
    wanted = st.query_params.get("run")
    if wanted is not None and wanted not in names:
        st.toast(f"There is no finished run named {wanted!r}; showing another.", icon=":material/warning:")
    # No widget owns "run": under plain pages/ a widget's value is lost when the menu is clicked.
    for name in (wanted, st.session_state.get("run")):
        if name in names:
            return finished[names.index(name)]
    return next((run for run in finished if run.name == runs.DEFAULT), finished[0])


def _menu(run: Run | None, *, show_picker: bool, finished: list[Run]) -> None:
    query = {"run": run.name} if run else None
    with st.sidebar:
        st.markdown("## わからない\nWakaranai: when should it say *I don't know*?")
        st.page_link("app.py", label="Home", icon=":material/home:", query_params=query)
        for group, entries in MENU.items():
            st.caption(group)
            for stem, label, icon in entries:
                st.page_link(f"pages/{stem}.py", label=label, icon=f":material/{icon}:", query_params=query)
        if run and show_picker:
            chosen = st.selectbox(
                "Run",
                finished,
                index=[other.name for other in finished].index(run.name),
                format_func=lambda run: run.title,
                help="A trained classifier. Every page shows the one chosen here.",
            )
            if chosen.name != run.name:
                st.session_state["run"] = st.query_params["run"] = chosen.name
                st.rerun()
            st.session_state["run"] = st.query_params["run"] = run.name


def predictions(run: Run, split: str) -> Predictions:
    """The saved logits of one split of a run; never loads the model."""
    return _predictions(run.name, split, run.finished_at)


@st.cache_resource(max_entries=12, show_spinner=False)
def _predictions(name: str, split: str, finished_at: float) -> Predictions:
    return runs.find(name).predictions(split)


@st.cache_resource(max_entries=6, show_spinner="Reading the images…")
def dataset(name: str, split: str) -> Dataset:
    """The images of one split, as stored."""
    return datasets.load(name, split)


def choice(label: str, options: Iterable[str], *, key: str, default: str | None = None, help: str | None = None) -> str:
    """One of a few options, kept in the address under its key."""
    options = list(options)
    return st.selectbox(
        label, options, index=options.index(default or options[0]), key=key, bind="query-params", help=help, width=190
    )


def metrics(*entries: tuple[str, str, str]) -> None:
    """Numbers side by side: label, value, and what it means on hover."""
    with st.grid("auto", min_column_width=150, gap="small"):
        for label, value, meaning in entries:
            st.metric(label, value, help=meaning, border=True)


def percent(fraction: float, digits: int = 2) -> str:
    """A fraction in percent; a dash where there is none."""
    return "–" if math.isnan(fraction) else f"{100 * fraction:.{digits}f} %"
