"""Files to take away: the chosen samples as a table and as a sheet for paper."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.metrics.predictions import Predictions
from core.metrics.samples import sample_table
from core.training.runs import Run
from core.views.sheets import printable_sheet
from ui.scores import SCORES

MOST_PRINTED = 2000  # 46 pages


def downloads(
    run: Run, split: str, predictions: Predictions, chosen: NDArray[np.integer], images: NDArray[np.uint8] | None
) -> None:
    """Buttons that make their file when they are clicked, not before.

    Args:
        predictions: of the split.
        chosen: (num_chosen,) indices of the samples to write, at least one.
        images: of the split; without them there is no sheet.
    """

    def table() -> bytes:
        scores = {name: score.of(predictions) for name, score in SCORES.items()}
        return pd.DataFrame(sample_table(predictions, chosen, scores)).to_csv(index=False).encode()

    def sheet() -> bytes:
        title = f"{run.title} · {split} · {len(chosen):,} images"
        return printable_sheet(images, predictions, chosen[:MOST_PRINTED], title)

    name = f"{run.name}-{split}-{len(chosen)}"
    with st.container(horizontal=True):
        st.download_button(
            "Table (CSV)", table, f"{name}.csv", "text/csv", icon=":material/table:", on_click="ignore",
            help="The chosen samples with every score, probability and logit.",
        )  # fmt: skip
        if images is not None:
            st.download_button(
                "Sheet for paper (PDF)", sheet, f"{name}.pdf", "application/pdf", icon=":material/print:", on_click="ignore",
                help=f"A4, 44 images a page with their five most likely classes; the first {MOST_PRINTED:,} at most.",
            )  # fmt: skip
