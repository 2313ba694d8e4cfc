"""Home: what the app does, which runs there are, and a tour in three steps."""

import pyarrow as pa
import streamlit as st

import ui
from core.training import runs

run = ui.page(
    "When should it say “I don't know”?",
    "An image classifier always answers, even when it has no idea. Here you see when it should not. "
    "Train a classifier, see image by image how unsure it is, and trade one against the other: "
    "how much it answers, and how often it is right.",
    needs_run=False,
)

st.subheader("A tour in three steps", anchor=False)
TOUR = (
    (
        "1 · See what it doubts",
        "The test digits of which a small network believes no class with half its mind. About half of these answers are wrong.",
        "pages/2_Inspect.py", "Open Inspect", "grid_view", {"run": "mnist-dense"},
    ),
    (
        "2 · Let it refuse",
        "Move one threshold and watch: what remains answered is right more often, and the refused are the errors.",
        "pages/4_Reject.py", "Open Reject", "rule", {"run": "fashion_mnist-small_cnn"},
    ),
    (
        "3 · Train your own",
        "Choose data, network and patience. Training runs beside the page, and every page can show the result.",
        "pages/1_Train.py", "Open Train", "model_training", None,
    ),
)  # fmt: skip
with st.grid(3, min_column_width=260):
    for title, text, page, label, icon, query in TOUR:
        with st.container(border=True, height="stretch"):
            st.markdown(f"**{title}**\n\n{text}")
            st.page_link(page, label=label, icon=f":material/{icon}:", query_params=query)

st.subheader("And further", anchor=False)
FURTHER = (
    ("3_Draw", "Draw", "draw", "Draw a digit, and hear a class or “わからない”."),
    ("5_Explain", "Explain", "troubleshoot", "Which pixels speak for a class, and can such a map be trusted?"),
    ("6_Errors", "Errors", "error", "What is taken for what, and is it the network's fault?"),
    ("7_Shift", "Shift", "blur_on", "Noise, and data from elsewhere: does it notice?"),
)
with st.grid(4, min_column_width=180) as grid:
    for stem, label, icon, text in FURTHER:
        with grid.cell():
            st.page_link(
                f"pages/{stem}.py", label=label, icon=f":material/{icon}:", query_params={"run": "mnist-small_cnn"}
            )
            st.caption(text)

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
