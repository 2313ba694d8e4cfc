"""Errors: who is taken for whom, and what lies behind each cell."""

import streamlit as st

import ui
from ui.errors import logits, matrix, people, superclasses

run = ui.page(
    "Errors", "Who is taken for whom, which errors are excusable and which are not, and whose fault they are."
)
VIEWS = {
    "Confusion matrix": matrix.show,
    "Superclasses": superclasses.show,
    "Logits": logits.show,
    "Labels and people": people.show,
}
view = st.segmented_control(
    "View",
    tuple(VIEWS),
    default="Confusion matrix",
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
VIEWS[view](run)
