"""How often the accuracy asked of superclasses is missed, as is and with a guarantee: `python -m benchmarks.superclass_promise`.

The validation and test answers of cifar10-conv10 are put together and split again at random, into as many as before, 1,000
times. Each time the thresholds are chosen on the first part and measured on the second. 95 % accuracy is asked, with 95 %
confidence; the class threshold answers 90 % of the first part.
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.data import sources
from core.metrics.hierarchy import GroupAnswers, group_answers, group_threshold
from core.metrics.hierarchy_guarantee import guaranteed_groups
from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve, threshold_at_coverage
from core.metrics.uncertainty import least_confidence
from core.training import runs

ASKED, CONFIDENCE = 0.95, 0.95
Array = NDArray[np.float64]
Way = Callable[[Array, GroupAnswers, float], float | None]  # scores, answers, class threshold -> superclass threshold
WAYS: dict[str, Way] = {
    "as is": lambda scores, answers, limit: group_threshold(scores, answers, limit, ASKED),
    "guaranteed": lambda scores, answers, limit: (
        guaranteed_groups(scores, answers, limit, 1 - ASKED, 1 - CONFIDENCE).threshold
    ),
}


def of(answers: GroupAnswers, rows: NDArray[np.integer]) -> GroupAnswers:
    return GroupAnswers(answers.predicted[rows], answers.uncertainty[rows], answers.correct[rows])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.superclass_promise", description=__doc__)
    parser.add_argument("--splits", type=int, default=1000)
    parser.add_argument("--coverage", type=float, default=0.90, help="of the classes, a fraction")
    asked = parser.parse_args()
    run = runs.find("cifar10-conv10")
    parts = [run.predictions(split) for split in ("validation", "test")]
    every = Predictions(
        np.concatenate([part.logits for part in parts]),
        np.concatenate([part.labels for part in parts]),
        parts[0].class_names,
    )
    answers = group_answers(every, sources.source("cifar10").groups)
    scores = least_confidence(every.probs)
    answered = {way: np.zeros((asked.splits, 2), int) for way in WAYS}  # number, and how many of them are right
    for seed in range(asked.splits):
        order = np.random.default_rng(seed).permutation(every.num_samples)
        first, second = np.split(order, [parts[0].num_samples])
        curve = accuracy_coverage_curve(scores[first], every.correct[first])
        class_limit = threshold_at_coverage(curve, asked.coverage)
        for way, choose in WAYS.items():
            limit = choose(scores[first], of(answers, first), class_limit)
            if limit is not None:
                shown = second[(scores[second] > class_limit) & (answers.uncertainty[second] <= limit)]
                answered[way][seed] = len(shown), answers.correct[shown].sum()
    print("| way | superclasses answered, mean | their accuracy, mean | splits below what was asked |")
    print("|---|---|---|---|")
    for way, counts in answered.items():
        there = counts[counts[:, 0] > 0]
        accuracy = there[:, 1] / there[:, 0]
        mean = f"{100 * accuracy.mean():.1f} %" if len(there) else "–"
        missed = (accuracy < ASKED).sum() / asked.splits
        print(f"| {way} | {counts[:, 0].mean():,.0f} | {mean} | {100 * missed:.1f} % |")


if __name__ == "__main__":
    main()
