"""Home: what the app does, which runs there are, and a tour in three steps."""

import streamlit as st

import ui

run = ui.page(
    "わからない",
    "An image classifier always answers, even when it has no idea. **When should it say “I don't know”?** "
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
with st.grid(3, min_column_width=260) as grid:
    for title, text, page, label, icon, query in TOUR:
        with grid.cell(), st.container(border=True, height="stretch"):
            st.markdown(f"**{title}**\n\n{text}")
            st.page_link(page, label=label, icon=f":material/{icon}:", query_params=query)

st.subheader("Runs", anchor=False)
ui.run_table()
