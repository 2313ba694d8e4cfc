"""What others found out about the test images, where it is here: doubted labels and people's votes."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.formats import references
from core.data.formats.references import LabelReview
from core.data.sources import DataDamaged
from core.training.runs import Run


@st.cache_resource(max_entries=4, ttl=60, show_spinner=False)
def _reviews(dataset: str) -> dict[int, LabelReview] | None:
    return references.label_reviews(dataset)


@st.cache_resource(max_entries=2, ttl=60, show_spinner=False)
def _votes(dataset: str) -> NDArray[np.int64] | None:
    return references.human_votes(dataset)


def reviews(run: Run) -> dict[int, LabelReview] | None:
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


def notes(run: Run, class_names: tuple[str, ...], samples: NDArray[np.integer]) -> list[str]:
    """Of each sample what people said: whether they doubt its label, and how they voted; mostly empty."""
    reviewed, voted = reviews(run) or {}, votes(run)
    found = []
    for sample in samples.tolist():
        parts = []
        if (review := reviewed.get(sample)) is not None:
            kept = "confirmed" if review.num_given == review.num_votes else "doubted"
            verdict = "label wrong" if review.is_error else f"label {kept}"
            parts.append(f"{verdict}: {review.num_given} of {review.num_votes} keep {class_names[review.given]}")
        if voted is not None:
            top = [k for k in np.argsort(-voted[sample], kind="stable")[:3] if voted[sample, k]]
            parts.append("people: " + ", ".join(f"{voted[sample, k]} {class_names[k]}" for k in top))
        found.append(" · ".join(parts))
    return found
