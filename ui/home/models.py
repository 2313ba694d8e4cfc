"""The table of trained models; a click on a row opens that model."""

import pyarrow as pa
import streamlit as st

from core.training.runs import Run
from ui.shell import PAGES


def show_models(finished: list[Run]) -> None:
    """A table of the finished runs."""
    st.subheader("Models", anchor=False)
    st.caption("Click a row to open that model on Inspect.")
    # One that is deleted in this moment has no end any more.
    shown = [(run, end) for run in finished if (end := run.done())]
    chosen = st.dataframe(
        # Streamlit sends an Arrow table several times as fast as a dict, which goes by way of pandas.
        pa.table(
            {
                "Model": [run.title for run, _ in shown],
                "Test accuracy": [100 * end["test_accuracy"] for _, end in shown],
                "Parameters": [run.config.num_parameters for run, _ in shown],
                "Training time": [end["seconds"] for _, end in shown],
                "Processor": [end["machine"]["processor"] for _, end in shown],
                "Seed": [run.config.seed for run, _ in shown],
            }
        ),
        key="models",
        on_select="rerun",
        selection_mode="single-cell",
        hide_index=True,
        column_config={
            "Model": st.column_config.TextColumn(width=330),
            "Test accuracy": st.column_config.NumberColumn(
                format="%.2f %%",
                help="Right answers among the model's test images: all published ones, or a sample of the data set.",
            ),
            "Parameters": st.column_config.NumberColumn(
                format="localized",
                help="All weights of the network, with those that are frozen and the averages of batch normalization.",
            ),
            "Training time": st.column_config.NumberColumn(
                format="%.0f s", help="Seconds of training, without loading and validation."
            ),
            "Seed": st.column_config.NumberColumn(
                help="Of the first weights, the order of the images, augmentation and Dropout."
            ),
        },
    )
    if cells := chosen.selection.cells:
        st.switch_page(PAGES["Inspect"].file, query_params={"run": shown[cells[0][0]][0].name})
