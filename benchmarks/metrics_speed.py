"""Time of the accuracy-coverage curve, which should grow as n log n: `python -m benchmarks.metrics_speed`."""

import time
from statistics import median

import numpy as np

from core.metrics.selective import accuracy_coverage_curve
from core.training import machine

REPEATS = 7


def main() -> None:
    print(machine.description("cpu"))
    rng = np.random.default_rng(0)
    for num_samples in (10_000, 100_000, 1_000_000):
        for kind, uncertainty in (
            ("distinct", rng.random(num_samples)),
            ("tied", rng.integers(0, 1000, num_samples) / 1000),
        ):
            correct = rng.random(num_samples) > 0.1
            seconds = []
            for _ in range(REPEATS):
                start = time.perf_counter()
                accuracy_coverage_curve(uncertainty, correct)
                seconds.append(time.perf_counter() - start)
            print(
                f"accuracy_coverage_curve, {num_samples:>9,} samples, {kind:8}: median of {REPEATS} {1000 * median(seconds):7.1f} ms"
            )


if __name__ == "__main__":
    main()
