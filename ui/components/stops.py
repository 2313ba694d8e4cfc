"""A slider with Play for charts that have the values of all its stops; the browser moves them and asks the server nothing."""

from collections.abc import Sequence

import streamlit as st

from ui.components.own import own_component

_component = own_component("stops")


def play_stops(name: str, label: str, stops: Sequence[str], said: Sequence[str]) -> None:
    """A slider over stops that sets a parameter of every chart on the page that has it.

    A chart follows if it was made by `core.views.stops.following` with the same name. The stop is in the address, and it is
    the last one if the address has none.

    Args:
        name: of the parameter, and in the address.
        label: of the slider, in front of the stop: "Epoch".
        stops: at least one text, all different.
        said: one short text per stop, shown beside the slider.
    """
    texts = list(stops)
    wanted = st.query_params.get(name)
    start = texts.index(wanted) if wanted in texts else len(texts) - 1
    data = {"name": name, "label": label, "stops": texts, "said": list(said), "start": start}
    _component(key=f"stops_{name}", data=data)
