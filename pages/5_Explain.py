"""Explain: why did it say that, and how far can the explanation be trusted?"""

import streamlit as st

import ui
from ui.explain import many, one, trust

run = ui.page(
    "Explain",
    "See which pixels speak for a class and which against it, by twelve methods, each with its proof beside it.",
)
VIEWS = {"One picture": one.show, "Many at once": many.show, "Can it be trusted?": trust.show}
view = st.segmented_control(
    "View",
    tuple(VIEWS),
    default="One picture",
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
# No fragment: a click inside of one would not interrupt what it computes, so nothing could be cancelled.
VIEWS[view](run)
