import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.metrics.neighbors import nearest_neighbors


def test_neighbors_agree_with_scikit_learn(rng):
    references, queries = rng.normal(size=(500, 12)).astype(np.float32), rng.normal(size=(9, 12)).astype(np.float32)
    distances, indices = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(references).kneighbors(queries)
    found, how_far = nearest_neighbors(queries, references, 5)
    assert found.tolist() == indices.tolist()
    np.testing.assert_allclose(how_far, distances, rtol=1e-5)


def test_a_reference_is_its_own_nearest_at_distance_zero(rng):
    references = 1000 + rng.normal(size=(50, 4)).astype(np.float32)  # far from 0, where squares are large
    found, how_far = nearest_neighbors(references[7:8], references, 1)
    assert (found.tolist(), how_far.tolist()) == ([[7]], [[0.0]])


def test_there_are_at_most_as_many_neighbors_as_references():
    references = np.array([[0.0], [3.0], [1.0]])
    found, how_far = nearest_neighbors(np.array([[0.9]]), references, 3)
    assert found.tolist() == [[2, 0, 1]]
    assert how_far[0] == pytest.approx([0.1, 0.9, 2.1])
    with pytest.raises(ValueError, match="num_neighbors must be at most 3"):
        nearest_neighbors(np.array([[0.9]]), references, 4)
