"""Reading what a chart sends."""

import re

import pandas as pd
import pyarrow as pa

from core.views.charts import Spec


def rows(data: bytes) -> pd.DataFrame:
    """One table of a chart, as it was before it became bytes."""
    table = pa.ipc.open_stream(data).read_all()
    return pd.DataFrame({name: table[name].to_pylist() for name in table.column_names})


def tables(spec: Spec) -> dict[str, pd.DataFrame]:
    """Every table of a chart by its name; those, and no others, must be what its marks ask for."""
    assert set(re.findall(r"'data': {'name': '(\w+)'}", str(spec))) == set(spec["datasets"])
    return {name: rows(data) for name, data in spec["datasets"].items()}
