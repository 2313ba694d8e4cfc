"""Maps of pictures, computed once for all visitors: what was asked of which network, about which picture."""

import pickle
import threading
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

MOST_BYTES = 64_000_000
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


class Kept:
    """Values by what they are of, the last used ones, as many as fit.

    Args:
        most_bytes: of all values together.
    """

    def __init__(self, most_bytes: int) -> None:
        self._values: OrderedDict[tuple, tuple[Any, int]] = OrderedDict()
        self._most_bytes, self._lock = most_bytes, threading.Lock()

    def get(self, key: tuple) -> Any:
        """The value, None if there is none."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def keep(self, key: tuple, value: Any) -> Any:
        """Keep a value, and forget those that were used longest ago where it is too much; returns the value."""
        size = len(pickle.dumps(value))
        with self._lock:
            self._values[key] = value, size
            self._values.move_to_end(key)
            while sum(size for _, size in self._values.values()) > self._most_bytes and len(self._values) > 1:
                self._values.popitem(last=False)
        return value

    def names(self) -> list[tuple]:
        """What there are values of, the last used last."""
        with self._lock:
            return list(self._values)


@st.cache_resource(show_spinner=False)
def kept() -> Kept:
    """The maps of all visitors: many look at the same picture."""
    return Kept(MOST_BYTES)


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
    found = kept().get(key)
    if found is not None:
        return found
    try:
        found = METHODS[method].explain(network.network(run), image[None], target.of_network(), options, progress)
    except ValueError as error:
        found = Refused(str(error))
    return kept().keep(key, found)


def key_of(run: Run, picture: str, target: Target, method: str, options: Options) -> tuple:
    """What a map depends on."""
    return run.name, run.done()["finished_at"], picture, target.kind, target.classes, method, options


def is_waited_for(image: NDArray[np.uint8], method: str) -> bool:
    """Whether a map takes so long that it is computed on request, with progress."""
    return METHODS[method].is_slow and min(image.shape[:2]) > SMALL
