"""How well every score tells out-of-distribution images from the run's test images, as a table."""

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from core.metrics.detection import Detection
from core.training.runs import Run
from ui.components.score_names import score_name
from ui.loaded import evidence
from ui.loaded.data import key_of
from ui.shift.kinds import MINE

MEASURES = {
    "auroc": (
        "AUROC",
        "The probability that an OOD image scores higher than an in-distribution one; ties count half. 50 % is chance, higher is better.",
    ),
    "aupr": ("AUPR", "Average precision with OOD as the positive class. Higher is better."),
    "fpr95": ("FPR95 (OOD positive)", "False alarms when 95 % of the OOD images are refused. Lower is better."),
    "fpr95_in_positive": (
        "FPR95 (ID positive)",
        "OOD images answered when 95 % of the in-distribution images are answered: the other convention. Lower is better.",
    ),
}


def show_table(
    run: Run, kind: str, ours: dict[str, NDArray[np.floating]], others: dict[str, NDArray[np.floating]]
) -> None:
    """Every measure of every score, with its interval on request.

    Args:
        run: whose network.
        kind: of the images; MINE for a viewer's own pictures.
        ours, others: label of a score -> its values on the run's test images and on the others.
    """
    labels = tuple(label for label in ours if label in others)
    st.markdown("**How well each score detects OOD images**")
    intervals = st.toggle(
        "95 % intervals", key="intervals", bind="query-params",
        help="How far each number would vary with other images of the same kind: from 1,000 bootstrap resamples, which take some seconds.",
    )  # fmt: skip
    if kind == MINE:
        key = (*key_of(run).values(), labels, others["Max logit"].tobytes(), intervals)
        measured = _own_detections(key, ours, others, intervals=intervals)
    else:
        measured = evidence.detections((*key_of(run).values(), kind, labels), ours, others, intervals=intervals)
    columns = {"Score": [score_name(label) for label in measured]} | {
        f"{label}, %": [_with_interval(found, measure) for found in measured.values()]
        for measure, (label, _) in MEASURES.items()
    }
    settings = {
        f"{label}, %": st.column_config.TextColumn(
            help=f"{meaning} In brackets: 95 % interval of 1,000 bootstrap resamples." if intervals else meaning
        )
        for label, meaning in MEASURES.values()
    }
    st.dataframe(pa.table(columns), hide_index=True, column_config=settings)
    if not evidence.has_training_images(run):
        st.caption(
            f"{', '.join(evidence.FROM_FEATURES)} compare with training images, which are not here in full: fetch them on "
            "Train."
        )


def _own_detections(
    key: tuple[object, ...],
    ours: dict[str, NDArray[np.floating]],
    others: dict[str, NDArray[np.floating]],
    *,
    intervals: bool,
) -> dict[str, Detection]:
    """The measures of a viewer's own pictures, kept in the viewer's session and nowhere else."""
    kept: tuple[tuple[object, ...], dict[str, Detection]] | None = st.session_state.get("own_detections")
    if kept is None or kept[0] != key:
        labels = [label for label in ours if label in others]
        measured: dict[str, Detection] = {}
        bar = st.progress(0.0)
        # One score at a time: with a viewer who has clicked or left, the next word to the browser ends the script.
        for place, label in enumerate(labels):
            bar.progress(place / len(labels), f"Measuring {score_name(label)}")
            measured |= evidence.measured({label: ours[label]}, others, intervals=intervals)
        bar.empty()
        kept = st.session_state.own_detections = key, measured
    return kept[1]


def _with_interval(found: Detection, measure: str) -> str:
    value = f"{100 * getattr(found, measure):.2f}"
    if not found.intervals:
        return value
    low, high = found.intervals[measure]
    return f"{value}  ({100 * low:.2f} – {100 * high:.2f})"
