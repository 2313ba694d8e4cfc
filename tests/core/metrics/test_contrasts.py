import numpy as np
import pytest

from core.metrics.comparison import holm, paired_comparison, seeds_needed
from core.metrics.contrasts import contrasts


def values(rng, groups=("a", "b", "c"), num_seeds=8):
    return {
        group: {seed: {"accuracy": rng.normal(), "ece": rng.normal()} for seed in range(num_seeds)} for group in groups
    }


def test_every_group_is_compared_with_the_reference_on_every_measure(rng):
    given = values(rng)
    found = contrasts(given, "b")
    assert {key: list(by_group) for key, by_group in found.items()} == {"accuracy": ["a", "c"], "ece": ["a", "c"]}
    first, second = ([given[group][seed]["ece"] for seed in range(8)] for group in ("b", "c"))
    contrast = found["ece"]["c"]
    expected = paired_comparison(first, second)
    assert contrast.comparison.differences.tolist() == expected.differences.tolist()
    assert contrast.seeds_needed == seeds_needed(expected, num_comparisons=2)


def test_a_measure_chosen_beforehand_is_adjusted_for_its_groups_and_all_measures_for_all(rng):
    found = contrasts(values(rng), "a")
    every = [contrast for by_group in found.values() for contrast in by_group.values()]
    among_all = holm([contrast.comparison.p for contrast in every])
    assert [contrast.among_all.p for contrast in every] == pytest.approx(among_all.tolist())
    for by_group in found.values():
        alone = holm([contrast.comparison.p for contrast in by_group.values()])
        assert [contrast.alone.p for contrast in by_group.values()] == pytest.approx(alone.tolist())


def test_only_seeds_of_both_groups_are_paired_whatever_their_order():
    given = {"a": {2: {"x": 1.0}, 0: {"x": 2.0}}, "b": {0: {"x": 5.0}, 1: {"x": 7.0}, 2: {"x": 9.0}}}
    contrast = contrasts(given, "a")["x"]["b"]
    assert contrast.seeds == (2, 0)
    assert contrast.comparison.differences.tolist() == [8, 3]


def test_groups_without_a_common_seed_or_value_have_no_difference():
    given = {"a": {0: {"x": 1.0, "y": np.nan}}, "b": {1: {"x": 2.0, "y": np.nan}}, "c": {0: {"x": 1.0, "y": 1.0}}}
    found = contrasts(given, "a")
    assert found["x"]["b"].seeds == ()
    assert found["x"]["b"].comparison.num_seeds == 0
    assert found["y"]["c"].comparison.num_seeds == 0
    assert found["y"]["c"].seeds == (0,)


def test_a_single_group_has_no_contrasts():
    assert contrasts({"a": {0: {"x": 1.0}}}, "a") == {"x": {}}
