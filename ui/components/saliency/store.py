"""What was computed about pictures, kept for all visitors: many look at the same picture.

What was computed about a visitor's own picture is kept in that visitor's session alone, and goes with it.
"""

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

import streamlit as st

# All trials (`ui.explain.trial`) of one picture of 224 x 224 pixels with the deepest starter network take 135 MB.
MOST_BYTES = 160_000_000
MOST_BYTES_OF_A_VISITOR = 40_000_000
OWN = "own picture "  # begins the name of every picture that a visitor gave
Key = tuple[Hashable, ...]
T = TypeVar("T")


class Refused(NamedTuple):
    """A method that does not fit the network, and why."""

    sentence: str


class Store:
    """Values by key. The values used longest ago are dropped when all together take too many bytes.

    Args:
        most_bytes: of all values together; the newest value stays, however large.
    """

    def __init__(self, most_bytes: int) -> None:
        self._values: OrderedDict[Key, tuple[Any, int]] = OrderedDict()
        self._most_bytes, self._lock = most_bytes, threading.Lock()

    def get(self, key: Key) -> Any:
        """The value, or None if there is none."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def keep(self, key: Key, value: Any) -> None:
        """Add a value, or replace the one under this key."""
        size = len(pickle.dumps(value))
        with self._lock:
            self._values[key] = value, size
            self._values.move_to_end(key)
            while sum(size for _, size in self._values.values()) > self._most_bytes and len(self._values) > 1:
                self._values.popitem(last=False)

    def names(self) -> list[Key]:
        """The keys of all values, the last used one last."""
        with self._lock:
            return list(self._values)


@st.cache_resource(show_spinner=False)
def kept() -> Store:
    """The one store of this server, for pictures of the data sets."""
    return Store(MOST_BYTES)


def store_of(key: Key) -> Store:
    """Where the value under a key belongs: the visitor's own store if the key names the visitor's own picture."""
    if not any(isinstance(part, str) and part.startswith(OWN) for part in key):
        return kept()
    own: Store = st.session_state.setdefault("own_explanations", Store(MOST_BYTES_OF_A_VISITOR))
    return own


def kept_or_asked(key: Key, ask: Callable[[], T]) -> T | Refused:
    """The value kept under a key; else what `ask` returns, which is then kept.

    Args:
        key: everything that the value depends on.
        ask: asks the network; its ValueError is kept as `Refused`.
    """
    store = store_of(key)
    found: T | Refused | None = store.get(key)
    if found is None:
        try:
            found = ask()
        except ValueError as error:
            found = Refused(str(error))
        store.keep(key, found)
    return found
