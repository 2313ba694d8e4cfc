"""What an address says, read so that no value of it, however odd, is an error."""

import math

import streamlit as st

from ui.components.plain_text import plain

TEXTS = ("run", "watched", "score", "threshold")  # read as texts: a run may be named "inf"


def numbered(text: str, num: int) -> int | None:
    """The number from 0 to num - 1 that a text from the address says; None if it says no such number."""
    # The length comes first: Python refuses to read a number of thousands of digits.
    return int(text) if len(text) <= len(str(num)) and text.isdecimal() and int(text) < num else None


def drop_infinite() -> None:
    """Drop what is infinite from the address, and say so. Call it before any widget: one for whole numbers would raise."""
    infinite = [key for key, text in st.query_params.items() if key not in TEXTS and _is_infinite(text)]
    if infinite:
        for key in infinite:
            del st.query_params[key]
        st.session_state["infinite"] = infinite
        st.rerun()  # a widget reads the address as it was when the script began
    if dropped := st.session_state.pop("infinite", None):
        names = plain(", ".join(dropped))
        st.toast(f"The address has a number that is too large for {names}; showing another.", icon=":material/warning:")


def _is_infinite(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False
