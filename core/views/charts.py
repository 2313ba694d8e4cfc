"""What all charts have in common: values in, Vega-Lite out.

A chart is a specification that Altair wrote, with its data beside it under "datasets". The specification depends on what
the chart looks like and is made once; the data depend on what was chosen. So a chart costs a millisecond instead of forty,
and the browser sees the same specification again and moves the marks instead of drawing anew.

A title says what to see, axes carry units, fractions are shown in percent. Colours come from the theme in a fixed order
(right is blue, wrong vermilion), so that light, dark and colour-blind readers see the same chart.
"""

from typing import Any

import altair as alt

Spec = dict[str, Any]
OUTCOMES = alt.Scale(domain=["right", "wrong"])
PERCENT = ".0%"
MANY_CLASSES = 15  # from here on classes are drawn in smaller letters
INK = "gray"  # reads on white and on black


def chart(data: str) -> alt.Chart:
    """The beginning of a chart whose data come later, under this name."""
    return alt.Chart(alt.NamedData(data))


def readable(drawn: alt.Chart | alt.LayerChart, height: int, title: str, subtitle: str | list[str] = "") -> Spec:
    """The specification with a title, in letters that can be read from the back of a room.

    Args:
        drawn: the chart.
        height: of all of it, in pixels.
        title: what to see.
        subtitle: a line, or several; a phone shows some 50 letters of each.
    """
    return (
        drawn.properties(height=height, title=alt.TitleParams(title, subtitle=subtitle, anchor="start"))
        .configure_title(fontSize=17, subtitleFontSize=13, subtitleColor=INK, offset=12)
        .configure_axis(labelFontSize=13, titleFontSize=14, titleFontWeight=500)
        .configure_legend(labelFontSize=14, titleFontSize=14, symbolSize=160, orient="top", title=None, labelLimit=320)
        .to_dict()
    )
