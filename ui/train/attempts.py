"""What a button does to a folder of runs, and the sentence on the page if it cannot be done."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from core.training.writing import why

T = TypeVar("T")


def attempt(action: Callable[..., T], *args: object) -> T | None:
    """The result of an action; None if it failed, and then the page says why when it is drawn next."""
    try:
        return action(*args)
    except FileNotFoundError:
        st.session_state.failed_attempt = "The run is no longer there. It was deleted meanwhile."
    except OSError as error:
        st.session_state.failed_attempt = why(error)
    except ValueError as error:
        st.session_state.failed_attempt = str(error)
    return None


def say_if_failed() -> None:
    """Say why the last attempt failed, once."""
    if sentence := st.session_state.pop("failed_attempt", ""):
        st.error(sentence, icon=":material/error:")
