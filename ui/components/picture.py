"""Inputs for a picture: a canvas, an example, a file, the camera."""

from typing import NamedTuple

import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.data import sources
from core.data.pictures.allowance import Allowance
from core.data.pictures.prepared import DIGIT_SHAPE, Prepared, prepared_picture
from core.data.pictures.uploads import UnreadableImage, read_image
from ui.components import visit
from ui.components.canvas import SIDE, canvas
from ui.components.plain_text import plain

INPUTS = ("Draw", "Example", "Upload", "Camera")
EXAMPLES = sources.ROOT / "starter/drawings"
FORMATS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]


class Given(NamedTuple):
    """A picture that the viewer gave.

    Attributes:
        picture: as it came.
        drawing: of the canvas, a number that strokes in quick succession share; None for other inputs.
    """

    picture: Image.Image
    drawing: int | None = None


def choose_input(input_shape: tuple[int, int, int]) -> str:
    """Ask how the viewer wants to give a picture to a network of this input."""
    inputs = INPUTS if input_shape == DIGIT_SHAPE else ("Upload", "Camera")
    if input_shape != DIGIT_SHAPE:
        st.caption("The canvas is for networks that take 28 x 28 grey images; this one takes a picture.")
    chosen: str = st.segmented_control(
        "Input", inputs, default=inputs[0], required=True, key="way", bind="query-params", label_visibility="collapsed"
    )
    return chosen or inputs[0]  # an empty value in the address chooses none


def picture(way: str) -> Given | None:
    """What the viewer draws or gives, by one of INPUTS; None while there is nothing that can be read."""
    if way == "Draw":
        drawn = canvas()
        return None if drawn is None else Given(drawn.picture, drawn.drawing)
    if way == "Example":
        paths = {path.stem: path for path in sorted(EXAMPLES.glob("*.png"))}
        name = st.selectbox("Example", paths, key="example", bind="query-params")
        st.image(str(paths[name]), width=SIDE, alt=name)
        return Given(Image.open(paths[name]))
    if way == "Upload":
        file = st.file_uploader("A picture", FORMATS, key="file", help="PNG, JPEG, WebP, BMP or GIF.")
    else:
        file = st.camera_input("A photograph; of a digit, dark on light", key="camera")
    found = None if file is None else read(file)
    return None if found is None else Given(found)


def prepared(given: Image.Image, input_shape: tuple[int, int, int]) -> Prepared:
    """What a network of this input sees of a picture.

    Raises:
        NoInk: the network reads digits, and there is none.
    """
    pad = input_shape != DIGIT_SHAPE and st.toggle(
        "Fit whole picture (pad)", key="pad", bind="query-params", help="Fill up with black bars instead of cropping."
    )
    return prepared_picture(given, input_shape, pad=pad)


def read(file: UploadedFile) -> Image.Image | None:
    """An uploaded picture; None, with the reason on screen, if it cannot be read.

    A page reads its picture again at every click: only the first time uses up what the visitor may have read.
    """
    allowance = Allowance() if st.session_state.get("last_read") == file.file_id else visit.allowance()
    try:
        allowance.begin(file.name)
        allowance.use_file(file.name, file.size)
        with allowance.timed():
            found = read_image(file.getvalue(), file.name, allowance.use_pixels)
        st.session_state["last_read"] = file.file_id
        return found
    except UnreadableImage as error:
        st.error(plain(str(error)), icon=":material/broken_image:")
        return None
