"""Shift: what does the network make of images that are not like those it learnt from?"""

import streamlit as st

import ui
from ui.shift import doubt, elsewhere, noise, split

run = ui.page(
    "Shift", "Show the network what it was not trained for, spoiled or foreign images, and see which score notices."
)
VIEWS = {
    "Threshold split": split.show,
    "Noise": noise.show,
    "Data from elsewhere": elsewhere.show,
    "Which doubt": doubt.show,
}
view = st.segmented_control(
    "View",
    tuple(VIEWS),
    default="Threshold split",
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
# No fragment: a click inside of one would not interrupt what it computes, so nothing could be cancelled.
VIEWS[view](run)
