"""A canvas to draw a digit on, with Undo and Clear."""

import base64
from typing import Any, NamedTuple

import streamlit as st
from PIL import Image

from core.data.pictures.uploads import UnreadableImage, read_image
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
    if is_drawing(given.drawing):
        kept = st.session_state.drawn = given.drawing
    return drawn(kept) if kept else None


def is_drawing(value: Any) -> bool:
    """Whether a value that a browser sends is what the script of the canvas sends."""
    return (
        isinstance(value, dict)
        and len(str(value)) <= MOST_LETTERS
        and isinstance(value.get("strokes"), list)
        and isinstance(value.get("drawing", ""), int | None)
        and isinstance(value.get("picture", 0), str | None)
    )


def drawn(value: dict[str, Any]) -> Drawn | None:
    """The drawing that a browser sends, a value for which `is_drawing` holds; None if it is empty or cannot be read."""
    if not value["strokes"] or not value["picture"] or value["drawing"] is None:
        return None
    try:
        content = base64.b64decode(value["picture"].partition(",")[2])
        return Drawn(read_image(content, "drawing.png", _check_size).convert("RGB"), value["drawing"])
    except ValueError:  # also UnreadableImage
        return None


def _check_size(name: str, num_pixels: int) -> None:
    if num_pixels > SIDE**2:
        raise UnreadableImage(f"{name} has {num_pixels:,} pixels; the canvas has {SIDE**2:,}.")
