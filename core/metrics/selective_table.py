"""Which score ranks the errors last? Eight measures of every score, their bootstrap intervals, and which lead cannot be luck.

Larger scores are less certain. All values are fractions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics import ranked
from core.metrics.bootstrap import interval, resampled

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """A measure of a ranking and what a page shows of it.

    Attributes:
        key: its name in addresses and files, the same in every language.
        label: its name on screen.
        values: (resamples of one ranking) -> (num_resamples,).
        higher_is_better: whether a larger value is better.
        in_percent: whether the value is shown in percent; else as a number.
        meaning: one sentence.
        source: paper and address.
    """

    key: str
    label: str
    values: Callable[[ranked.Ranked], Array]
    higher_is_better: bool
    in_percent: bool
    meaning: str
    source: str


_SELECTIVE = "Geifman & El-Yaniv 2017, https://arxiv.org/abs/1705.08500"
_AURC = "Geifman, Uziel & El-Yaniv 2019, https://arxiv.org/abs/1805.08206"
_ALL = (
    Measure(
        key="aurc",
        label="AURC",
        values=ranked.aurc,
        higher_is_better=False,
        in_percent=False,
        meaning="Area under the risk-coverage curve: the error rate of the answered, averaged over all coverages.",
        source=_AURC,
    ),
    Measure(
        key="excess_aurc",
        label="E-AURC",
        values=ranked.excess_aurc,
        higher_is_better=False,
        in_percent=False,
        meaning="AURC minus the AURC of the best possible order with as many errors: 0 if all errors come last.",
        source=_AURC,
    ),
    Measure(
        key="augrc",
        label="AUGRC",
        values=ranked.augrc,
        higher_is_better=False,
        in_percent=False,
        meaning="Like AURC with errors divided by all images instead of the answered: the share of errors that get "
        "through, averaged over all coverages.",
        source="Traub et al. 2024, https://arxiv.org/abs/2407.01032",
    ),
    Measure(
        key="error_auroc",
        label="AUROC of errors",
        values=ranked.error_auroc,
        higher_is_better=True,
        in_percent=True,
        meaning="The probability that a wrong answer is less certain than a right one: 50 % is chance.",
        source="Hendrycks & Gimpel 2017, https://arxiv.org/abs/1610.02136",
    ),
    Measure(
        key="coverage_at_99",
        label="Coverage at 99 % accuracy",
        values=partial(ranked.coverage_at_risk, risk=0.01),
        higher_is_better=True,
        in_percent=True,
        meaning="The largest share of images that can be answered with at least 99 % of the answers right.",
        source=_SELECTIVE,
    ),
    Measure(
        key="coverage_at_99_5",
        label="Coverage at 99.5 % accuracy",
        values=partial(ranked.coverage_at_risk, risk=0.005),
        higher_is_better=True,
        in_percent=True,
        meaning="The largest share of images that can be answered with at least 99.5 % of the answers right.",
        source=_SELECTIVE,
    ),
    Measure(
        key="accuracy_at_90",
        label="Accuracy at 90 % coverage",
        values=partial(ranked.accuracy_at_coverage, coverage=0.90),
        higher_is_better=True,
        in_percent=True,
        meaning="The share of right answers when the most certain 90 % of the images are answered.",
        source=_SELECTIVE,
    ),
    Measure(
        key="accuracy_at_95",
        label="Accuracy at 95 % coverage",
        values=partial(ranked.accuracy_at_coverage, coverage=0.95),
        higher_is_better=True,
        in_percent=True,
        meaning="The share of right answers when the most certain 95 % of the images are answered.",
        source=_SELECTIVE,
    ),
)
MEASURES: dict[str, Measure] = {measure.key: measure for measure in _ALL}


@dataclass(frozen=True, eq=False)
class Cell:
    """One measure of one score.

    Attributes:
        value: NaN where the measure is not defined: an AUROC without errors or without right answers.
        interval: bootstrap interval, lower and upper end; None without resampling.
        behind_best: interval of the paired difference to the best score, this one minus the best; None without resampling.
        is_best: whether no score has a better value.
        among_best: the best, and where that interval contains 0, so that the lead may be luck. Without resampling as is_best.
    """

    value: float
    interval: tuple[float, float] | None
    behind_best: tuple[float, float] | None
    is_best: bool
    among_best: bool


def selective_table(
    uncertainties: Mapping[str, ArrayLike],
    correct: ArrayLike,
    num_resamples: int = 0,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, dict[str, Cell]]:
    """Every measure of every score on the same samples.

    The interval of a paired difference is for one pair that was chosen beforehand. Among many scores one may seem to lead
    or to trail by luck more often than 1 - level.

    Args:
        uncertainties: score -> (num_samples,), larger is less certain; at least one score.
        correct: (num_samples,) bool.
        num_resamples: number of bootstrap samples; 0 for no intervals.
        seed: of the resampling.
        level: share of the resamples inside an interval, a fraction.

    Returns:
        score -> key of `MEASURES` -> cell, both in the order in which they come.

    Raises:
        ValueError: there is no score or no sample, the shapes differ, or a score is NaN.

    Source:
        Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.

    Example:
        >>> table = selective_table({"good": [0.1, 0.2, 0.9], "bad": [0.9, 0.2, 0.1]}, [True, True, False])
        >>> {score: (round(cells["aurc"].value, 3), cells["aurc"].is_best) for score, cells in table.items()}
        {'good': (0.111, True), 'bad': (0.611, False)}
    """
    if not uncertainties:
        raise ValueError("There must be at least one score to compare, got none.")
    rankings = {score: ranked.ranking(values, correct) for score, values in uncertainties.items()}
    wholes = {score: ranking.whole() for score, ranking in rankings.items()}
    draws = (
        resampled(rankings, {key: measure.values for key, measure in MEASURES.items()}, num_resamples, seed)
        if num_resamples
        else None
    )
    table: dict[str, dict[str, Cell]] = {score: {} for score in uncertainties}
    for key, measure in MEASURES.items():
        values = {score: float(measure.values(whole)[0]) for score, whole in wholes.items()}
        # Not the values themselves: the same order may give areas that differ in the last digit.
        places = {score: round(value if measure.higher_is_better else -value, 12) for score, value in values.items()}
        best = max(places, key=places.__getitem__)
        for score, value in values.items():
            is_best = places[score] == places[best]
            if draws is None:
                table[score][key] = Cell(value, None, None, is_best, is_best)
                continue
            behind = interval(draws[score][key] - draws[best][key], level)
            among = is_best or behind[0] <= 0 <= behind[1]
            table[score][key] = Cell(value, interval(draws[score][key], level), behind, is_best, among)
    return table
