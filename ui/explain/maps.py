"""Maps of pictures, computed once a session: what was asked of which network, about which picture."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.explanation import Contrast
from core.serving import Function
from core.training.runs import Run
from ui import network
from ui.explain.methods import METHODS, Options

MOST_KEPT = 300
SMALL = 64  # pixels a side; a larger picture's slow maps are computed on request


class Target(NamedTuple):
    """What is explained: a kind and its classes, with a name for the screen."""

    kind: str  # "class", "contrast", "entropy" or "margin"
    classes: tuple[int, ...] = ()
    name: str = ""

    def of_network(self) -> Any:
        """As a question takes it."""
        if self.kind == "class":
            return self.classes[0]
        if self.kind == "contrast":
            return Contrast(*self.classes)
        return Function(f"core.saliency.{'entropy' if self.kind == 'entropy' else 'top_two_margin'}")


class Refused(NamedTuple):
    """A method that does not fit, and why."""

    sentence: str


def kept() -> OrderedDict:
    """The maps of this session by what they are of, the newest last."""
    return st.session_state.setdefault("maps", OrderedDict())


def keep(key: tuple, value: Any) -> Any:
    """Keep a value, and forget the oldest where there are too many."""
    kept()[key] = value
    while len(kept()) > MOST_KEPT:
        kept().popitem(last=False)
    return value


def explanation(
    run: Run, picture: str, image: NDArray[np.uint8], target: Target, method: str, options: Options,
    progress: Callable[[float], None] | None = None,
) -> Any:  # fmt: skip
    """The Explanation of one picture, or why there is none.

    Args:
        run: whose network.
        picture: a name that tells this picture from every other.
        image: (height, width, channels) uint8.
        target: what is explained.
        method: a label of METHODS.
        options: the methods' settings.
        progress: of a slow one.
    """
    key = key_of(run, picture, target, method, options)
    if key in kept():
        return kept()[key]
    try:
        found = METHODS[method].explain(network.network(run), image[None], target.of_network(), options, progress)
    except ValueError as error:
        found = Refused(str(error))
    return keep(key, found)


def key_of(run: Run, picture: str, target: Target, method: str, options: Options) -> tuple:
    """What a map depends on."""
    return run.name, run.done()["finished_at"], picture, target.kind, target.classes, method, options


def is_waited_for(image: NDArray[np.uint8], method: str) -> bool:
    """Whether a map takes so long that it is computed on request, with progress."""
    return METHODS[method].is_slow and min(image.shape[:2]) > SMALL
