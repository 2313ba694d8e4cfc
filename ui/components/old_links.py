"""Links that people kept: a choice in the address whose label has changed since is still understood."""

from collections.abc import Mapping

import streamlit as st


def follow(key: str, renamed: Mapping[str, str]) -> None:
    """Replace an old label in the address by the new one. Call it before the widget is drawn.

    Args:
        key: of the widget, which is also its name in the address.
        renamed: old label -> new label.
    """
    new = renamed.get(st.query_params.get(key, ""))
    if new is not None:
        st.query_params[key] = new
        st.rerun()  # a widget reads the address as it was when the script began
