"""The images that a visitor has given on page Draw, with their verdicts."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.predictions import Answers
from core.views.palette import DONT_KNOW

NUM_KEPT = 8


class Kept(NamedTuple):
    """A picture of the history with its verdict."""

    image: NDArray[np.uint8]  # (height, width, channels)
    answers: Answers
    accepted: bool
    about: tuple[str, ...]  # lines for the card

    @property
    def verdict(self) -> str:
        name: str = self.answers.class_names[self.answers.predicted[0]]
        return name if self.accepted else f"I {DONT_KNOW}"


def history() -> list[Kept]:
    """The last pictures, the newest last."""
    kept: list[Kept] = st.session_state.get("history", [])
    return kept


def remember(new: Kept) -> None:
    """Keep a picture with its verdict; the same picture again replaces its last verdict."""
    # A ladder needs pictures of one shape: what another kind of network was shown is left behind.
    kept = [entry for entry in history() if entry.image.shape == new.image.shape]
    if kept and np.array_equal(kept[-1].image, new.image):
        kept.pop()
    st.session_state.history = [*kept, new][-NUM_KEPT:]
