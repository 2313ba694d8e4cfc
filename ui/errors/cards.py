"""The images of a list with what people said of them."""

import numpy as np
from numpy.typing import NDArray

from core.training.runs import Run
from ui import loaded
from ui.components.controls import percent
from ui.components.samples import open_sample, show_opened, show_samples
from ui.errors import marks


def show_page(
    run: Run,
    samples: NDArray[np.integer],
    title: str,
    key: str,
    page_size: int = 12,
    refused: NDArray[np.bool_] | None = None,
) -> int | None:
    """A gallery of test images, each with the five most likely classes as bars.

    Args:
        run: whose predictions to show.
        samples: (num_cards,), in the order to show.
        title: a line above, in Markdown.
        key: names the list: another list starts at its first page.
        page_size: cards on a page.
        refused: (num_test,), whether each test image is refused; None where nothing is.

    Returns:
        The sample just clicked, or None.
    """
    test = loaded.predictions(run, "test")

    def notes(shown: NDArray[np.integer]) -> list[str]:
        said = marks.notes(run, test.class_names, shown)
        # Number and sign stay on one line of a narrow card.
        confidence = [percent(share, 1).replace(" ", "\u00a0") for share in test.probs[shown].max(axis=-1)]
        return [" · ".join(filter(None, parts)) for parts in zip(confidence, said, strict=True)]

    return show_samples(
        run,
        "test",
        samples,
        notes,
        key="cards",
        title=title,
        page_size=page_size,
        page_key=f"page of {key}",
        refused=refused,
    )


def show(
    run: Run,
    samples: NDArray[np.integer],
    title: str,
    key: str,
    page_size: int = 12,
    refused: NDArray[np.bool_] | None = None,
) -> None:
    """A gallery as `show_page`, in which a click opens the image, and the one that is open."""
    clicked = show_page(run, samples, title, key, page_size, refused)
    if clicked is not None:
        open_sample(clicked)
    show_opened(run, "test", samples, refused)
