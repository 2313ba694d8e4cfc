"""What people said of the test images, where the files are here: doubted labels and votes."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.datasets import DataDamaged
from core.data.formats import references
from core.data.formats.references import LabelReview
from core.training.runs import Run


@st.cache_resource(max_entries=4, ttl=60, show_spinner=False)
def _reviews(dataset: str) -> Mapping[int, LabelReview] | None:
    return references.label_reviews(dataset)


@st.cache_resource(max_entries=2, ttl=60, show_spinner=False)
def _votes(dataset: str) -> NDArray[np.int64] | None:
    return references.human_votes(dataset)


def reviews(run: Run) -> Mapping[int, LabelReview] | None:
    """The test images whose label people looked at again; None if the file is not here or cannot be read."""
    try:
        return _reviews(run.config.dataset)
    except DataDamaged:
        return None


def votes(run: Run) -> NDArray[np.int64] | None:
    """(num_samples, num_classes) votes; None if the file is not here or cannot be read."""
    try:
        return _votes(run.config.dataset)
    except DataDamaged:
        return None


def damage(run: Run) -> list[str]:
    """A sentence for each file that is here but cannot be read."""
    sentences = []
    for read in (_reviews, _votes):
        try:
            read(run.config.dataset)
        except DataDamaged as error:
            sentences.append(str(error))
    return sentences
