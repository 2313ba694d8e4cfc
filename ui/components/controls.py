"""Small things that every page asks or says: a choice, a view, numbers side by side."""

import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

import streamlit as st

from ui.components import old_links

Subject = TypeVar("Subject")
SPLITS = ("test", "validation")


def choice(
    label: str,
    options: Iterable[str],
    *,
    key: str,
    default: str | None = None,
    help: str | None = None,
) -> str:
    """One of a few options, kept in the address under its key."""
    options = list(options)
    index = options.index(default) if default in options else 0
    return st.selectbox(label, options, index=index, key=key, bind="query-params", help=help, width=158)


def show_view(
    views: Mapping[str, Callable[[Subject], None]], subject: Subject, renamed: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Offer a page's views, the first one by default and the chosen one in the address, and show that one.

    Args:
        views: name -> function that shows it.
        subject: what it shows, for example a run.
        renamed: former name of a view -> its name now.

    No fragment: a click inside of one would not interrupt what a view computes, so nothing could be cancelled.
    """
    old_links.follow("view", renamed)
    names = tuple(views)
    chosen = st.segmented_control(
        "View", names, default=names[0], required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    views[chosen or names[0]](subject)  # an empty value in the address chooses none


def metrics(*entries: tuple[str, str, str], width: int = 128) -> None:
    """Numbers side by side: label, value, and what it means on hover; width in pixels, for longer labels."""
    with st.grid("auto", min_column_width=width, gap="small"):
        for label, value, meaning in entries:
            st.metric(label, value, help=meaning, border=True)


def percent(fraction: float, digits: int = 2) -> str:
    """A fraction in percent; a dash where there is none."""
    return "–" if math.isnan(fraction) else f"{100 * fraction:.{digits}f} %"
