from dataclasses import fields

import numpy as np
import pytest

from core.metrics import uncertainty
from core.metrics.passes import PassSummary, joined, pass_summary


@pytest.fixture
def mc_probs(rng):
    return rng.dirichlet(np.ones(4), size=(9, 20))


def test_a_summary_has_every_score_of_the_passes(mc_probs):
    summary = pass_summary(mc_probs)
    np.testing.assert_array_equal(summary.mean_probs, mc_probs.mean(axis=1))
    np.testing.assert_array_equal(summary.mutual_information, uncertainty.mutual_information(mc_probs))
    np.testing.assert_allclose(
        summary.predictive_entropy, summary.expected_entropy + summary.mutual_information, atol=1e-12
    )


def test_joined_parts_and_a_saved_file_equal_the_whole(mc_probs, tmp_path):
    whole = pass_summary(mc_probs)
    parts = joined(pass_summary(part) for part in (mc_probs[:4], mc_probs[4:5], mc_probs[5:]))
    path = tmp_path / "new folder/summary.npz"
    parts.save(path)
    with np.load(path) as saved:
        again = PassSummary(**saved)
    for field in fields(PassSummary):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(whole, field.name))
    assert [file.name for file in path.parent.iterdir()] == ["summary.npz"]


def test_parts_of_different_lengths_are_no_summary():
    with pytest.raises(ValueError, match=r"got \(2, 3\) and \(1,\), \(2,\)"):
        PassSummary(np.zeros((2, 3)), *[np.zeros(2)] * 4, np.zeros(1))
