"""The methods by their labels on the page, each with its settings and a badge.

The badge says how far the map adds up, fits or is noisy, if the method can tell; else what it explains.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.metrics.explanation import METHOD_IS_SLOW, Contrast, Explanation
from core.serving import Function, Network
from ui.components.saliency.options import Options

Badge = tuple[str, bool]  # a text, and whether it is a warning
MOST_NOISE = 0.5  # standard error of a map, as a fraction of its root mean square, above which it is a warning
MOST_LEAK = 0.5
LEAST_EVIDENCE = 1e-4  # largest value of a map, as a fraction of the target logit, below which there is nothing to see
NEXT_TO_NOTHING = "practically no positive evidence"


class Method(NamedTuple):
    """One saliency method, as the page offers it.

    Attributes:
        name: of the function in `core.saliency`, as in METHOD_IS_SLOW.
        explanation: one sentence.
        badge: (explanation, sample) -> what there is to say of this sample's map.
        settings: options -> the settings that this function takes.
        meets_ties: whether its map depends on which of several equal values max-pooling passes the gradient to.
    """

    name: str
    explanation: str
    badge: Callable[[Explanation, int], Badge]
    settings: Callable[[Options], dict[str, Any]] = lambda options: {}
    meets_ties: bool = False

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


def percent(fraction: float) -> str:
    """A fraction in percent, with two digits or more."""
    return f"{100 * fraction:,.0f} %" if fraction >= 0.1 else f"{100 * fraction:.2g} %"


def number(value: float) -> str:
    """A number with three digits and a proper minus."""
    return f"{value:.3g}".replace("-", "−")


def _value(found: Explanation, sample: int) -> Badge:
    return f"target value {number(float(found.proof['value'][sample]))}", False


def _evidence(found: Explanation, sample: int) -> Badge:
    if not found.proof["positive_evidence"][sample]:
        return "no positive evidence", True
    return (NEXT_TO_NOTHING, True) if next_to_nothing(found, sample) else _value(found, sample)


def next_to_nothing(found: Explanation, sample: int) -> bool:
    """Whether a map of positive evidence is so small that it explains none of the target: its colours would mislead."""
    if "positive_evidence" not in found.proof:
        return False
    return float(found.maps[sample].max()) < LEAST_EVIDENCE * abs(float(found.proof["value"][sample]))


def _residual(bound: float) -> Callable[[Explanation, int], Badge]:
    def badge(found: Explanation, sample: int) -> Badge:
        share = float(found.proof["residual"][sample])
        return f"not attributed: {percent(share)} of {number(float(found.proof['total'][sample]))}", share > bound

    return badge


def _steps(found: Explanation, sample: int) -> Badge:
    text, warns = _residual(0.01)(found, sample)
    return f"{text}, {found.proof['steps'][sample]} steps", warns


def _leak(found: Explanation, sample: int) -> Badge:
    total, pixels = float(found.proof["total"][sample]), float(found.maps[sample].sum(dtype=float))
    text = f"pixels {number(pixels)} + biases, epsilon {number(total - pixels)} = {number(total)}"
    return text, bool(found.proof["leak"][sample] > MOST_LEAK)


def _noise(found: Explanation, sample: int) -> Badge:
    """The standard error as a share of the map, both as root mean squares over the pixels."""
    text = f"σ {found.proof['sigma'][sample]:.2g}, {found.proof['num_copies'][sample]} copies"
    error = float(found.proof["standard_error"][sample])
    size = float(np.sqrt(np.mean(found.maps[sample].astype(float) ** 2)))
    if np.isnan(error) or not size:  # one copy has no standard error, a map of zeros no size
        return text, False
    return f"standard error {percent(error / size)} · {text}", error > MOST_NOISE * size


def _fit(found: Explanation, sample: int) -> Badge:
    return f"R² {found.proof['r2'][sample]:.2f}", bool(found.proof["r2"][sample] < 0.5)


def _patches(found: Explanation, sample: int) -> Badge:
    return f"{found.proof['num_patches'][sample]} patches", False


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
    "Vanilla gradient": Method(
        "vanilla_gradient", "How much a brighter pixel would raise the logit.", _value, meets_ties=True
    ),
    "Saliency": Method("saliency", "The size of the gradient, without its sign.", _value, meets_ties=True),
    "Gradient x input": Method("gradient_x_input", "The gradient times the pixel.", _residual(np.inf), meets_ties=True),
    "Integrated gradients": Method(
        "integrated_gradients",
        "The gradient gathered on the way from black to the image; adds up to the difference in logit.",
        _steps,
        lambda options: {"steps": options.steps, "max_steps": max(400, options.steps)},
        meets_ties=True,
    ),
    "DeconvNet": Method(
        "deconvnet",
        "Back through the network, passing only what is positive; draws edges more than reasons.",
        _value,
        meets_ties=True,
    ),
    "Guided backprop": Method(
        "guided_backprop",
        "As DeconvNet, but only where units were on; changes less than a gradient when layers are re-initialised.",
        _value,
        meets_ties=True,
    ),
    "DeepLIFT": Method(
        "deep_lift",
        "The difference from a black image handed back layer by layer; adds up exactly.",
        _residual(1e-4),
        meets_ties=True,
    ),
    "Occlusion": Method(
        "occlusion",
        "How much the logit falls when a patch is covered.",
        _patches,
        lambda options: {"patch": options.patch},
    ),
    "LRP": Method(
        "lrp",
        "The logit handed back in the shares in which it came about; the shares of biases and epsilon reach no pixel.",
        _leak,
        lambda options: {"epsilon": options.epsilon, "gamma": options.gamma},
        meets_ties=True,
    ),
    "LIME": Method(
        "lime",
        "A linear model of the probability on which parts of the image are shown.",
        _fit,
        lambda options: {"num_perturbations": options.num_perturbations, "seed": options.seed},
    ),
}
DEFAULT_METHODS = ["Grad-CAM", "SmoothGrad"]
