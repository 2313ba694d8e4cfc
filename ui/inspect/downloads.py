"""Files to take away: the chosen samples as a table and as a sheet for paper."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.metrics.samples import sample_table
from core.metrics.scores import FROM_LOGITS, labels_from
from core.training.runs import Run
from core.views.sheets import printable_sheet
from ui import loaded

MOST_PRINTED = 2000  # 46 pages


def number_printed(num_chosen: int) -> str:
    """How many of the chosen images a sheet shows."""
    if num_chosen > MOST_PRINTED:
        return f"the first {MOST_PRINTED:,} of {num_chosen:,} images"
    return f"{num_chosen:,} images"


def downloads(run: Run, split: str, chosen: NDArray[np.integer]) -> None:
    """Buttons that make their file when they are clicked, not before; without the images there is no sheet.

    Args:
        run: whose predictions to write.
        split: "validation" or "test".
        chosen: (num_chosen,) indices of the samples to write, at least one.
    """
    predictions, images = loaded.predictions(run, split), loaded.images(run, split, quiet=True)

    def table() -> bytes:
        scores = {label: loaded.scored(run, split, label).uncertainty for label in labels_from(FROM_LOGITS)}
        return pd.DataFrame(sample_table(predictions, chosen, scores)).to_csv(index=False).encode()

    name = f"{run.name}-{split}-{len(chosen)}"
    with st.container(horizontal=True):
        st.download_button(
            "Table (CSV)", table, f"{name}.csv", "text/csv", icon=":material/table:", on_click="ignore",
            help="The chosen samples with every probability and logit, and every score that is computed from these alone.",
        )  # fmt: skip
        if images is not None:

            def sheet() -> bytes:
                title = f"{run.title} · {split} · {number_printed(len(chosen))}"
                return printable_sheet(images, predictions, chosen[:MOST_PRINTED], title)

            st.download_button(
                "Printable sheet (PDF)", sheet, f"{name}.pdf", "application/pdf", icon=":material/print:", on_click="ignore",
                help=f"A4, 44 images per page with their five most likely classes; the first {MOST_PRINTED:,} at most.",
            )  # fmt: skip
