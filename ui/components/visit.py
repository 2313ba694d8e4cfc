"""What one visitor may use, and what is kept for a visitor alone; all of it ends with the visit."""

import streamlit as st

from core.data.pictures.allowance import Allowance

# What a page says beside every input for pictures.
PRIVACY = "Your picture stays in this server's memory until your visit ends. No other visitor sees it, and it is never written to disk."


def allowance() -> Allowance:
    """What this visitor may still have read."""
    left: Allowance = st.session_state.setdefault("reading_allowance", Allowance())
    return left
