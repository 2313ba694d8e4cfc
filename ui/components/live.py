"""Texts and marks of charts that follow a slider while it is dragged.

This happens in the browser, which has a text or a number for every stop of the slider.
"""

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


class Axis(NamedTuple):
    """Where a mark stands along an axis: a name among the numbers, or None for the slider's value; and the ends of the axis."""

    number: str | None
    low: float
    high: float


class Mark(NamedTuple):
    """A mark of a chart that follows the slider, alone in its layer.

    It is a point, a vertical line (no y), an area from there to the right end of the chart, or a text that changes.

    Attributes:
        chart: its alternative text.
        layer: its place among the layers of the chart, from 0 on.
        x, y: where it stands.
        is_area: whether it is an area.
        text: a name among the labels; then it does not move.
    """

    chart: str
    layer: int
    x: Axis | None = None
    y: Axis | None = None
    is_area: bool = False
    text: str | None = None


class Followers(NamedTuple):
    """What follows a slider, each with (num_steps + 1) values.

    Attributes:
        tiles: label of a metric -> its values.
        paragraphs: key of a container with one paragraph -> its texts; of Markdown they may have bold.
        labels: name -> texts of marks.
        numbers: name -> numbers that marks are placed by; None where there is none.
    """

    tiles: Mapping[str, Sequence[str]]
    paragraphs: Mapping[str, Sequence[str]]
    labels: Mapping[str, Sequence[str]]
    numbers: Mapping[str, Sequence[float | None]]

    def packed(self) -> bytes:
        """All of it, compressed; to be kept, since it takes milliseconds."""
        return zlib.compress(json.dumps(self._asdict()).encode())


def follow_slider(slider: str, stops: Stops, packed: bytes, marks: Sequence[Mark] = ()) -> None:
    """Let texts and marks on the page follow a slider until it is released.

    The texts must be the ones that the script will show at that stop, letter by letter.

    Args:
        slider: its key.
        stops: where it can stop. If the slider on the page has other ends, nothing follows.
        packed: the `Followers`. Tiles and containers that are not on the page are left out.
        marks: of charts on the page. One that is not drawn now is left out.
    """
    head = {
        "slider": slider, "low": stops.low, "high": stops.high, "steps": stops.num_steps,
        "marks": [mark._asdict() for mark in marks],
    }  # fmt: skip
    _component(key=f"live_{slider}", data=json.dumps(head).encode() + b"\n" + packed)
