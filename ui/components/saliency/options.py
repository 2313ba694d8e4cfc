"""The settings of the methods."""

from typing import NamedTuple

import streamlit as st


class Options(NamedTuple):
    """Settings of the methods, as `core.saliency` takes them; None leaves the choice to it."""

    layer: str | None = None
    num_copies: int = 50
    noise: float = 0.15
    steps: int = 50
    patch: int | None = None
    num_perturbations: int = 1000
    epsilon: float = 1e-6
    gamma: float = 0.0
    seed: int = 0


def choose_options(layers: tuple[str, ...]) -> Options:
    """Ask for the settings of the methods.

    Args:
        layers: what Grad-CAM can explain, from the image to the logits.
    """
    with st.popover("Settings", icon=":material/tune:"):
        layer = None
        if layers:
            layer = st.selectbox("Layer of Grad-CAM", layers, len(layers) - 1, key="layer", bind="query-params")
        num_copies = st.number_input(
            "Copies of SmoothGrad", 1, 1000, 50, key="copies", bind="query-params", help="Noisy copies of the image."
        )
        noise = st.slider(
            "Noise of SmoothGrad",
            0.0,
            0.5,
            0.15,
            0.01,
            key="noise",
            bind="query-params",
            help="σ, as a share of the image's range.",
        )
        steps = st.number_input(
            "Steps of integrated gradients",
            1,
            1000,
            50,
            key="steps",
            bind="query-params",
            help="To begin with; doubled up to 400 while the residual is over 1 %.",
        )
        patch = st.number_input(
            "Patch of occlusion (pixels)",
            1,
            112,
            None,
            key="patch",
            bind="query-params",
            placeholder="a seventh of the side",
            help="Side of the square that covers.",
        )
        num_perturbations = st.number_input(
            "LIME samples",
            16,
            10_000,
            1000,
            key="versions",
            bind="query-params",
            help="Number of copies of the image with random parts hidden.",
        )
        epsilon = st.number_input(
            "Epsilon of LRP",
            0.0,
            1.0,
            1e-6,
            0.001,
            format="%g",
            key="epsilon",
            bind="query-params",
            help="Keeps divisions finite; the larger, the more relevance it absorbs. A fraction of the root mean square of each layer's results.",
        )
        gamma = st.number_input(
            "Gamma of LRP",
            0.0,
            1000.0,
            0.0,
            1.0,
            format="%g",
            key="gamma",
            bind="query-params",
            help="0 is the epsilon rule. Above 0, convolutions favour what has the sign of the sum, so that pixels for and against do not nearly cancel. Try 10 where they do.",
        )
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            0,
            key="saliency_seed",
            bind="query-params",
            help="For SmoothGrad's noise and for what LIME hides.",
        )
    return Options(layer, num_copies, noise, steps, patch, num_perturbations, epsilon, gamma, seed)
