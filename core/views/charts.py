"""What all charts have in common: values in, a Vega-Lite specification out.

A chart is a specification that Altair wrote, with its data beside it under "datasets". The specification depends on what
the chart looks like and is made once; the data change with the user's choices. They are bytes in Arrow's format, which
Streamlit passes on unchanged. So a chart costs a fraction of a millisecond instead of sixty or more, and the browser, which gets the
same specification again, moves the marks instead of drawing a new chart.

A title says what to see, axes carry units, fractions are shown in percent. Colours come from the theme by the roles of
core.views.palette, so that light, dark and colour-blind readers see the same chart.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from core.views.palette import LINES, ROLES

Spec = dict[str, Any]
Drawn = alt.Chart | alt.LayerChart | alt.FacetChart  # what Altair says that a chart of several layers may be
PERCENT = ".0%"
MANY_CLASSES = 15  # from this number on, class names are in smaller letters
NEUTRAL = "currentColor"  # the colour of the page's text: dark in the light theme, light in the dark theme


def role_scale(roles: Mapping[str, str], lines: Sequence[str] = ()) -> alt.Scale:
    """A colour scale in which each name has the theme's colour of its role.

    Streamlit gives the names of a scale the theme's colours by position. The places of roles that are not shown are
    filled with names that no data have, so a legend needs the shown names as its values.

    Args:
        roles: name in the data -> one of ROLES or LINES, each at most once.
        lines: names without a role, which get the colours of LINES in turn.
    """
    shown = {role: name for name, role in roles.items()}
    domain = [shown.get(role, f"({role})") for role in (*ROLES, *LINES)]
    if not lines:
        return alt.Scale(domain=domain[: max(map((*ROLES, *LINES).index, shown)) + 1])
    domain = domain[: len(ROLES)]
    for start in range(0, len(lines), len(LINES)):
        again = [f"({role}, {start})" for role in ROLES] if start else []
        domain += [*again, *lines[start : start + len(LINES)]]
    return alt.Scale(domain=domain)


def line_legend(names: Sequence[str], columns: int = 2) -> alt.Legend:
    """A legend of lines, also where areas or points of the same colours would make it one of theirs.

    Args:
        names: in the order to be shown.
        columns: a phone has room for two.
    """
    return alt.Legend(values=list(names), columns=columns, symbolType="stroke", symbolStrokeWidth=4, symbolOpacity=1)


OUTCOMES = role_scale({"right": "right", "wrong": "wrong"})


def chart(data: str) -> alt.Chart:
    """A chart without marks, whose data are added later under this name."""
    return alt.Chart(alt.NamedData(data))


def table(**columns: ArrayLike | pa.Array) -> bytes:
    """The data of a chart as an Arrow stream.

    Args:
        columns: name -> (num_rows,) numbers, truth values or texts, all of equal length. Numbers keep their type: float32
            takes half the bytes of float64 and is precise enough for a screen. NaN stays NaN.
    """
    arrays = [column if isinstance(column, pa.Array) else pa.array(column) for column in columns.values()]
    rows, sink = pa.record_batch(arrays, list(columns)), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_batch(rows)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def named(names: Sequence[str], places: ArrayLike) -> pa.Array:
    """A column of texts with few different values: each name is stored once, and one small number per row.

    Args:
        names: the different texts.
        places: (num_rows,), index into names.
    """
    return pa.DictionaryArray.from_arrays(
        np.asarray(places, dtype=np.min_scalar_type(-len(names))), pa.array(list(names), pa.string())
    )


def stacked(parts: Mapping[str, Mapping[str, ArrayLike]], by: str) -> bytes:
    """The data of a chart that has several parts, curves for instance, as one table.

    Args:
        parts: name of a part -> its columns, with the same names in each; at least one part. Floats become float32.
        by: name of one more column, with the part that each row belongs to.
    """
    columns: dict[str, ArrayLike | pa.Array] = {}
    for name in next(iter(parts.values())):
        values = np.concatenate([np.asarray(part[name]) for part in parts.values()])
        columns[name] = values.astype(np.float32) if values.dtype.kind == "f" else values
    lengths = [len(np.asarray(next(iter(part.values())))) for part in parts.values()]
    return table(**columns, **{by: named(tuple(parts), np.repeat(np.arange(len(parts)), lengths))})


def marked(spec: Spec, **tables: bytes) -> Spec:
    """A copy of the chart with other data under these names; the given chart may be in a cache and is not changed."""
    return spec | {"datasets": spec["datasets"] | tables}


def readable(drawn: Drawn, height: int, title: str, subtitle: str | list[str] = "") -> Spec:
    """The specification with a title, in letters large enough for a lecture room.

    Args:
        drawn: the chart.
        height: of the whole chart, in pixels.
        title: what to see.
        subtitle: one line or several; a phone shows about 50 characters per line.
    """
    spec: Spec = (
        drawn.properties(height=height, title=alt.TitleParams(title, subtitle=subtitle, anchor="start"))
        .configure_title(fontSize=17, subtitleFontSize=13, subtitleColor=NEUTRAL, offset=12)
        .configure_axis(labelFontSize=13, titleFontSize=14, titleFontWeight=500, labelColor=NEUTRAL, titleColor=NEUTRAL)
        .configure_legend(
            labelFontSize=14,
            titleFontSize=14,
            labelColor=NEUTRAL,
            symbolSize=160,
            orient="top",
            title=None,
            labelLimit=320,
        )
        .to_dict()
    )
    return spec
