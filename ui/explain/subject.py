"""Which picture is to be explained: a test image, a drawing, or an upload."""

import hashlib
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from core.data import sources
from core.data.digits import NoInk
from core.metrics.predictions import Answers, Predictions
from core.metrics.samples import SampleFilter, chosen_samples
from core.metrics.uncertainty import least_confidence
from core.training.runs import Run
from ui import loaded
from ui.components.gallery import gallery
from ui.components.history import history
from ui.components.picture import FORMATS, prepared, read
from ui.components.plain_text import plain
from ui.components.saliency.store import OWN
from ui.components.visit import PRIVACY
from ui.serving import answers_of

WAYS = ("Test", "Drawing", "Upload")
GALLERY_SIZE = 12


class Subject(NamedTuple):
    """A picture and what the network says of it.

    Attributes:
        name: one that no other picture has.
        image: (height, width, channels) uint8.
        label: its true class, None if unknown.
        answers: of this one picture.
    """

    name: str
    image: NDArray[np.uint8]
    label: int | None
    answers: Answers


def choose_subject(run: Run, below: DeltaGenerator) -> Subject | None:
    """Ask for a picture; None while there is none, and the page says why.

    Args:
        run: whose network is to be explained.
        below: where the gallery of test images goes, which is long.
    """
    way = st.segmented_control(
        "Picture", WAYS, default=WAYS[0], required=True, key="of", bind="query-params", label_visibility="collapsed"
    )
    if way is None or way == WAYS[0]:  # an odd value in the address leaves it open
        return _test_image(run, below)
    return _drawing(run) if way == "Drawing" else _upload(run)


def _test_image(run: Run, below: DeltaGenerator) -> Subject | None:
    test, images = loaded.predictions(run, "test"), loaded.images(run, "test")
    if images is None:
        return None
    top = st.container()
    uncertainty = least_confidence(test.probs)
    listed, num_wrong = _listed(test)
    with below.expander(
        f"Choose from the gallery: {num_wrong:,} errors first, the most confident at the top",
        key="choose",
        on_change="rerun",
        bind="query-params",
    ) as opened:
        if opened.open:
            number = st.pagination(
                -(-len(listed) // GALLERY_SIZE), key="listed", max_visible_pages=5, bind="query-params"
            )
            cards = listed[(number - 1) * GALLERY_SIZE : number * GALLERY_SIZE]
            clicked = gallery(images, test, cards, [f"{uncertainty[card]:.3f}" for card in cards], key="subjects")
            if clicked is not None:
                st.session_state.sample = clicked
    with top:
        number = st.number_input(
            "Test image no.", 0, len(images) - 1, first_subject(run), key="sample", bind="query-params", width=150,
            help="Its position in the test set, starting at 0.",
        )  # fmt: skip
    answers = Answers(test.logits[number : number + 1], test.class_names)  # saved when it was tested
    return Subject(f"test {number}", images[number], int(test.labels[number]), answers)


def first_subject(run: Run) -> int:
    """The test image that is shown first: the most confident error."""
    return int(_listed(loaded.predictions(run, "test"))[0][0])


def _listed(test: Predictions) -> tuple[NDArray[np.intp], int]:
    """All test images, the most confident errors first; and the number of errors."""
    uncertainty = least_confidence(test.probs)
    wrong = chosen_samples(test, uncertainty, SampleFilter(correct=False, order="most certain first"))
    right = chosen_samples(test, uncertainty, SampleFilter(correct=True))
    return np.concatenate([wrong, right]), len(wrong)


def _drawing(run: Run) -> Subject | None:
    shape = sources.source(run.config.dataset).image_shape
    kept = [entry for entry in history() if entry.image.shape == shape]
    if not kept:
        st.info("Nothing was drawn yet.", icon=":material/draw:")
        st.page_link("pages/3_Draw.py", label="Draw something", icon=":material/draw:", query_params={"run": run.name})
        return None
    names = [f"{number}: {entry.verdict}" for number, entry in enumerate(kept, 1)]
    entry = kept[st.selectbox("Drawing", range(len(kept)), len(kept) - 1, format_func=names.__getitem__, width=200)]
    return _unlabelled(run, entry.image)


def _upload(run: Run) -> Subject | None:
    file = st.file_uploader("A picture", FORMATS, key="explained_file", help="PNG, JPEG, WebP, BMP or GIF.")
    st.caption(PRIVACY)
    given = None if file is None else read(file)
    if given is None:
        return None
    try:
        image, _ = prepared(given, sources.source(run.config.dataset).image_shape)
    except NoInk as error:
        st.warning(plain(str(error)), icon=":material/ink_pen:")
        return None
    return _unlabelled(run, image)


def _unlabelled(run: Run, image: NDArray[np.uint8]) -> Subject:
    """A picture of unknown class, named by its pixels."""
    return Subject(OWN + hashlib.sha256(image.tobytes()).hexdigest(), image, None, answers_of(run, image[None]))
