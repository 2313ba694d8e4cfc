"""How much a map changes when layers of the network are re-initialised, from the logits down."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.views import trust as trust_charts
from ui.components import old_links
from ui.components.overlays import Figure
from ui.components.saliency.maps import show_with_look
from ui.explain.scope import Scope
from ui.explain.trial import Trial

NAMES = {"signed": "with sign", "ink": "digit pixels only", "absolute": "absolute"}
KINDS = {
    "signed": "The maps as they are.",
    "ink": "Only pixels that are not black count.",
    "absolute": "Absolute values: on a black background they correlate for any network if the map is multiplied by the image.",
}


def show_forgetting(trials: dict[str, Trial], scope: Scope, image: NDArray[np.uint8]) -> None:
    """The correlations at each layer, and the maps of one image at a chosen layer.

    Args:
        trials: label of a method -> what was measured of it; at least one.
        scope: the images that were measured.
        image: (height, width, channels) uint8, the one that is shown.
    """
    layers = next(iter(trials.values())).layers
    steps = ("none", *layers)
    level = st.select_slider(
        "Layers re-initialised, from the logits down", range(len(steps)), format_func=steps.__getitem__, key="broken",
        bind="query-params", help="Their weights are random again, so what they learned is gone.",
    )  # fmt: skip
    left, right = st.columns(2)
    with left:
        meanings = "  \n".join(f"**{NAMES[name]}**: {text}" for name, text in KINDS.items())
        old_links.follow("compare", {kind: NAMES[kind] for kind in ("signed", "ink")})
        kind = st.segmented_control(
            "Compare",
            tuple(KINDS),
            default="signed",
            format_func=NAMES.__getitem__,
            required=True,
            key="compare",
            bind="query-params",
            help=meanings,
        )
        kind = kind or "signed"  # an empty value in the address chooses none
        means = {method: known_means(trial.correlations[kind][:, scope.counted]) for method, trial in trials.items()}
        chart = trust_charts.broken_network(means, layers)
        st.vega_lite_chart(spec=chart, alt="Rank correlation with the trained network's map")
        st.caption(
            "A map that stays similar when layers are re-initialised does not show what they had learned. On a black background "
            "absolute maps mislead: compare maps with sign, or digit pixels only. "
            f"Here: {scope.text}; a constant map has no correlation."
        )
    with right:
        rows = []
        for method, trial in trials.items():
            correlation = trial.correlations[kind][level, 0]
            badge = "constant" if np.isnan(correlation) else f"rank correlation {correlation:.2f}"
            rows.append([
                Figure(image, method, "trained", trial.maps[0]),
                Figure(image, method, f"re-initialised down to {steps[level]}", trial.maps[level], badge),
            ])  # fmt: skip
        show_with_look(rows, key="broken_maps", side=150)


def known_means(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
    """(num_levels,): the mean of each row without its NaNs; NaN where all are.

    Args:
        correlations: (num_levels, num_samples).
    """
    known = ~np.isnan(correlations)
    total = np.where(known, correlations, 0).sum(axis=1)
    means: NDArray[np.float64] = np.divide(
        total, known.sum(axis=1), out=np.full(len(total), np.nan), where=known.any(axis=1)
    )
    return means
