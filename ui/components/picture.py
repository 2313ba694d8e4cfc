"""Inputs for a picture: a canvas, an example, a file, the camera."""

import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import st_canvas

from core.data import sources
from core.data.pictures.prepared import DIGIT_SHAPE, Prepared, prepared_picture
from core.data.pictures.uploads import UnreadableImage, read_image

INPUTS = ("Draw", "Example", "Upload", "Camera")
EXAMPLES = sources.ROOT / "starter/drawings"
FORMATS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]
SIDE, PEN = 224, 18  # pixels; the pen is about as broad as MNIST's, two pixels of 28


def picture(input_shape: tuple[int, int, int]) -> Image.Image | None:
    """What the viewer draws or gives to a network of this input; None while there is nothing that can be read."""
    shown = st.container()
    inputs = INPUTS if input_shape == DIGIT_SHAPE else ("Upload", "Camera")
    if input_shape != DIGIT_SHAPE:
        st.caption("The canvas is for networks that take 28 x 28 grey images; this one takes a picture.")
    way = st.segmented_control(
        "Input", inputs, default=inputs[0], required=True, key="way", label_visibility="collapsed"
    )
    with shown:
        return _given(way)


def prepared(given: Image.Image, input_shape: tuple[int, int, int]) -> Prepared:
    """What a network of this input sees of a picture.

    Raises:
        NoInk: the network reads digits, and there is none.
    """
    pad = input_shape != DIGIT_SHAPE and st.toggle(
        "Fit whole picture (pad)", key="pad", help="Fill up with black bars instead of cropping."
    )
    return prepared_picture(given, input_shape, pad=pad)


def _given(way: str) -> Image.Image | None:
    if way == "Draw":
        return _canvas()
    if way == "Example":
        paths = {path.stem: path for path in sorted(EXAMPLES.glob("*.png"))}
        name = st.selectbox("Example", paths, key="example", bind="query-params")
        st.image(str(paths[name]), width=SIDE, alt=name)
        return Image.open(paths[name])
    if way == "Upload":
        file = st.file_uploader("A picture", FORMATS, key="file", help="PNG, JPEG, WebP, BMP or GIF.")
    else:
        file = st.camera_input("A photograph; of a digit, dark on light", key="camera")
    return None if file is None else read(file.getvalue(), file.name)


def _canvas() -> Image.Image | None:
    # The canvas forgets its drawing when another page is shown; strokes and pixels are kept under keys of no widget.
    if "canvas" not in st.session_state:
        st.session_state.strokes_before = st.session_state.get("strokes")
    canvas = st_canvas(
        stroke_width=PEN, stroke_color="#ffffff", background_color="#000000", width=SIDE, height=SIDE,
        initial_drawing=st.session_state.strokes_before, return_image_data=True, key="canvas",
    )  # fmt: skip
    if canvas.json_data is not None:
        st.session_state.strokes = canvas.json_data
    if canvas.image_data is not None:
        st.session_state.pixels = canvas.image_data
    if not (st.session_state.get("strokes") or {}).get("objects") or "pixels" not in st.session_state:
        return None
    return Image.fromarray(st.session_state.pixels).convert("RGB")


def read(content: bytes, name: str) -> Image.Image | None:
    """An uploaded picture; None, with the reason on screen, if it cannot be read."""
    try:
        return read_image(content, name)
    except UnreadableImage as error:
        st.error(str(error), icon=":material/broken_image:")
        return None
