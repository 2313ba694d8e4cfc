"""Time of the curves, tables, intervals, guarantees and calibration measures: `python -m benchmarks.metrics_speed`.

The accuracy-coverage curve should grow as n log n. All else has 10,000 samples of ten classes. Times are CPU seconds of this
process, so that other work on the machine counts less.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from core.metrics import bootstrap, calibration, conformal_coverage, guarantee, ranked, selective_table
from core.metrics.cost import cost_comparison
from core.metrics.evidence import Evidence, Reference
from core.metrics.fixed_sequence import fixed_sequence_of_split
from core.metrics.predictions import Predictions, softmax
from core.metrics.scores import FROM_LOGITS, SCORES, labels_from
from core.metrics.selective import accuracy_coverage_curve
from core.metrics.smooth_calibration import smooth_calibration_error
from core.metrics.team import team_curve
from core.training import machine

REPEATS = 7
NUM_SAMPLES = 10_000


def measured(name: str, function: Callable[[], object], repeats: int = REPEATS) -> None:
    """Print the median time of a call."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        seconds.append(time.process_time() - start)
    print(f"{name:75} median of {repeats} {1000 * median(seconds):9.1f} ms")


def example(seed: int) -> Predictions:
    """Logits of a network that is right for about nine samples of ten and overconfident."""
    rng = np.random.default_rng(seed)
    logits = 2.5 * rng.normal(size=(NUM_SAMPLES, 10))
    logits[np.arange(NUM_SAMPLES), logits.argmax(axis=1)] += rng.exponential(12, NUM_SAMPLES)
    labels = (softmax(logits / 1.5).cumsum(axis=1) < rng.random((NUM_SAMPLES, 1))).sum(axis=1)
    return Predictions(logits, np.minimum(labels, 9), tuple("0123456789"))


def main() -> None:
    print(machine.description("cpu"))
    rng = np.random.default_rng(0)
    for num_samples in (10_000, 100_000, 1_000_000):
        for kind, uncertainty in (
            ("distinct", rng.random(num_samples)),
            ("tied", rng.integers(0, 1000, num_samples) / 1000),
        ):
            correct = rng.random(num_samples) > 0.1
            measured(
                f"accuracy_coverage_curve, {num_samples:>9,} samples, {kind}",
                lambda uncertainty=uncertainty, correct=correct: accuracy_coverage_curve(uncertainty, correct),
            )
    validation, test = example(1), example(2)
    print(f"\n{NUM_SAMPLES:,} samples, accuracy {test.accuracy:.1%}")

    def scores() -> dict[str, np.ndarray]:
        evidence, reference = Evidence(test.logits), Reference(validation)
        return {label: SCORES[label].values(evidence, reference) for label in labels_from(FROM_LOGITS)}

    uncertainties = scores()
    correct, one = test.correct, uncertainties["Least confidence"]
    areas = {"aurc": ranked.aurc, "augrc": ranked.augrc}
    of_one = {"Least confidence": ranked.ranking(one, correct)}
    measured("the eight scores of logits themselves", scores)
    measured(
        "table of their eight measures, without intervals",
        lambda: selective_table.selective_table(uncertainties, correct),
    )
    measured("10,000 resamples of AURC and AUGRC, one score", lambda: bootstrap.resampled(of_one, areas), 3)
    measured(
        "table of all scores with intervals, 10,000 resamples",
        lambda: selective_table.selective_table(uncertainties, correct, num_resamples=10_000),
        1,
    )
    measured("guaranteed-risk curve over all thresholds", lambda: guarantee.risk_curve(one, correct, 0.05))
    measured("SGR", lambda: guarantee.sgr(one, correct, 0.01, 0.05))
    measured("fixed-sequence testing, with its split", lambda: fixed_sequence_of_split(one, correct, 0.01, 0.05))
    measured("costs before and after temperature scaling", lambda: cost_comparison(validation, test, 5, 1))
    measured("team curve", lambda: team_curve(one, correct, 0.95))
    for name, given in (
        ("fit_temperature", test.logits),
        ("negative_log_likelihood", test.logits),
        ("expected_calibration_error", test.probs),
        ("adaptive_calibration_error", test.probs),
        ("classwise_calibration_error", test.probs),
        ("brier_score", test.probs),
    ):
        function = getattr(calibration, name)
        measured(name, lambda function=function, given=given: function(given, test.labels))
    measured("smooth_calibration_error", lambda: smooth_calibration_error(test.probs, test.labels))
    measured("1,000 re-splits of conformal scores", lambda: conformal_coverage.resplit_coverages(one, 1000, 0.1), 3)
    measured("beta-binomial law of the coverage", lambda: conformal_coverage.coverage_law(1000, 9000, 0.1))


if __name__ == "__main__":
    main()
