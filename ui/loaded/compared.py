"""What page Compare shows of each run: its measures and its learning curves.

Keyed by the run's folder, because runs that came with an experiment are in no list that other pages have.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from math import nan
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np
import streamlit as st

from core.data import sources
from core.metrics.contrasts import Contrast, Values, contrasts
from core.metrics.detection import auroc
from core.metrics.measures import Trained, measured
from core.metrics.predictions import Predictions
from core.metrics.uncertainty import least_confidence_of_logits
from core.training.kept_logits import OUT_OF_DISTRIBUTION, saved_logits
from core.training.runs import Damaged, Run

MOST_RUNS = 256  # kept
AT_A_TIME = 2  # runs that are read


class Place(TypedDict):
    """What names a finished run by plain values, to be passed by keyword."""

    folder: str
    finished_at: float


def place_of(run: Run) -> Place:
    """Where a finished run is, and when it was finished: a run that was trained again is another one.

    Raises:
        Damaged: it was deleted in the meantime.
    """
    if not (record := run.done()):
        raise Damaged("It was deleted while this page was open.")
    return {"folder": str(run.folder), "finished_at": record["finished_at"]}


def predictions_at(run: Run, split: str) -> Predictions:
    """The saved logits of one split of any finished run, also of one that came with an experiment.

    Raises:
        Damaged: they cannot be read.
    """
    return _predictions(**place_of(run), split=split)


@st.cache_resource(max_entries=24, show_spinner=False)
def _predictions(folder: str, finished_at: float, split: str) -> Predictions:
    return Run(Path(folder)).predictions(split)


class Measured(NamedTuple):
    """What is compared of a run."""

    values: dict[str, float]  # key of a measure -> value on the test images; NaN where the run lacks what it takes
    num_test: int  # number of test images
    history: list[dict[str, float]]  # as `Run.history`, with the seconds since the beginning


def measured_of(runs: Sequence[Run]) -> list[Measured | Damaged]:
    """What is compared of each run, or why it cannot be read."""
    # NumPy and zlib compute outside the interpreter lock, so two runs at a time take less long.
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(_measured_or_damaged, runs))


def _measured_or_damaged(run: Run) -> Measured | Damaged:
    kind = OUT_OF_DISTRIBUTION.get(run.config.dataset, "")
    try:
        return _measured(**place_of(run), ood=kind, ood_written=_written(run, f"logits/{kind}.npz"))
    except Damaged as error:
        return error


@st.cache_data(max_entries=MOST_RUNS, show_spinner=False)
def _measured(folder: str, finished_at: float, ood: str, ood_written: int) -> Measured:
    run = Run(Path(folder))
    groups, history = sources.source(run.config.dataset).groups, run.history()
    # Its logits are not kept: those of a hundred runs would take 100 MB.
    test = run.predictions("test")
    if test.class_names != sources.source(run.config.dataset).class_names:
        raise Damaged("predictions/test.npz has other classes than the data set.")
    ood_auroc = _ood_auroc(run, ood, test) if ood_written else nan
    trained = Trained(test, [line["validation_accuracy"] for line in history], groups, ood_auroc)
    for line, seconds in zip(history, accumulate(line["seconds"] for line in history), strict=True):
        line["seconds"] = seconds
    return Measured(measured(trained), test.num_samples, history)


def _ood_auroc(run: Run, kind: str, test: Predictions) -> float:
    other = saved_logits(run, kind)
    if other is None or other.ndim != 2 or not len(other) or not np.isfinite(other).all():
        return nan
    return auroc(least_confidence_of_logits(test.logits), least_confidence_of_logits(other))


def _written(run: Run, name: str) -> int:
    """When a file among the run's results was written, in ns; 0 if it is not there."""
    for parent in dict.fromkeys((run.results, run.folder)):
        try:
            return (parent / name).stat().st_mtime_ns
        except OSError:
            continue
    return 0


def contrasts_of(
    places: tuple[tuple[str, float], ...], values: Values, reference: str
) -> dict[str, dict[str, Contrast]]:
    """What `core.metrics.contrasts` returns, kept: with more than 20 seeds a test takes some hundredths of a second.

    Args:
        places: of every run, group by group, with all that the values depend on.
        values, reference: as there.
    """
    return _contrasts(places, values, reference=reference)


@st.cache_resource(max_entries=32, show_spinner=False)
def _contrasts(
    places: tuple[tuple[str, float], ...], _values: Values, reference: str
) -> dict[str, dict[str, Contrast]]:
    return contrasts(_values, reference)
