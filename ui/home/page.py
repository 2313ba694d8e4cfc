"""A tour in three steps, the other pages, and the runs that are finished."""

import pyarrow as pa
import streamlit as st

from core.training import runs
from ui.shell import PAGES, page_link

TOUR: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (
        "1 · See what it doubts",
        "The test digits of which a small network believes no class with half its mind. About half of these answers are wrong.",
        "Inspect", {"run": "mnist-dense"},
    ),
    (
        "2 · Let it refuse",
        "Move one threshold and watch: what remains answered is right more often, and the refused are the errors.",
        "Reject", {"run": "fashion_mnist-small_cnn"},
    ),
    (
        "3 · Train your own",
        "Choose data, network and patience. Training runs beside the page, and every page can show the result.",
        "Train", {},
    ),
)  # fmt: skip


def show() -> None:
    st.subheader("A tour in three steps", anchor=False)
    with st.grid(3, min_column_width=260):
        for heading, text, title, query in TOUR:
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{heading}**\n\n{text}")
                page_link(title, f"Open {title}", **query)
    st.subheader("And further", anchor=False)
    with st.grid(4, min_column_width=180) as grid:
        for page in PAGES.values():
            if page.says:
                with grid.cell():
                    page_link(page.title, page.title, run="mnist-small_cnn")
                    st.caption(page.says)
    _show_runs()


def _show_runs() -> None:
    st.subheader("Runs", anchor=False)
    finished = [run for run in runs.all_runs() if run.status == "done"]
    ends = [run.done() for run in finished]
    st.dataframe(
        # An Arrow table costs Streamlit a fifth of what a dict costs, which goes by way of pandas.
        pa.table(
            {
                "Run": [run.title for run in finished],
                "Test accuracy": [100 * end["test_accuracy"] for end in ends],
                "Parameters": [run.config.num_parameters for run in finished],
                "Training": [end["seconds"] for end in ends],
                "Processor": [end["machine"]["processor"] for end in ends],
                "Seed": [run.config.seed for run in finished],
            }
        ),
        hide_index=True,
        column_config={
            "Test accuracy": st.column_config.NumberColumn(format="%.2f %%", help="Of the published test images."),
            "Parameters": st.column_config.NumberColumn(format="localized", help="Weights that training adjusts."),
            "Training": st.column_config.NumberColumn(format="%.0f s", help="Seconds of training, without loading."),
            "Seed": st.column_config.NumberColumn(help="Of the weights, the order of the images and Dropout."),
        },
    )
