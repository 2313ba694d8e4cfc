"""Pictures with saliency maps over them, side by side; holding "h" hides the maps."""

from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.views import overlays, pictures
from ui.components.own import own_component

_component = own_component("overlays")


class Look(NamedTuple):
    """How maps are shown.

    Attributes:
        opacity: of the map over the image, in [0, 1].
        sign: one of `core.views.overlays.SIGNS`.
        percentile: above which values are clipped.
        scale: one of `core.views.overlays.SCALES`, for maps without signs.
    """

    opacity: float = 0.7
    sign: str = overlays.SIGNS[0]
    percentile: float = 99.0
    scale: str = "Viridis"


class Figure(NamedTuple):
    """One picture.

    Attributes:
        image: (height, width, channels) uint8.
        title, target: what it is, and of what.
        saliency_map: (height, width), or None for the image alone.
        badge: how far to trust the map.
        warns: whether the badge is a warning.
    """

    image: NDArray[np.uint8]
    title: str
    target: str = ""
    saliency_map: NDArray[np.floating] | None = None
    badge: str = ""
    warns: bool = False


def choose_look() -> Look:
    """Ask how maps are to be shown."""
    with st.popover("Display", icon=":material/palette:"):
        opacity = st.slider(
            "Opacity",
            0.0,
            1.0,
            Look().opacity,
            0.05,
            key="opacity",
            bind="query-params",
            help="Hold the key h to hide the maps.",
        )
        sign = st.selectbox(
            "Sign",
            overlays.SIGNS,
            key="sign",
            bind="query-params",
            help="Show evidence for the class, against it, or both.",
        )
        percentile = st.slider(
            "Clip at percentile",
            50.0,
            100.0,
            Look().percentile,
            0.5,
            key="clip",
            bind="query-params",
            help="Larger values get the same colour.",
        )
        scale = st.selectbox(
            "Colours without sign",
            overlays.SCALES,
            key="scale",
            bind="query-params",
            help="For maps without negative values.",
        )
    return Look(opacity, sign, percentile, scale)


def show_figures(rows: list[list[Figure]], look: Look, *, key: str, side: int = 200) -> None:
    """Rows of figures, each `side` pixels wide."""
    data = {"rows": [[_data(figure, look) for figure in row] for row in rows], "opacity": look.opacity, "side": side}
    _component(key=key, data=data)


def _data(figure: Figure, look: Look) -> dict[str, Any]:
    said: dict[str, Any] = {
        "title": figure.title,
        "target": figure.target,
        "alt": f"{figure.title} {figure.target}".strip(),
        "image": pictures.data_uri(figure.image),
        "badge": figure.badge,
        "warns": figure.warns,
        "smooth": min(figure.image.shape[:2]) > 64,  # a photograph; a small image's pixels are to be seen
    }
    if figure.saliency_map is None:
        return said
    shown = overlays.shown(figure.saliency_map, look.sign, look.percentile)
    limit = f"{shown.limit:.2g}"
    low, high = (f"−{limit} against", f"for {limit}") if shown.signed else ("0", limit)
    return said | {
        "overlay": pictures.data_uri(overlays.coloured(shown, look.scale)),
        "gradient": overlays.gradient_css(shown.signed, look.scale),
        "legend": [low, high],
    }
