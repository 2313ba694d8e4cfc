"""A canvas to draw a digit on, with Undo and Clear."""

import base64
from typing import NamedTuple

import streamlit as st
from PIL import Image

from core.data.pictures.uploads import read_image
from ui.components.own import own_component

SIDE, PEN = 224, 18  # pixels; the pen is about as broad as MNIST's, two pixels of 28
MOST_LETTERS = 1_000_000  # of a drawing as the browser sends it; a canvas full of strokes has about 100,000
_component = own_component("canvas")


class Drawn(NamedTuple):
    """What is on the canvas.

    Attributes:
        picture: white on black.
        drawing: a number that strokes share when each begins within a second after the one before.
    """

    picture: Image.Image
    drawing: int


def canvas() -> Drawn | None:
    """A canvas; None while it is empty."""
    # The component forgets its drawing when another page is shown; it is kept under a key that belongs to no widget.
    kept = st.session_state.get("drawn") or {}
    given = _component(
        key="canvas",
        data={"side": SIDE, "pen": PEN, "strokes": kept.get("strokes", [])},
        on_drawing_change=lambda: None,
    )
    if given.drawing is not None and len(str(given.drawing)) <= MOST_LETTERS:
        kept = st.session_state.drawn = given.drawing
    if not kept.get("strokes"):
        return None
    content = base64.b64decode(kept["picture"].partition(",")[2])
    return Drawn(read_image(content, "drawing.png").convert("RGB"), kept["drawing"])
