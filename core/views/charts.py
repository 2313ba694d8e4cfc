"""What all charts have in common: values in, Vega-Lite out.

A chart is a specification that Altair wrote, with its data beside it under "datasets". The specification depends on what
the chart looks like and is made once; the data depend on what was chosen. The data are bytes in Arrow's format, which
Streamlit passes on as they are. So a chart costs a fraction of a millisecond instead of forty, and the browser sees the same
specification again and moves the marks instead of drawing a new chart.

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
MANY_CLASSES = 15  # from here on classes are drawn in smaller letters
NEUTRAL = "gray"  # reads on white and on black


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


OUTCOMES = role_scale({"right": "right", "wrong": "wrong"})


def chart(data: str) -> alt.Chart:
    """The beginning of a chart whose data come later, under this name."""
    return alt.Chart(alt.NamedData(data))


def table(**columns: ArrayLike | pa.Array) -> bytes:
    """The data of a chart: columns of equal length as an Arrow stream.

    Args:
        columns: name -> (num_rows,) numbers, truth values or texts. Numbers keep their type: float32 is half the bytes of
            float64 and finer than a screen. NaN stays NaN.
    """
    arrays = [column if isinstance(column, pa.Array) else pa.array(column) for column in columns.values()]
    rows, sink = pa.record_batch(arrays, list(columns)), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_batch(rows)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def named(names: Sequence[str], places: ArrayLike) -> pa.Array:
    """A column of texts of which many are equal, stored as each name once and one small number per row.

    Args:
        names: the different texts.
        places: (num_rows,), of each row the index of its name.
    """
    return pa.DictionaryArray.from_arrays(
        np.asarray(places, dtype=np.min_scalar_type(-len(names))), pa.array(list(names), pa.string())
    )


def stacked(parts: Mapping[str, Mapping[str, ArrayLike]], by: str) -> bytes:
    """The data of a chart from several parts, curves for instance, one below the other.

    Args:
        parts: name of a part -> its columns, the same in each; at least one part. Fractions and the like become float32.
        by: the name of one more column, which says of each row to what part it belongs.
    """
    columns: dict[str, ArrayLike | pa.Array] = {}
    for name in next(iter(parts.values())):
        values = np.concatenate([np.asarray(part[name]) for part in parts.values()])
        columns[name] = values.astype(np.float32) if values.dtype.kind == "f" else values
    lengths = [len(np.asarray(next(iter(part.values())))) for part in parts.values()]
    return table(**columns, **{by: named(tuple(parts), np.repeat(np.arange(len(parts)), lengths))})


def marked(spec: Spec, **tables: bytes) -> Spec:
    """The same chart with other data under these names; the given one, which may come from a cache, stays as it is."""
    return spec | {"datasets": spec["datasets"] | tables}


def readable(drawn: Drawn, height: int, title: str, subtitle: str | list[str] = "") -> Spec:
    """The specification with a title, in letters that can be read from the back of a room.

    Args:
        drawn: the chart.
        height: of all of it, in pixels.
        title: what to see.
        subtitle: a line, or several; a phone shows some 50 letters of each.
    """
    spec: Spec = (
        drawn.properties(height=height, title=alt.TitleParams(title, subtitle=subtitle, anchor="start"))
        .configure_title(fontSize=17, subtitleFontSize=13, subtitleColor=NEUTRAL, offset=12)
        .configure_axis(labelFontSize=13, titleFontSize=14, titleFontWeight=500)
        .configure_legend(labelFontSize=14, titleFontSize=14, symbolSize=160, orient="top", title=None, labelLimit=320)
        .to_dict()
    )
    return spec
