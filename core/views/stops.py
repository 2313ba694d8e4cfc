"""Charts with the values of every stop of a slider: a parameter chooses in the browser what is drawn."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from core.views.charts import Spec, table

PLACE = "place"  # the column with the stop of each row, from 0 on


def following(spec: Spec, name: str, start: int) -> Spec:
    """A copy of a chart with a parameter that the browser sets to the place of the slider's stop.

    Args:
        spec: whose marks choose their rows by `datum.place == NAME`; see `at_stop`.
        name: of the parameter.
        start: the place at first.
    """
    # By default Streamlit draws many marks on a canvas, where the browser's script would not find the chart.
    drawn = spec.get("usermeta", {}) | {"embedOptions": {"renderer": "svg"}}
    return spec | {"params": [*spec.get("params", []), {"name": name, "value": start}], "usermeta": drawn}


def at_stop(name: str) -> str:
    """The filter of the rows that belong to the stop shown.

    Example:
        >>> at_stop("epoch")
        'datum.place == epoch'
    """
    return f"datum.{PLACE} == {name}"


def by_stop(stops: Sequence[Mapping[str, ArrayLike]], **texts: pa.Array) -> bytes:
    """The data of a chart, stop by stop, with the place of each row.

    Args:
        stops: columns of each stop, with the same names in each; at least one stop. Floats become float32.
        texts: columns of texts over the rows of all stops.
    """
    columns: dict[str, ArrayLike | pa.Array] = {}
    for name in stops[0]:
        values = np.concatenate([np.asarray(stop[name]) for stop in stops])
        columns[name] = values.astype(np.float32) if values.dtype.kind == "f" else values
    lengths = [len(np.asarray(next(iter(stop.values())))) for stop in stops]
    place = np.repeat(np.arange(len(stops), dtype=np.int32), lengths)
    return table(**columns, **texts, **{PLACE: place})
