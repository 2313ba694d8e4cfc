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
    drawing: int | None = None  # the same for strokes in quick succession

    @property
    def verdict(self) -> str:
        name: str = self.answers.class_names[self.answers.predicted[0]]
        return name if self.accepted else f"I {DONT_KNOW}"


def history() -> list[Kept]:
    """The last pictures, the newest last."""
    kept: list[Kept] = st.session_state.get("history", [])
    return kept


def remember(new: Kept) -> None:
    """Keep an image with its verdict; the same image again, or a further stroke of the same drawing, replaces the last one."""
    # A blend needs images of one shape: what another kind of network was given is left behind.
    kept = [entry for entry in history() if entry.image.shape == new.image.shape]
    if kept and (_is_one_drawing(kept[-1], new) or np.array_equal(kept[-1].image, new.image)):
        kept.pop()
    st.session_state.history = [*kept, new][-NUM_KEPT:]


def _is_one_drawing(last: Kept, new: Kept) -> bool:
    return new.drawing is not None and last.drawing == new.drawing
