"""The data of a chart: columns in, an Arrow stream out."""

import numpy as np
import pyarrow as pa
import pytest

from core.views import charts
from tests.core.views.tables import rows


def sent(data: bytes) -> pa.Table:
    return pa.ipc.open_stream(data).read_all()


def test_columns_keep_their_types_and_their_order():
    data = charts.table(
        share=np.float32([0.25, 0.5]), threshold=np.array([0.1, 0.2]), count=np.int32([1, 2]),
        coloured=np.array([True, False]), text=["a", "わからない"], name=np.array(["left", "right"]),
    )  # fmt: skip
    schema = sent(data).schema
    assert schema.names == ["share", "threshold", "count", "coloured", "text", "name"]
    types = [pa.float32(), pa.float64(), pa.int32(), pa.bool_(), pa.string(), pa.string()]
    assert schema.types == types
    assert rows(data).to_dict("list") == {
        "share": [0.25, 0.5], "threshold": [0.1, 0.2], "count": [1, 2],
        "coloured": [True, False], "text": ["a", "わからない"], "name": ["left", "right"],
    }  # fmt: skip


def test_nan_stays_nan_and_is_not_a_missing_value():
    column = sent(charts.table(accuracy=np.array([np.nan, 0.5])))["accuracy"]
    assert column.null_count == 0
    np.testing.assert_array_equal(column.to_numpy(), [np.nan, 0.5])


def test_a_table_without_rows_has_its_columns():
    assert sent(charts.table(threshold=np.array([]), name=charts.named("ab", []))).shape == (0, 2)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="same length"):
        charts.table(a=[1, 2], b=[1])


@pytest.mark.parametrize(("num_names", "size"), [(3, 1), (128, 1), (129, 2)])
def test_a_repeated_name_costs_as_few_bytes_per_row_as_its_number(num_names, size):
    names = [f"a class with number {number}" for number in range(num_names)]
    column = charts.named(names, np.arange(1000) % num_names)
    assert column.to_pylist() == [names[number % num_names] for number in range(1000)]
    assert column.indices.type.byte_width == size


def test_parts_are_stacked_in_order_and_each_row_names_its_part():
    parts = {"a": {"x": [0.5, 1.5], "order": [0, 1]}, "b": {"x": np.array([2.5]), "order": [0]}, "c": {"x": np.array([]), "order": np.array([], int)}}  # fmt: skip
    data = charts.stacked(parts, "part")
    assert rows(data).to_dict("list") == {"x": [0.5, 1.5, 2.5], "order": [0, 1, 0], "part": ["a", "a", "b"]}
    assert sent(data).schema.field("x").type == pa.float32()


def test_the_same_values_are_the_same_bytes(rng):
    # The browser does nothing about a table whose bytes it already has.
    values = rng.random(100)
    first, second = (charts.table(x=values.copy(), name=charts.named("ab", np.arange(100) % 2)) for _ in range(2))
    assert first == second


def test_another_mark_does_not_change_a_chart_from_the_cache():
    cached = {"mark": "line", "datasets": {"curve": b"curve", "line": b"nowhere"}}
    assert charts.marked(cached, line=b"here") == {"mark": "line", "datasets": {"curve": b"curve", "line": b"here"}}
    assert cached["datasets"]["line"] == b"nowhere"
