"""The runs that cannot be read, with the cause, to be deleted or repaired."""

import os

import streamlit as st

from core.training import runs


def show_damaged() -> None:
    """A line for each damaged run; nothing if there is none."""
    damaged = runs.damaged_runs()
    if not damaged:
        return
    st.subheader("Damaged runs", anchor=False)
    st.caption("These folders cannot be read, so no other page shows them. Repair the named file, or delete the run.")
    for run in damaged:
        with st.container(horizontal=True, vertical_alignment="center"):
            # As code: what is in a name is no markup.
            st.markdown(f"`{_as_code(run.name)}`  \n`{_as_code(run.cause)}`", width="stretch")
            if run.is_starter:
                continue
            # A name that is not UTF-8 cannot be part of a key.
            key = f"delete_{os.fsencode(run.folder.name).hex()}"
            if st.button("Delete…", icon=":material/delete:", key=key):
                st.session_state.deleting = run.folder


def _as_code(text: str) -> str:
    return text.replace("`", "'")
