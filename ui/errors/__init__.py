"""What page Errors shows: each view is a module with a function `show(run)`."""

import streamlit as st

from core.training.runs import Run
from ui.components.controls import show_view
from ui.errors import logits, matrix, people, superclasses

VIEWS = {
    "Confusion matrix": matrix.show,
    "Superclasses": superclasses.show,
    "Logits": logits.show,
    "Label errors and human votes": people.show,
}
EARLIER_NAMES = {"Labels and people": "Label errors and human votes"}  # in links that people keep


def show(run: Run) -> None:
    view = EARLIER_NAMES.get(st.query_params.get("view", ""))
    if view is not None:
        del st.query_params["view"]
        st.session_state.view = view
    show_view(VIEWS, run)
