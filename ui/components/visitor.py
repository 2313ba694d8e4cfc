"""The secret by which a server that many share knows a visitor again: a random number that stays in the browser."""

import streamlit as st

from ui.components.own import own_component

_component = own_component("visitor")


def secret() -> str:
    """The visitor's secret; empty until the browser has sent it, which makes the script run again."""
    # Kept under a key that belongs to no widget: the component is not on every page.
    given = _component(key="visitor", on_secret_change=lambda: None).secret
    if given is not None:
        st.session_state.visitor_secret = str(given)
    known: str = st.session_state.get("visitor_secret", "")
    return known
