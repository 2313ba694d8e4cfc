"""A button and a slider that let the curves of a chart grow from left to right, in the browser alone."""

from ui.components.own import own_component

_component = own_component("play")


def play(chart: str, last: float, unit: str, *, key: str) -> None:
    """Let the marks of a chart appear from left to right.

    Args:
        chart: its alternative text. It must be drawn as SVG, begin at 0 and end at last.
        last: where the horizontal axis ends.
        unit: what the horizontal axis shows.
        key: the widget's key.
    """
    _component(key=key, data={"chart": chart, "last": last, "unit": unit})
