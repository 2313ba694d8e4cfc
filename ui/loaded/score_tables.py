"""The measures of a run's scores side by side, and their bootstrap intervals once somebody has asked for them."""

from threading import Lock

import streamlit as st

from core.metrics.bootstrap import NUM_RESAMPLES
from core.metrics.selective_table import Cell, selective_table
from core.training import runs
from core.training.runs import Run
from ui.loaded.data import key_of, predictions
from ui.loaded.scores import scored

SEED = 0  # of the resamples
Table = dict[str, dict[str, Cell]]  # score -> key of a measure -> cell


class Intervals:
    """A place for a table with intervals, which all viewers share; empty until one of them asks."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.table: Table | None = None


def score_table(run: Run, split: str, scores: tuple[str, ...]) -> Table:
    """Every measure of these scores on a split, with intervals if somebody has asked for them.

    Raises:
        NotComputed: a score needs the network, which has not been asked yet.
    """
    key = key_of(run)
    kept = _intervals(**key, split=split, scores=scores).table
    return _values(**key, split=split, scores=scores) if kept is None else kept


def compute_intervals(run: Run, split: str, scores: tuple[str, ...]) -> None:
    """Compute the intervals, which takes seconds, once for all viewers."""
    place = _intervals(**key_of(run), split=split, scores=scores)
    with place.lock:
        if place.table is None:
            place.table = _measured(run, split, scores, NUM_RESAMPLES)


@st.cache_resource(max_entries=48, show_spinner=False)
def _values(name: str, finished_at: float, split: str, scores: tuple[str, ...]) -> Table:
    return _measured(runs.find(name), split, scores, 0)


@st.cache_resource(max_entries=48, show_spinner=False)
def _intervals(name: str, finished_at: float, split: str, scores: tuple[str, ...]) -> Intervals:
    return Intervals()


def _measured(run: Run, split: str, scores: tuple[str, ...], num_resamples: int) -> Table:
    values = {score: scored(run, split, score).uncertainty for score in scores}
    return selective_table(values, predictions(run, split).correct, num_resamples, SEED)
