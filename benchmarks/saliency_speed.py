"""Times of the saliency methods, and differences from other libraries' maps: `python -m benchmarks.saliency_speed`.

Uses the starter run mnist-small_cnn, with one test image and with a hundred, after the first call, which compiles and is
printed separately. If xplique or captum is installed (their requirements conflict with ours, so they need an environment of
their own), their methods are measured too, on the same network, with the same numbers of steps, copies, patches and
segments. "differs" is the largest difference of any pixel over the hundred images, as a share of the largest value of
the same image's map; it is printed if both define the map in the same way and without random numbers.
"""

import time
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median

import keras
import numpy as np

from core import saliency
from core.data import datasets
from core.metrics.explanation import METHOD_IS_SLOW
from core.training import machine, runs

REPEATS = 7
# Integrated gradients always takes 50 steps, to be comparable.
SETTINGS = {
    saliency.integrated_gradients: {"steps": 50, "max_steps": 50},
    saliency.smooth_grad: {"num_copies": 50},
    saliency.occlusion: {"patch": 4, "stride": 2, "value": 127.5},
    saliency.lime: {"num_perturbations": 1000},
    saliency.lrp: {"epsilon": 1e-9},
}
# Methods with the same definition as ours. The others differ on purpose, are random, or (Grad-CAM) are enlarged differently.
ALIKE = {
    "xplique": {"saliency", "gradient_x_input", "deconvnet", "guided_backprop"},
    "captum": {"vanilla_gradient", "saliency", "gradient_x_input", "deconvnet", "guided_backprop", "occlusion", "lrp"},
}


def main() -> None:
    print(machine.description("cpu"))
    model, images = runs.find("mnist-small_cnn").model(), datasets.load("mnist", "test").images[:100]
    others = {name: build(model) for name, build in (("xplique", _xplique), ("captum", _captum)) if find_spec(name)}
    heads = [
        "first call",
        "1 image",
        "100 images",
        *(f"{name}, {what}" for name in others for what in ("1", "100", "differs")),
    ]
    print(f"{f'ms, median of {REPEATS}':22}" + "".join(f"{head:>18}" for head in heads))
    for name in METHOD_IS_SLOW:
        method = getattr(saliency, name)

        def ours(batch, method=method):
            return method(model, batch, 3, **SETTINGS.get(method, {}))

        numbers = [_seconds(ours, images[:1], 1), _seconds(ours, images[:1]), _seconds(ours, images)]
        for library, theirs in others.items():
            for batch in (images[:1], images):
                numbers.append(_seconds(theirs[name], batch) if name in theirs else None)
            numbers.append(_difference(ours(images), theirs[name](images)) if name in ALIKE[library] else None)
        cells = ("–" if number is None else f"{number:.1e}" if place > 2 and place % 3 == 2 else f"{1000 * number:.1f}"
                 for place, number in enumerate(numbers))  # fmt: skip
        print(f"{name:22}" + "".join(f"{cell:>18}" for cell in cells), flush=True)


def _difference(ours: saliency.Explanation, theirs: object) -> float:
    maps = np.asarray(getattr(theirs, "detach", lambda: theirs)(), np.float64).reshape(ours.maps.shape)
    largest = np.abs(maps).max(axis=(1, 2), keepdims=True)
    return float((np.abs(ours.maps - maps) / np.maximum(largest, np.finfo(float).tiny)).max())


def _seconds(call: Callable[[np.ndarray], object], images: np.ndarray, repeats: int = REPEATS) -> float:
    if repeats > 1:
        call(images)
    seconds = []
    while len(seconds) < repeats:
        start = time.perf_counter()
        call(images)
        seconds.append(time.perf_counter() - start)
        if sum(seconds) > 20:
            break
    return median(seconds)


def _xplique(model: keras.Model) -> dict[str, Callable[[np.ndarray], object]]:
    """xplique's methods by our names. It needs float images, and the network without the scaling layer."""
    from xplique import attributions

    inputs = keras.Input(model.layers[2].input.shape[1:])
    x = inputs
    for layer in model.layers[2:]:
        x = layer(x)
    behind = keras.Model(inputs, x)
    explainers = {
        "saliency": attributions.Saliency(behind),
        "gradient_x_input": attributions.GradientInput(behind),
        "grad_cam": attributions.GradCAM(behind),
        "deconvnet": attributions.DeconvNet(behind),
        "guided_backprop": attributions.GuidedBackprop(behind),
        "smooth_grad": attributions.SmoothGrad(behind, nb_samples=50, noise=0.15),
        "integrated_gradients": attributions.IntegratedGradients(behind, steps=50),
        "occlusion": attributions.Occlusion(behind, patch_size=4, patch_stride=2, occlusion_value=0.5),
        "lime": attributions.Lime(behind, nb_samples=1000, map_to_interpret_space=_grid),
    }
    targets = np.eye(10, dtype=np.float32)[3]

    def explain(explainer):
        return lambda images: explainer(images.astype(np.float32) / 255, np.broadcast_to(targets, (len(images), 10)))

    return {name: explain(explainer) for name, explainer in explainers.items()}


def _captum(model: keras.Model) -> dict[str, Callable[[np.ndarray], object]]:
    """captum's methods by our names, on the same network in PyTorch."""
    import torch
    from captum import attr
    from captum.attr._utils.lrp_rules import EpsilonRule

    network = _in_torch(model)
    convolution, flatten = network[0], network[3]
    grid = torch.tensor(saliency.grid(28, 28))[None, None]
    window = {"sliding_window_shapes": (1, 4, 4), "strides": (1, 2, 2), "baselines": 0.5, "perturbations_per_eval": 64}
    copies = {"nt_samples": 50, "nt_type": "smoothgrad", "stdevs": 0.15}
    gradient = attr.Saliency(network)

    def lrp(x):
        flatten.rule = EpsilonRule()  # captum's LRP does not know Flatten, and resets its rules after each call
        return attr.LRP(network).attribute(x, target=3)

    explain = {
        "vanilla_gradient": lambda x: gradient.attribute(x, target=3, abs=False),
        "saliency": lambda x: gradient.attribute(x, target=3),
        "gradient_x_input": lambda x: attr.InputXGradient(network).attribute(x, target=3),
        "grad_cam": lambda x: attr.LayerGradCam(network, convolution).attribute(x, target=3, relu_attributions=True),
        "deconvnet": lambda x: attr.Deconvolution(network).attribute(x, target=3),
        "guided_backprop": lambda x: attr.GuidedBackprop(network).attribute(x, target=3),
        "deep_lift": lambda x: attr.DeepLift(network).attribute(x, target=3),
        "lrp": lrp,
        "smooth_grad": lambda x: attr.NoiseTunnel(gradient).attribute(x, target=3, abs=False, **copies),
        "integrated_gradients": lambda x: attr.IntegratedGradients(network).attribute(
            x, target=3, n_steps=50, method="riemann_trapezoid", internal_batch_size=256
        ),
        "occlusion": lambda x: attr.Occlusion(network).attribute(x, target=3, **window),
        # One image at a time, because captum's LIME returns one linear model per call.
        "lime": lambda x: [
            attr.Lime(network).attribute(
                image[None], target=3, feature_mask=grid, n_samples=1000, perturbations_per_eval=256
            )
            for image in x
        ],
    }

    def timed(method):
        return lambda images: method(
            torch.tensor(images.transpose(0, 3, 1, 2) / np.float32(255)).requires_grad_(method is not explain["lime"])
        )

    return {name: timed(method) for name, method in explain.items()}


def _in_torch(model: keras.Model):
    """small_cnn in PyTorch with the same weights, without the scaling layer, channels first."""
    import torch
    from torch import nn

    kernel, kernel_bias, hidden, hidden_bias, last, last_bias = map(torch.tensor, model.get_weights())
    network = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(5408, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    ).eval()
    # When flattened, the channel comes last in Keras and first in PyTorch.
    hidden = hidden.reshape(13, 13, 32, 128).permute(2, 0, 1, 3).reshape(5408, 128)
    weights = (kernel.permute(3, 2, 0, 1), kernel_bias, hidden.T, hidden_bias, last.T, last_bias)
    with torch.no_grad():
        for parameter, weight in zip(network.parameters(), weights, strict=True):
            parameter.copy_(weight)
    return network


def _grid(image):
    """Our segments for xplique, whose own segmentation of a digit has only one or two segments."""
    import tensorflow as tf

    return tf.constant(saliency.grid(*image.shape[:2]), tf.int32)


if __name__ == "__main__":
    main()
