import numpy as np

from core.metrics import uncertainty
from core.metrics.evidence import Evidence, Reference, all_scores
from core.metrics.passes import pass_summary


def test_what_is_not_known_gives_no_score(rng):
    logits = rng.normal(size=(6, 3))
    features = rng.normal(size=(6, 4))
    assert len(all_scores(Evidence(logits))) == 6
    assert len(all_scores(Evidence(logits, features))) == 6
    passes = pass_summary(rng.dirichlet(np.ones(3), size=(6, 5)))
    assert list(all_scores(Evidence(logits, passes=passes)))[6:] == ["MC predictive entropy", "MC mutual information"]
    reference = Reference(rng.normal(size=(80, 4)), rng.integers(3, size=80))
    scores = all_scores(Evidence(logits, features, passes), reference)
    assert list(scores)[8:] == ["Mahalanobis", "k-NN distance"]
    assert all(values.shape == (6,) and np.isfinite(values).all() for values in scores.values())


def test_scores_are_those_of_their_names(rng):
    logits = rng.normal(size=(5, 3))
    np.testing.assert_array_equal(all_scores(Evidence(logits))["Energy"], uncertainty.energy(logits))


def test_few_references_still_have_a_neighbor(rng):
    scores = all_scores(Evidence(np.zeros((2, 2)), np.eye(2)), Reference(np.eye(2), np.array([0, 1])))
    np.testing.assert_allclose(scores["k-NN distance"], np.sqrt(2), rtol=1e-6)
