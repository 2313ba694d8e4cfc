"""The methods by their labels on the page, each with its settings and a badge that says how far to trust its map."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.metrics.explanation import METHOD_IS_SLOW, Contrast, Explanation
from core.serving import Function, Network
from ui.components.saliency.options import Options

Proof = Mapping[str, NDArray[Any]]
Badge = tuple[str, bool]  # a text, and whether it is a warning


class Method(NamedTuple):
    """One saliency method, as the page offers it.

    Attributes:
        name: of the function in `core.saliency`, as in METHOD_IS_SLOW.
        explanation: one sentence.
        badge: (proof, sample) -> what the proof says of this sample's map.
        settings: options -> the settings that this function takes.
    """

    name: str
    explanation: str
    badge: Callable[[Proof, int], Badge]
    settings: Callable[[Options], dict[str, Any]] = lambda options: {}

    @property
    def is_slow(self) -> bool:
        """Whether it asks the network many times, and reports progress."""
        return METHOD_IS_SLOW[self.name]

    def explain(
        self, network: Network, images: NDArray[np.uint8], target: int | NDArray[np.integer[Any]] | Contrast | Function,
        options: Options, progress: Callable[[float], None] | None = None,
    ) -> Explanation:  # fmt: skip
        """The maps of some images. Raises ValueError if the method does not fit the network."""
        told = progress if self.is_slow else None
        return network.explain(self.name, images, target, progress=told, **self.settings(options))

    def function(self, options: Options) -> Function:
        """The method with its settings, as an argument of a question."""
        return Function(f"core.saliency.{self.name}", self.settings(options))


def _value(proof: Proof, sample: int) -> Badge:
    return f"explains {proof['value'][sample]:.3g}", False


def _evidence(proof: Proof, sample: int) -> Badge:
    return _value(proof, sample) if proof["positive_evidence"][sample] else ("no positive evidence", True)


def _left_out(name: str, bound: float) -> Callable[[Proof, int], Badge]:
    def badge(proof: Proof, sample: int) -> Badge:
        share = float(proof[name][sample])
        text = f"{100 * share:,.0f}" if share >= 0.1 else f"{100 * share:.2g}"
        return f"{name} {text} % of {proof['total'][sample]:.3g}", share > bound

    return badge


def _steps(proof: Proof, sample: int) -> Badge:
    text, warns = _left_out("residual", 0.01)(proof, sample)
    return f"{text}, {proof['steps'][sample]} steps", warns


def _noise(proof: Proof, sample: int) -> Badge:
    return f"σ {proof['sigma'][sample]:.2g}, {proof['num_copies'][sample]} copies", False


def _fit(proof: Proof, sample: int) -> Badge:
    return f"R² {proof['r2'][sample]:.2f}", bool(proof["r2"][sample] < 0.5)


def _patches(proof: Proof, sample: int) -> Badge:
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
DEFAULT_METHODS = ["Grad-CAM", "SmoothGrad"]
