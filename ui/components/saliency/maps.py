"""Maps of pictures, computed once for all visitors, and the figures that show them."""

from collections.abc import Callable, Iterable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.explanation import Explanation
from core.training.runs import Run
from ui.components.overlays import Figure, choose_look, show_figures
from ui.components.saliency.methods import DEFAULT_METHODS, METHODS, next_to_nothing
from ui.components.saliency.options import Options
from ui.components.saliency.store import Key, Refused, kept_or_asked, store_of
from ui.components.saliency.targets import Target
from ui.serving import about, network

SMALL_SIDE = 64  # pixels; the slow maps of a larger picture are computed on request


def explanation(
    run: Run, picture: str, image: NDArray[np.uint8], target: Target, method: str, options: Options,
    progress: Callable[[float], None] | None = None,
) -> Explanation | Refused:  # fmt: skip
    """The Explanation of one picture, or why there is none.

    Args:
        run: whose network is explained.
        picture: a name that no other picture has; a visitor's own begins with `store.OWN`.
        image: (height, width, channels) uint8.
        target: what is explained.
        method: a label of METHODS.
        options: the methods' settings.
        progress: called with the fraction done of a slow method.
    """
    return kept_or_asked(
        key_of(run, picture, target, method, options),
        lambda: METHODS[method].explain(network(run), image[None], target.for_network(), options, progress),
    )


def is_kept(run: Run, picture: str, target: Target, method: str, options: Options) -> bool:
    """Whether the map was computed before."""
    key = key_of(run, picture, target, method, options)
    return store_of(key).get(key) is not None


def key_of(run: Run, picture: str, target: Target, method: str, options: Options) -> Key:
    """Everything that a map depends on."""
    return run.name, run.done()["finished_at"], picture, target.kind, target.classes, method, options


def is_computed_on_request(image: NDArray[np.uint8], method: str) -> bool:
    """Whether a map takes so long that the page computes it only when asked."""
    return METHODS[method].is_slow and min(image.shape[:2]) > SMALL_SIDE


def map_figure(image: NDArray[np.uint8], method: str, target: str, found: Explanation | Refused, sample: int) -> Figure:
    """The map of one sample with its badge, or the reason why there is none.

    Args:
        image: (height, width, channels) uint8, of this sample.
        method: a label of METHODS.
        target: what is explained, in words.
        found: the explanation of all samples.
        sample: its place among them.
    """
    if isinstance(found, Refused):
        return Figure(image, method, target, None, found.sentence, warns=True)
    # The colours of a map that is next to nothing would look like evidence, and darken the picture.
    shown = None if next_to_nothing(found, sample) else found.maps[sample]
    return Figure(image, method, target, shown, *METHODS[method].badge(found, sample))


def picture_figure(
    run: Run, picture: str, image: NDArray[np.uint8], target: Target, method: str, options: Options
) -> Figure:
    """The map of one picture with its badge, computed if need be; arguments as for `explanation`."""
    found = explanation(run, picture, image, target, method, options)
    return map_figure(image, method, target.name, found, 0)


def two_maps(
    run: Run, picture: str, image: NDArray[np.uint8], classes: Iterable[int], names: tuple[str, ...]
) -> list[Figure]:
    """Grad-CAM and SmoothGrad of a picture for some classes, with default settings."""
    targets = [Target("class", (index,), f"for {names[index]}") for index in classes]
    return [
        picture_figure(run, picture, image, target, method, Options())
        for target in targets
        for method in DEFAULT_METHODS
    ]


@st.fragment
def show_with_look(rows: list[list[Figure]], *, key: str, side: int) -> None:
    """Rows of figures and the choice of their look.

    A fragment: another look neither runs the whole page again nor ends what the page is asking the network.
    """
    show_figures(rows, choose_look(), key=key, side=side)


def feature_layers(run: Run) -> tuple[str, ...]:
    """Names of the layers that Grad-CAM can explain, from the image to the logits."""
    return about(run).feature_layers
