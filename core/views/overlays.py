"""Saliency maps as colours over their images.

Evidence for the target is orange and evidence against it blue, brighter where it is stronger; a map without signs has a
sequential scale, never jet. Colour-blind people can read both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.views import pictures

SIGNS = ("as it is", "only for", "only against", "absolute")
# Anchors of matplotlib's scales (CC0), evenly spaced: https://bids.github.io/colormap/, and cividis, Nuñez et al. 2018.
SCALES = {
    "Viridis": ("#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"),
    "Cividis": ("#00204d", "#00336f", "#39486b", "#575c6d", "#707173", "#8a8779", "#a69d75", "#c4b56c", "#e4cf5b", "#ffea46"),
    "Grey": ("#000000", "#ffffff"),
}  # fmt: skip
DIVERGING = ("#5cc0ff", "#1a6aa5", "#0b0e11", "#b04a00", "#ff9a3c")  # against, nothing, for


@dataclass(frozen=True, eq=False)
class Shown:
    """A saliency map, scaled and ready to be coloured.

    Attributes:
        values: (height, width), in [-1, 1] if signed, else in [0, 1].
        limit: the map's value that was scaled to 1; 0 if the map is all zeros.
        signed: whether both signs are shown.
    """

    values: NDArray[np.float64]
    limit: float
    signed: bool


def shown(saliency_map: NDArray[np.floating], sign: str = SIGNS[0], percentile: float = 99) -> Shown:
    """A map with the requested signs, clipped and scaled.

    Args:
        saliency_map: (height, width), raw.
        sign: one of SIGNS. "as it is" keeps both signs if the map has any negative value.
        percentile: in (0, 100]; absolute values above this percentile are clipped.
    """
    values = np.asarray(saliency_map, np.float64)
    if sign == "only for":
        values = np.maximum(values, 0)
    elif sign == "only against":
        values = np.maximum(-values, 0)
    elif sign == "absolute":
        values = np.abs(values)
    signed = bool((values < 0).any())
    # If nearly all pixels are 0, so is the percentile: then nothing is clipped.
    limit = float(np.percentile(np.abs(values), percentile)) or float(np.abs(values).max())
    clipped = np.clip(values / limit, -1, 1) if limit else np.zeros(values.shape)
    return Shown(clipped, limit, signed)


def coloured(ready: Shown, scale: str = "Viridis") -> NDArray[np.uint8]:
    """(height, width, 3): the colours of a map; scale is for maps without signs."""
    anchors = np.array([_rgb(anchor) for anchor in (DIVERGING if ready.signed else SCALES[scale])], float)
    places = np.linspace(-1 if ready.signed else 0, 1, len(anchors))
    colours = [np.interp(ready.values, places, anchors[:, channel]) for channel in range(3)]
    return np.stack(colours, axis=-1).round().astype(np.uint8)


def overlay(image: NDArray[np.uint8], colours: NDArray[np.uint8], opacity: float) -> NDArray[np.uint8]:
    """(height, width, 3): an image with a coloured map over it.

    Args:
        image: (height, width, channels), channels 1 or 3.
        colours: (height, width, 3), of `coloured`.
        opacity: in [0, 1]; 0 shows the image alone.
    """
    below = np.broadcast_to(image, (*image.shape[:2], 3)).astype(float)
    return (below * (1 - opacity) + colours * opacity).round().astype(np.uint8)


def gradient_css(signed: bool, scale: str = "Viridis") -> str:
    """The colour scale as a CSS gradient, for a legend."""
    return f"linear-gradient(to right, {', '.join(DIVERGING if signed else SCALES[scale])})"


def enlarged_overlay(image: NDArray[np.uint8], colours: NDArray[np.uint8], opacity: float, side: int = 448) -> bytes:
    """The overlay as a PNG file, enlarged until its shorter side is about `side` pixels."""
    factor = max(1, side // min(image.shape[:2]))
    return pictures.png(pictures.enlarged(overlay(image, colours, opacity), factor))


def _rgb(hex_colour: str) -> NDArray[np.int_]:
    return np.array([int(hex_colour[start : start + 2], 16) for start in (1, 3, 5)])
