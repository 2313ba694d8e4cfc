"""The ensemble of the finished runs of one recipe, beside each of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.ensemble_gain import EnsembleGain, ensemble_gain
from core.training.kept_logits import OUT_OF_DISTRIBUTION, saved_logits
from core.training.runs import Run
from ui.loaded.compared import place_of


def gain_of(runs: Sequence[Run]) -> EnsembleGain:
    """What the ensemble of these runs gains over each of them; errors as for `core.metrics.ensemble_gain.ensemble_gain`.

    Raises:
        Damaged: a run's answers cannot be read.
    """
    kind = OUT_OF_DISTRIBUTION.get(runs[0].config.dataset, "")
    are_kept = all(
        any((parent / f"logits/{kind}.npz").exists() for parent in (run.results, run.folder)) for run in runs
    )
    places = tuple((place["folder"], place["finished_at"]) for place in map(place_of, runs))
    return _gain(places, kind if are_kept else "")


@st.cache_resource(max_entries=32, show_spinner="Averaging the networks…")
def _gain(places: tuple[tuple[str, float], ...], kind: str) -> EnsembleGain:
    runs = [Run(Path(folder)) for folder, _ in places]
    # Their logits are not kept: those of a hundred runs would take 100 MB.
    return ensemble_gain([run.predictions("test") for run in runs], _elsewhere(runs, kind) if kind else ())


def _elsewhere(runs: Sequence[Run], kind: str) -> list[NDArray[np.float32]]:
    """The runs' logits for images of this kind; empty if those of some run are missing, broken or of other images."""
    found: list[NDArray[np.float32]] = []
    for run in runs:
        logits = saved_logits(run, kind)
        if logits is None or logits.ndim != 2 or not len(logits) or not np.isfinite(logits).all():
            return []
        if found and logits.shape != found[0].shape:
            return []
        found.append(logits)
    return found
