"""Charts with the values of every stop of a slider: a parameter chooses in the browser what is drawn.

A table has one column per value and stop, and the browser computes the value of the stop shown. So the marks stay and move,
which is faster than to draw the rows of another stop.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from core.views.charts import Spec, table


def following(spec: Spec, name: str, start: int) -> Spec:
    """A copy of a chart with a parameter that the browser sets to the place of the slider's stop.

    Args:
        spec: whose values are computed by `at_stop`.
        name: of the parameter.
        start: the place at first, from 0 on.
    """
    # By default Streamlit draws many marks on a canvas, where the browser's script would not find the chart.
    drawn = spec.get("usermeta", {}) | {"embedOptions": {"renderer": "svg"}}
    return spec | {"params": [*spec.get("params", []), {"name": name, "value": start}], "usermeta": drawn}


def at_stop(name: str, *columns: str) -> dict[str, str]:
    """What the browser computes for these columns: their values at the stop shown.

    Example:
        >>> at_stop("epoch", "count")
        {'count': "datum['count ' + epoch]"}
    """
    return {column: f"datum['{column} ' + {name}]" for column in columns}


def by_stop(stops: Sequence[Mapping[str, ArrayLike]], **same: ArrayLike | pa.Array) -> bytes:
    """The data of a chart: a column per value and stop.

    Args:
        stops: columns of each stop, with the same names and lengths in each; at least one stop. Floats become float32.
        same: columns that are the same at every stop.
    """
    columns = {
        f"{name} {place}": np.asarray(values) for place, stop in enumerate(stops) for name, values in stop.items()
    }
    return table(
        **same, **{name: np.float32(values) if values.dtype.kind == "f" else values for name, values in columns.items()}
    )
