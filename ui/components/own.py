"""Components of our own: a style sheet and a script beside their module, and what all of them share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent


def own_component(name: str) -> Callable[..., Any]:
    """The component whose style and script are NAME.css and NAME.js in this folder."""
    script, style = (
        "\n".join((HERE / f"{file}.{kind}").read_text(encoding="utf-8") for file in ("dom", name))
        for kind in ("js", "css")
    )
    component: Callable[..., Any] = st.components.v2.component(f"wakaranai_{name}", css=style, js=script)
    return component
