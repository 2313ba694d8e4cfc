"""What is measured of one method: deletion, insertion, and the maps of a network whose layers are re-initialised."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.explanation import Cascade, PixelCurve
from core.serving import Function, Network
from core.training.runs import Run
from ui.components.saliency.methods import METHODS
from ui.components.saliency.options import Options
from ui.components.saliency.store import Refused, kept, kept_or_asked
from ui.serving import network


class Fill(NamedTuple):
    """What replaces pixels.

    Attributes:
        value: as `core.saliency.deletion_curve` takes it.
        text: the same in words.
    """

    value: int | None
    text: str


FILLS = {"black": Fill(0, "black"), "mid-grey": Fill(None, "mid-grey, halfway between the image's extremes")}


class Trial(NamedTuple):
    """What was measured of one method over some test images.

    Attributes:
        deletion, insertion: the curves of all images.
        layers: num_layers names, in the order in which they were re-initialised, from the logits down.
        correlations: "signed", "ink" or "absolute" -> (num_layers + 1, num_samples), as in `Cascade`.
        maps: (num_layers + 1, height, width), of the first image alone: those of all images would fill the store.
    """

    deletion: PixelCurve
    insertion: PixelCurve
    layers: tuple[str, ...]
    correlations: dict[str, NDArray[np.float64]]
    maps: NDArray[np.float32]


def measured(
    run: Run, images: NDArray[np.uint8], predicted: NDArray[np.integer[Any]], rows: tuple[int, ...],
    methods: list[str], options: Options, fill: str,
) -> dict[str, Trial | Refused] | None:  # fmt: skip
    """What was measured of each method; None, with an offer to measure, while any is missing.

    Args:
        run: whose network is explained.
        images: (num_samples, height, width, channels) uint8.
        predicted: (num_samples,), the classes that the maps explain.
        rows: num_samples numbers of test images, which tell these images from others.
        methods: labels of METHODS.
        options: the methods' settings.
        fill: a label of FILLS, what replaces pixels.
    """
    keys = {method: (run.name, run.done()["finished_at"], rows, method, options, fill) for method in methods}
    found: dict[str, Trial | Refused | None] = {method: kept().get(key) for method, key in keys.items()}
    missing = [method for method, trial in found.items() if trial is None]
    if not missing:
        return {method: trial for method, trial in found.items() if trial is not None}
    if not st.button(f"Measure {', '.join(missing)}", type="primary", icon=":material/science:"):
        st.info(
            "Pixels are deleted and inserted in the order of each map, and the network is re-initialised layer by layer.",
            icon=":material/science:",
        )
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", icon=":material/close:")
        bar = st.progress(0.0)
    for place, method in enumerate(missing):

        def told(done: float, place: int = place, method: str = method) -> None:
            bar.progress(min((place + done) / len(missing), 1.0), method)

        function = METHODS[method].function(options)

        def ask(function: Function = function, told: Callable[[float], None] = told) -> Trial:
            return _trial(network(run), images, predicted, function, options.seed, FILLS[fill].value, told)

        kept_or_asked(keys[method], ask)
    st.rerun()


def _trial(
    asked: Network, images: NDArray[np.uint8], predicted: NDArray[np.integer[Any]], method: Function, seed: int,
    fill: int | None, told: Callable[[float], None],
) -> Trial:  # fmt: skip
    cascade: Cascade = asked.cascade(images, predicted, method, seed, progress=lambda done: told(done / 2))
    maps = cascade.maps[0]
    deletion = asked.deletion_curve(images, predicted, maps, value=fill, progress=lambda done: told(0.5 + done / 4))
    insertion = asked.insertion_curve(images, predicted, maps, value=fill, progress=lambda done: told(0.75 + done / 4))
    correlations = {"signed": cascade.signed, "ink": cascade.ink, "absolute": cascade.absolute}
    return Trial(deletion, insertion, cascade.layers, correlations, cascade.maps[:, 0].copy())
