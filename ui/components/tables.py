"""Tables in HTML: what a data frame on the page cannot show, such as bold numbers and two lines in a cell."""

from pathlib import Path

import streamlit as st

STYLE = Path(__file__).with_suffix(".css")


def html_table(table: str) -> None:
    """Show a table of `core.views` that has the class `numbers`. No text in it may come from a file or an address."""
    st.html(STYLE)
    st.html(table)
