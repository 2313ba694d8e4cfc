import pytest
from scipy.stats import binom, binomtest

from core.metrics.intervals import share_interval, share_intervals


@pytest.mark.parametrize(("hits", "samples"), [(0, 1), (1, 1), (0, 20), (50, 74), (20, 20), (9129, 10_000)])
@pytest.mark.parametrize("level", [0.68, 0.95])
def test_the_interval_agrees_with_scipys_exact_one(hits, samples, level):
    assert share_interval(hits, samples, level) == pytest.approx(
        tuple(binomtest(hits, samples).proportion_ci(level, "exact")), abs=1e-9
    )


def test_each_end_gives_the_count_a_probability_of_half_the_rest():
    lower, upper = share_interval(50, 74)
    assert binom.sf(49, 74, lower) == pytest.approx(0.025)
    assert binom.cdf(50, 74, upper) == pytest.approx(0.025)
    assert share_interval(0, 10)[1] == pytest.approx(1 - 0.025**0.1)  # by hand: no right answer in ten


@pytest.mark.parametrize(("hits", "samples"), [(0, 0), (3, 2), (-1, 2)])
def test_an_impossible_count_is_refused_in_a_sentence(hits, samples):
    with pytest.raises(ValueError, match=f"got {hits} of {samples}"):
        share_interval(hits, samples)


def test_many_intervals_are_those_of_each_share():
    hits, samples = [0, 3, 10], [4, 7, 10]
    each = [share_interval(*share, level=0.9) for share in zip(hits, samples, strict=True)]
    assert [tuple(ends) for ends in zip(*share_intervals(hits, samples, level=0.9), strict=True)] == each
    with pytest.raises(ValueError, match="got 8 of 7"):
        share_intervals([1, 8], [4, 7])


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_fraction(level):
    with pytest.raises(ValueError, match=f"level must lie between 0 and 1, got {level}"):
        share_interval(3, 7, level)
