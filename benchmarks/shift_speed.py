"""Computing times of the page Shift, on 10,000 images: `python -m benchmarks.shift_speed`."""

import os
import time
from collections.abc import Callable
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np

from core.data import datasets
from core.metrics.detection import aupr, auroc, detection, fpr_at_tpr
from core.metrics.features import knn_uncertainty, mahalanobis_uncertainty
from core.models import inference
from core.training import machine, runs


def seconds(work: Callable[[], object], times: int) -> float:
    """Median time of a call, after one warm-up call."""
    work()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return median(took)


def main() -> None:
    print(machine.description("cpu"))
    rng = np.random.default_rng(0)
    in_scores, out_scores = rng.normal(size=10_000), rng.normal(1, size=10_000)
    for kind, (inside, outside) in {
        "distinct": (in_scores, out_scores),
        "tied": (in_scores.round(1), out_scores.round(1)),
    }.items():
        three = seconds(lambda i=inside, o=outside: (auroc(i, o), aupr(i, o), fpr_at_tpr(i, o)), 20)
        print(f"AUROC, AUPR and FPR95 of 10,000 and 10,000 {kind} scores: {1000 * three:.1f} ms together")
    print(f"all four with intervals of 1,000 resamples: {seconds(lambda: detection(in_scores, out_scores), 3):.2f} s")
    features, reference = rng.gamma(1, size=(10_000, 128)), rng.gamma(1, size=(10_000, 128))
    features, reference, labels = (
        features.astype(np.float32),
        reference.astype(np.float32),
        rng.integers(10, size=10_000),
    )
    both = [
        seconds(lambda: mahalanobis_uncertainty(features, reference, labels), 5),
        seconds(lambda: knn_uncertainty(features, reference), 5),
    ]
    print("10,000 x 128 features against as many: Mahalanobis {:.2f} s, k-NN {:.2f} s".format(*both))
    model, images = runs.find("mnist-small_cnn").model(), datasets.load("mnist", "test").images
    inference.mc_dropout_probs(model, images[:1000], 100, seed=0)
    start = time.perf_counter()
    for batch in range(0, 10_000, 1000):
        inference.mc_dropout_probs(model, images[batch : batch + 1000], 100, seed=0)
    print(f"100 Monte Carlo passes over 10,000 images, small_cnn: {time.perf_counter() - start:.1f} s (n = 1)")


if __name__ == "__main__":
    main()
