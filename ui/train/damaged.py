"""The runs that cannot be read, with the cause, to be deleted or repaired."""

import os

import streamlit as st

from core.training import runs
from ui import rights
from ui.components.plain_text import plain


def show_damaged() -> None:
    """A line for each damaged run; nothing if there is none."""
    damaged = runs.damaged_runs()
    if not damaged:
        return
    st.subheader("Damaged runs", anchor=False)
    st.caption("These folders cannot be read, so no other page shows them. Repair the named file, or delete the run.")
    for run in damaged:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(run.name)}**  \n{plain(run.cause)}", width="stretch")
            if run.is_starter or not rights.is_host():
                continue
            # A name that is not UTF-8 cannot be part of a key.
            key = f"delete_{os.fsencode(run.folder.name).hex()}"
            if st.button("Delete…", icon=":material/delete:", key=key):
                st.session_state.deleting = run.folder
