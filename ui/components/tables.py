"""Tables in HTML: what a data frame on the page cannot show, such as bold numbers and two lines in a cell."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

STYLE = Path(__file__).with_suffix(".css")


def beside() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Places for a table and a chart: side by side where there is room for both, else one below the other."""
    with st.container(key="beside"), st.container(key="beside_areas"):
        return st.container(key="beside_table"), st.container(key="beside_chart")


def html_table(table: str) -> None:
    """Show a table of `core.views` that has the class `numbers`. No text in it may come from a file or an address."""
    light, dark = (st.get_option(f"theme.{look}.backgroundColor") for look in ("light", "dark"))
    st.html(STYLE)
    st.html(f"<style>.numbers {{ --ground: light-dark({light}, {dark}); }}</style>")
    st.html(table)
