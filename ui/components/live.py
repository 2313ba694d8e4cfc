"""Texts of a page that follow a slider while it is dragged: in the browser, which has the text for every stop of the slider."""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ui.components.own import own_component

_component = own_component("live")


class Stops(NamedTuple):
    """The values that a slider can stop at: num_steps equal steps from low to high."""

    low: float
    high: float
    num_steps: int

    @property
    def values(self) -> NDArray[np.float64]:
        """(num_steps + 1,), from low to high."""
        return np.linspace(self.low, self.high, self.num_steps + 1)

    def without_rounding(self, value: float) -> float:
        """The stop that a value of the browser misses by rounding only; any other value as it is."""
        place = round((value - self.low) / (self.high - self.low) * self.num_steps)
        stop = float(self.values[min(max(place, 0), self.num_steps)])
        return stop if abs(value - stop) < 1e-9 * (self.high - self.low) else value


def packed(tiles: Mapping[str, Sequence[str]], paragraphs: Mapping[str, Sequence[str]]) -> bytes:
    """The texts for every stop, compressed; to be kept, since it takes milliseconds.

    Args:
        tiles: label of a metric -> (num_steps + 1) values.
        paragraphs: key of a container with one paragraph -> (num_steps + 1) texts; of Markdown they may have bold.
    """
    return zlib.compress(json.dumps({"tiles": tiles, "paragraphs": paragraphs}).encode())


def follow_slider(slider: str, stops: Stops, texts: bytes) -> None:
    """Let texts on the page follow a slider until it is released.

    The texts must be the ones that the script will show at that stop, letter by letter.

    Args:
        slider: its key.
        stops: where it can stop. If the slider on the page has other ends, nothing follows.
        texts: what `packed` returned. Tiles and containers that are not on the page are left out.
    """
    head = json.dumps({"slider": slider, "low": stops.low, "high": stops.high, "steps": stops.num_steps})
    _component(key=f"live_{slider}", data=head.encode() + b"\n" + texts)
