"""Numbers in columns, one column per method, so that a row compares them, on a phone, too."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

Number = tuple[str, str, str]  # label, value, and what it means on hover
NARROWEST = 120  # pixels of a column


def side_by_side(columns: Mapping[str, Sequence[Number]], below: Callable[[str], None] | None = None) -> None:
    """One column of numbers under each title.

    Args:
        columns: title -> numbers, with the same labels in each column.
        below: shows something under the numbers of a title.
    """
    grid = st.grid(len(columns), min_column_width=NARROWEST, gap=("xxsmall", "small"))
    for title in columns:
        grid.markdown(f"**{title}**")
    for row in zip(*columns.values(), strict=True):
        for label, value, meaning in row:
            grid.metric(label, value, help=meaning)
    if below is not None:
        for title in columns:
            with grid.cell():
                below(title)
