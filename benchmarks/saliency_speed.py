"""Milliseconds a saliency method takes: `python -m benchmarks.saliency_speed`.

small_cnn on 28 x 28 images with untrained weights, one image and a hundred, after the first call, which compiles and is
printed apart. Where xplique is installed (its requirements clash with ours: give it an environment of its own), its
methods stand beside those of the same name, with the same numbers of steps, copies and patches.
"""

import time
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median

import numpy as np

from core import saliency
from core.models.architectures import small_cnn
from core.training import machine

REPEATS = 7
# Integrated gradients takes its 50 steps and no more, to be comparable.
SETTINGS = {
    saliency.integrated_gradients: {"steps": 50, "max_steps": 50},
    saliency.smooth_grad: {"num_copies": 50},
    saliency.occlusion: {"patch": 4, "stride": 2},
    saliency.lime: {"num_perturbations": 1000},
}
METHODS = (
    saliency.vanilla_gradient,
    saliency.saliency,
    saliency.gradient_x_input,
    saliency.grad_cam,
    saliency.deconvnet,
    saliency.guided_backprop,
    saliency.deep_lift,
    saliency.lrp,
    saliency.smooth_grad,
    saliency.integrated_gradients,
    saliency.occlusion,
    saliency.lime,
)


def main() -> None:
    print(machine.description("cpu"))
    model = small_cnn((28, 28, 1), 10)
    images = np.random.default_rng(0).integers(0, 256, (100, 28, 28, 1), dtype=np.uint8)
    others = _xplique(model) if find_spec("xplique") else {}
    heads = ("first call", "1 image", "100 images", *(("xplique, 1", "xplique, 100") if others else ()))
    print(f"{f'ms, median of {REPEATS}':22}" + "".join(f"{head:>14}" for head in heads))
    for method in METHODS:
        name = method.__name__

        def ours(batch, method=method):
            return method(model, batch, 3, **SETTINGS.get(method, {}))

        numbers = [_seconds(ours, images[:1], 1), _seconds(ours, images[:1]), _seconds(ours, images)]
        if name in others:
            others[name](images[:1])
            numbers += [_seconds(others[name], images[:1]), _seconds(others[name], images)]
        print(f"{name:22}" + "".join(f"{1000 * number:14.1f}" for number in numbers), flush=True)


def _seconds(call: Callable[[np.ndarray], object], images: np.ndarray, repeats: int = REPEATS) -> float:
    seconds = []
    while len(seconds) < repeats:
        start = time.perf_counter()
        call(images)
        seconds.append(time.perf_counter() - start)
        if sum(seconds) > 20:
            break
    return median(seconds)


def _xplique(model) -> dict[str, Callable[[np.ndarray], object]]:
    """xplique's methods by our names. It wants float images, and the network behind the scaling."""
    import keras
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
        "occlusion": attributions.Occlusion(behind, patch_size=4, patch_stride=2),
        "lime": attributions.Lime(behind, nb_samples=1000, map_to_interpret_space=_grid),
    }
    targets = np.eye(10, dtype=np.float32)[3]

    def explain(explainer):
        return lambda images: explainer(images.astype(np.float32) / 255, np.broadcast_to(targets, (len(images), 10)))

    return {name: explain(explainer) for name, explainer in explainers.items()}


def _grid(image):
    """Our segments for xplique, whose own cut of a digit is one or two pieces."""
    import tensorflow as tf

    return tf.constant(saliency.grid(*image.shape[:2]), tf.int32)


if __name__ == "__main__":
    main()
