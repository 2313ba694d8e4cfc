"""The second verdict: is the image like those that the network was trained on?"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.familiarity import SHARE
from core.training.runs import Run
from core.views.palette import coloured
from ui import serving
from ui.components.controls import percent
from ui.loaded.familiar import FamiliarityUnknown, familiarity_of

PATIENCE = 20.0  # seconds

HELP = (
    "Squared Mahalanobis distance to the nearest class of the training images, in the last hidden layer, with features scaled to "
    f"length 1. Higher = less similar. {percent(SHARE, 0)} of the validation images are within the limit."
)


def show_familiarity(run: Run, image: NDArray[np.uint8]) -> None:
    """Whether the image is farther from the training images than nearly all validation images, or why that is not known."""
    try:
        known = familiarity_of(run, PATIENCE)
    except FamiliarityUnknown as why:
        st.caption(f"Whether the picture is like the training images is not known: {why}")
        return
    features = serving.network(run).features(image[None])
    if features.shape[1:] != known.classes.mean.shape:
        st.caption(
            "Whether the picture is like the training images is not known: familiarity.npz in the run's folder is of another "
            "network. Delete it."
        )
        return
    distance = float(known.distance(features)[0])
    numbers = f"distance to the training images {distance:,.0f}, limit {known.limit:,.0f}"
    if distance > known.limit:
        st.markdown(coloured("**Unlike anything it was trained on**", "ood"))
        st.caption(
            f"{numbers.capitalize()}. Softmax only chooses among the known classes, so do not trust the confidence.",
            help=HELP,
        )
    else:
        st.caption(f"Similar to its training images: {numbers}.", help=HELP)
