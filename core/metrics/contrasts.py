"""Several recipes against one of them, measure by measure: the paired comparisons and what is settled of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.comparison import PairedComparison, Verdict, paired_comparison, seeds_needed, verdicts

Values = Mapping[str, Mapping[int, Mapping[str, float]]]  # group -> seed -> key of a measure -> value


@dataclass(frozen=True, eq=False)
class Contrast:
    """A group against the reference on one measure.

    Attributes:
        measure: its key.
        group: the label of the group.
        seeds: (num_seeds,), those that both groups have; some may lack a value.
        comparison: the group minus the reference.
        alone: the verdict if this measure was chosen beforehand: adjusted for the number of groups.
        among_all: the verdict if every measure was looked at: adjusted for all contrasts.
        seeds_needed: how many seeds would settle such a difference on a measure that was chosen beforehand, see
            `core.metrics.comparison.seeds_needed`.
    """

    measure: str
    group: str
    seeds: tuple[int, ...]
    comparison: PairedComparison
    alone: Verdict
    among_all: Verdict
    seeds_needed: int | None


def contrasts(values: Values, reference: str) -> dict[str, dict[str, Contrast]]:
    """Every group against the reference on every measure.

    Args:
        values: of at least the reference. Every run has the same measures; NaN where a run has no value.
        reference: the label of a group.

    Returns:
        Key of a measure -> label of a group -> contrast; of each measure, all groups except the reference.

    Example:
        >>> plain = {seed: {"accuracy": 0.5} for seed in range(6)}
        >>> better = {seed: {"accuracy": 0.6 + seed / 100} for seed in range(6)}
        >>> found = contrasts({"plain": plain, "better": better}, "plain")["accuracy"]["better"]
        >>> round(found.comparison.mean, 3), found.alone.p
        (0.125, 0.03125)
    """
    measures = next(iter(values[reference].values())).keys()
    pairs = [(measure, group) for measure in measures for group in values if group != reference]
    seeds = {group: tuple(seed for seed in values[reference] if seed in values[group]) for group in values}
    comparisons = {
        (measure, group): paired_comparison(
            _column(values, reference, seeds[group], measure), _column(values, group, seeds[group], measure)
        )
        for measure, group in pairs
    }
    among_all = dict(zip(pairs, verdicts(list(comparisons.values())), strict=True))
    found: dict[str, dict[str, Contrast]] = {}
    for measure in measures:
        groups = [group for group in values if group != reference]
        alone = verdicts([comparisons[measure, group] for group in groups])
        found[measure] = {
            group: Contrast(
                measure,
                group,
                seeds[group],
                comparisons[measure, group],
                verdict,
                among_all[measure, group],
                seeds_needed(comparisons[measure, group], len(groups)),
            )
            for group, verdict in zip(groups, alone, strict=True)
        }
    return found


def _column(values: Values, group: str, seeds: tuple[int, ...], measure: str) -> NDArray[np.float64]:
    return np.array([values[group][seed][measure] for seed in seeds])
