"""Numbers in columns, one column per method, so that a row compares them."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

Number = tuple[str, str, str]  # label, value, and what it means on hover


def side_by_side(columns: Mapping[str, Sequence[Number]], below: Callable[[str], None] | None = None) -> None:
    """One column of numbers under each title.

    Args:
        columns: title -> numbers, with the same labels in each column.
        below: shows something under the numbers of a title.
    """
    for place, (title, numbers) in zip(st.columns(len(columns)), columns.items(), strict=True):
        with place:
            st.markdown(f"**{title}**")
            with st.container(gap="xxsmall"):
                for label, value, meaning in numbers:
                    st.metric(label, value, help=meaning)
            if below is not None:
                below(title)
