"""What the benchmarks share; their numbers are measured, not tested."""

from dataclasses import replace

import pytest

from benchmarks.trained import trained
from core.training.config import RunConfig


def test_a_run_is_trained_once_and_never_taken_for_another(own_runs):
    config = RunConfig("mnist", "softmax_regression", steps=1, num_train=100)
    finished = trained(config, "asked-for").done()["finished_at"]
    assert trained(config, "asked-for").done()["finished_at"] == finished
    with pytest.raises(SystemExit, match="was trained otherwise"):
        trained(replace(config, seed=1), "asked-for")
