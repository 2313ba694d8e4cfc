"""How well every score tells out-of-distribution images from the run's test images, as a table."""

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from core.metrics.detection import Detection
from core.training.runs import Run
from ui.loaded import evidence

MEASURES = {
    "auroc": (
        "AUROC",
        "The probability that a foreign image scores higher than an own one; ties count half. 50 % says nothing.",
    ),
    "aupr": ("AUPR", "Average precision with foreign as positive."),
    "fpr95": ("FPR95 (foreign positive)", "Own images flagged where 95 % of the foreign are flagged."),
    "fpr95_in_positive": (
        "FPR95 (own positive)",
        "Foreign images passed where 95 % of the own pass: the other convention.",
    ),
}


def show_table(
    run: Run, kind: str, ours: dict[str, NDArray[np.floating]], others: dict[str, NDArray[np.floating]]
) -> None:
    """Every measure of every score with its interval.

    Args:
        run: whose network.
        kind: of the images; a viewer's own pictures are told apart by what the network says of them.
        ours, others: label of a score -> its values on the run's test images and on the others.
    """
    labels = tuple(label for label in ours if label in others)
    key = (run.name, run.done()["finished_at"], kind, hash(others["Max logit"].tobytes()), labels)
    measured = evidence.detections(key, ours, others)
    columns = {"Score": list(measured)} | {
        f"{label}, %": [_with_interval(found, measure) for found in measured.values()]
        for measure, (label, _) in MEASURES.items()
    }
    settings = {
        f"{label}, %": st.column_config.TextColumn(help=f"{meaning} In brackets the 95 % interval: 1,000 resamples.")
        for label, meaning in MEASURES.values()
    }
    st.markdown("**Every score, how well it tells foreign from own**")
    st.dataframe(pa.table(columns), hide_index=True, column_config=settings)
    if not evidence.has_training_images(run):
        st.caption(
            f"{', '.join(evidence.FROM_FEATURES)} compare with training images, which are not here in full: fetch them on "
            "Train."
        )


def _with_interval(found: Detection, measure: str) -> str:
    value, (low, high) = getattr(found, measure), found.intervals[measure]
    return f"{100 * value:.2f}  ({100 * low:.2f} – {100 * high:.2f})"
