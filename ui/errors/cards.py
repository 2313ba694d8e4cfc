"""The images of a list, twelve at a time; a click opens one."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import ui
from core.training.runs import Run
from ui.errors import marks
from ui.gallery import gallery
from ui.sample import open_sample, opened_sample, sample_dialog


def page_of(run: Run, samples: NDArray[np.integer], title: str, key: str, page_size: int = 12) -> int | None:
    """A gallery of test images, each with the five most likely classes as bars.

    Args:
        run: whose predictions to show.
        samples: (num_cards,), in the order to show.
        title: a line above, in Markdown.
        key: names the list: another list starts at its first page.
        page_size: cards on a page.

    Returns:
        The sample just clicked, or None.
    """
    test = ui.predictions(run, "test")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(title)
        num_pages = max(-(-len(samples) // page_size), 1)
        number = st.pagination(num_pages, key=f"page of {key}", max_visible_pages=5) if num_pages > 1 else 1
    if not len(samples):
        return None
    images = ui.images(run, "test")
    shown = samples[(number - 1) * page_size : number * page_size]
    said = marks.notes(run, test.class_names, shown)
    # Number and sign stay on one line of a narrow card.
    confidence = [ui.percent(share, 1).replace(" ", "\u00a0") for share in test.probs[shown].max(axis=-1)]
    notes = [" · ".join(filter(None, parts)) for parts in zip(confidence, said, strict=True)]
    return gallery(images, test, shown, notes, key="cards", of=(run.config.dataset, "test"))


def show(run: Run, samples: NDArray[np.integer], title: str, key: str, page_size: int = 12) -> None:
    """A gallery as `page_of`, in which a click opens the image, and the one that is open."""
    test = ui.predictions(run, "test")
    clicked = page_of(run, samples, title, key, page_size)
    if clicked is not None:
        open_sample(clicked)
    if opened_sample(test.num_samples) is not None:
        sample_dialog(ui.images(run, "test", quiet=True), test, samples, "test", run)
