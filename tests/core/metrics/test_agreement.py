import numpy as np
import pytest
from scipy.stats import rankdata

from core.metrics.agreement import entropy_rank_correlation, vote_entropy


def test_unanimous_votes_have_entropy_zero_and_even_votes_one():
    np.testing.assert_allclose(vote_entropy(np.array([[50, 0], [25, 25]])), [0, 1], atol=1e-12)


def test_the_same_order_gives_one_and_the_reverse_order_minus_one():
    probs = np.array([[0.99, 0.01], [0.8, 0.2], [0.6, 0.4]])
    votes = np.array([[50, 0], [40, 10], [30, 20]])
    assert entropy_rank_correlation(probs, votes) == pytest.approx(1)
    assert entropy_rank_correlation(probs[::-1], votes) == pytest.approx(-1)
    assert np.isnan(entropy_rank_correlation(probs, np.full((3, 2), 10)))


def test_the_correlation_is_pearsons_of_mean_ranks(rng):
    probs, votes = rng.dirichlet(np.ones(4), size=60), rng.multinomial(5, [0.7, 0.1, 0.1, 0.1], size=60)
    network = rankdata(-(probs * np.log(probs)).sum(axis=1))
    people = rankdata(vote_entropy(votes).round(12))
    assert entropy_rank_correlation(probs, votes) == pytest.approx(np.corrcoef(network, people)[0, 1], abs=1e-3)
