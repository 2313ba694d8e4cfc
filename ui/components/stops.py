"""A slider with Play for charts that have the values of all its stops; the browser moves them and asks the server nothing."""

from collections.abc import Sequence

import streamlit as st

from ui.components.own import own_component

_component = own_component("stops")


def play_stops(name: str, label: str, stops: Sequence[str], said: Sequence[str], first: int | None = None) -> None:
    """A slider over stops that sets a parameter of every chart on the page that has it.

    A chart follows if it was made by `core.views.stops.following` with the same name. The stop is in the address, unless it is
    the one shown at first.

    Args:
        name: of the parameter, and in the address.
        label: of the slider, in front of the stop: "Epoch".
        stops: at least one text, all different.
        said: one short text per stop, shown beside the slider.
        first: the place of the stop shown at first, from 0 on; None for the last one.
    """
    texts = list(stops)
    wanted = st.query_params.get(name)
    first = len(texts) - 1 if first is None else first
    start = texts.index(wanted) if wanted in texts else first
    data = {"name": name, "label": label, "stops": texts, "said": list(said), "start": start, "first": first}
    _component(key=f"stops_{name}", data=data)
