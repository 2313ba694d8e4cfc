"""The cost of running networks in a separate process: `python -m benchmarks.serving_speed`.

Measures each question about one image to `mnist-small_cnn`, alternately in the process and here with the same network; then
the time of a short question while a long one is computed; and the time for the process to start and load.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from statistics import median, quantiles

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np

from core import saliency
from core.data import datasets
from core.models import inference
from core.serving import Network, Networks
from core.training import machine, runs

RUN, TIMES, BESIDE = "mnist-small_cnn", 40, 100
METHODS = (
    "grad_cam", "smooth_grad", "vanilla_gradient", "saliency", "gradient_x_input", "integrated_gradients", "deconvnet",
    "guided_backprop", "deep_lift", "occlusion", "lrp", "lime",
)  # fmt: skip


class Enough(BaseException):
    """Cancels the other question."""


def milliseconds(*calls: Callable[[], object]) -> list[float]:
    """Median milliseconds of each call. The calls alternate, so that all run under the same load, after one warm-up round."""
    took: list[list[float]] = [[] for _ in calls]
    for repeat in range(TIMES + 1):
        for place, call in enumerate(calls):
            start = time.perf_counter()
            call()
            if repeat:
                took[place].append(1000 * (time.perf_counter() - start))
    return [median(times) for times in took]


def waits_beside(network: Network, image: np.ndarray, other: Callable[..., object]) -> list[float]:
    """Milliseconds for the logits of one image while another question computes, one value per repetition."""
    began, ends, took = threading.Event(), threading.Event(), []

    def progress(done: float) -> None:
        began.set()
        if ends.is_set():
            raise Enough

    def ask() -> None:
        with suppress(Enough):
            other(progress=progress)

    thread = threading.Thread(target=ask)
    thread.start()
    began.wait()
    while len(took) < BESIDE and thread.is_alive():
        start = time.perf_counter()
        network.logits(image)
        took.append(1000 * (time.perf_counter() - start))
        time.sleep(0.02)
    ends.set()
    thread.join()
    return took


def main() -> None:
    print(machine.description("cpu"))
    networks, run = Networks(), runs.find(RUN)
    network = Network(run, networks.ask)
    start = time.perf_counter()
    network.about()
    print(f"process started, Keras imported, {RUN} loaded and compiled: {time.perf_counter() - start:.1f} s (n = 1)")
    model, images = run.model(), datasets.load("mnist", "test").images
    one = images[:1]
    print(f"median of {TIMES}, ms:            asked     here  difference")
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "logits": (lambda: network.logits(one), lambda: inference.logits(model, one)),
        "100 dropout passes": (
            lambda: network.mc_dropout_probs(one, 100, 0),
            lambda: inference.mc_dropout_probs(model, one, 100, 0),
        ),
    }
    for method in METHODS:
        pairs[method] = (
            lambda method=method: network.explain(method, one, 7),
            lambda method=method: getattr(saliency, method)(model, one, 7),
        )
    for name, (asked, called) in pairs.items():
        there, here = milliseconds(asked, called)
        print(f"{name:24} {there:8.2f} {here:8.2f} {there - here:8.2f}")
    colour = Network(runs.find("cifar10-conv10"), networks.ask)
    pictures = np.random.default_rng(0).integers(0, 256, (2000, 32, 32, 3), dtype=np.uint8)
    colour.about()
    for what, other in {
        "100 passes over 10,000 images": lambda progress: network.summarized_passes(images, 100, 0, progress=progress),
        "conv10 over 2,000 images": lambda progress: colour.logits(pictures, progress=progress),
        "SmoothGrad of 50 images, conv10": lambda progress: colour.explain(
            "smooth_grad", pictures[:50], 0, progress=progress
        ),
    }.items():
        took = waits_beside(network, one, other)
        print(
            f"logits of one image beside {what}: n = {len(took)}, median {median(took):.0f} ms, "
            f"95th percentile {quantiles(took, n=20)[-1]:.0f} ms, longest {max(took):.0f} ms"
        )


if __name__ == "__main__":
    main()
