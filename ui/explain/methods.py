"""The twelve methods by the labels that people choose them by, their settings, and the proof each gives."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.explanation import METHOD_IS_SLOW, Explanation
from core.serving import Function, Network

Proof = Mapping[str, NDArray]


class Options(NamedTuple):
    """Settings of the methods, as `core.saliency` takes them; None leaves the choice to it."""

    layer: str | None = None
    num_copies: int = 50
    noise: float = 0.15
    steps: int = 50
    patch: int | None = None
    num_perturbations: int = 1000
    epsilon: float = 0.01
    seed: int = 0


class Method(NamedTuple):
    """What a method is called in core, what it is in a sentence, and what its proof says.

    Attributes:
        name: of the function in `core.saliency`, as in METHOD_IS_SLOW.
        explanation: one sentence.
        badge: (proof, sample) -> text, and whether it is a warning.
        settings: options -> the function's own settings.
    """

    name: str
    explanation: str
    badge: Callable[[Proof, int], tuple[str, bool]]
    settings: Callable[[Options], dict[str, Any]] = lambda options: {}

    @property
    def is_slow(self) -> bool:
        """Whether it asks the network many times, and reports progress."""
        return METHOD_IS_SLOW[self.name]

    def explain(
        self, network: Network, images: NDArray[np.uint8], target: Any, options: Options,
        progress: Callable[[float], None] | None = None,
    ) -> Explanation:  # fmt: skip
        """The maps of some images; target as `core.saliency` takes it, or the name of a function of logits."""
        found: Explanation = network.ask(
            f"core.saliency.{self.name}", images, target,
            progress=progress if self.is_slow else None, **self.settings(options),
        )  # fmt: skip
        return found

    def function(self, options: Options) -> Function:
        """The method itself with its settings, for a question that takes one."""
        return Function(f"core.saliency.{self.name}", self.settings(options))


def _value(proof: Proof, sample: int) -> tuple[str, bool]:
    return f"explains {proof['value'][sample]:.3g}", False


def _evidence(proof: Proof, sample: int) -> tuple[str, bool]:
    return _value(proof, sample) if proof["positive_evidence"][sample] else ("no positive evidence", True)


def _left_out(name: str, bound: float) -> Callable[[Proof, int], tuple[str, bool]]:
    def badge(proof: Proof, sample: int) -> tuple[str, bool]:
        share = float(proof[name][sample])
        text = f"{100 * share:,.0f}" if share >= 0.1 else f"{100 * share:.2g}"
        return f"{name} {text} % of {proof['total'][sample]:.3g}", share > bound

    return badge


def _steps(proof: Proof, sample: int) -> tuple[str, bool]:
    text, warns = _left_out("residual", 0.01)(proof, sample)
    return f"{text}, {proof['steps'][sample]} steps", warns


def _noise(proof: Proof, sample: int) -> tuple[str, bool]:
    return f"σ {proof['sigma'][sample]:.2g}, {proof['num_copies'][sample]} copies", False


def _fit(proof: Proof, sample: int) -> tuple[str, bool]:
    return f"R² {proof['r2'][sample]:.2f}", bool(proof["r2"][sample] < 0.5)


def _patches(proof: Proof, sample: int) -> tuple[str, bool]:
    return f"{proof['num_patches'][sample]} patches", False


METHODS = {
    "Grad-CAM": Method(
        "grad_cam",
        "Which places of a convolution's feature maps speak for the class; coarse.",
        _evidence,
        lambda options: {"layer_name": options.layer},
    ),
    "SmoothGrad": Method(
        "smooth_grad",
        "The gradient, averaged over noisy copies of the image.",
        _noise,
        lambda options: {"num_copies": options.num_copies, "noise": options.noise, "seed": options.seed},
    ),
    "Vanilla gradient": Method("vanilla_gradient", "How much a brighter pixel would raise the logit.", _value),
    "Saliency": Method("saliency", "The size of the gradient, without its sign.", _value),
    "Gradient x input": Method("gradient_x_input", "The gradient times the pixel.", _left_out("residual", np.inf)),
    "Integrated gradients": Method(
        "integrated_gradients",
        "The gradient gathered on the way from black to the image; adds up to the difference in logit.",
        _steps,
        lambda options: {"steps": options.steps, "max_steps": max(400, options.steps)},
    ),
    "DeconvNet": Method(
        "deconvnet", "Back through the network, passing only what is positive; draws edges more than reasons.", _value
    ),
    "Guided backprop": Method(
        "guided_backprop", "As DeconvNet, but only where units were on; hardly notices a broken network.", _value
    ),
    "DeepLIFT": Method(
        "deep_lift",
        "The difference from a black image handed back layer by layer; adds up exactly.",
        _left_out("residual", 1e-4),
    ),
    "Occlusion": Method(
        "occlusion",
        "How much the logit falls when a patch is covered.",
        _patches,
        lambda options: {"patch": options.patch},
    ),
    "LRP": Method(
        "lrp",
        "The logit handed back in the shares in which it came about; biases and epsilon leak.",
        _left_out("leak", 0.5),
        lambda options: {"epsilon": options.epsilon},
    ),
    "LIME": Method(
        "lime",
        "A linear model of the probability on which parts of the image are shown.",
        _fit,
        lambda options: {"num_perturbations": options.num_perturbations, "seed": options.seed},
    ),
}


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
            "Copies of SmoothGrad", 1, 1000, 50, key="copies", help="Noisy copies of the image."
        )
        noise = st.slider(
            "Noise of SmoothGrad", 0.0, 0.5, 0.15, 0.01, key="noise", help="σ, as a share of the image's range."
        )
        steps = st.number_input(
            "Steps of integrated gradients",
            1,
            1000,
            50,
            key="steps",
            help="To begin with; doubled while the residual is over 1 %.",
        )
        patch = st.number_input(
            "Patch of occlusion (pixels)",
            1,
            112,
            None,
            key="patch",
            placeholder="a seventh of the side",
            help="Side of the square that covers.",
        )
        num_perturbations = st.number_input(
            "Versions for LIME", 16, 10_000, 1000, key="versions", help="How many times parts are hidden."
        )
        epsilon = st.number_input(
            "Epsilon of LRP", 0.0, 10.0, 0.01, format="%.4f", key="epsilon", help="Keeps divisions finite, and leaks."
        )
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="saliency_seed", help="Of noise and of what LIME hides.")
    return Options(layer, num_copies, noise, steps, patch, num_perturbations, epsilon, seed)
