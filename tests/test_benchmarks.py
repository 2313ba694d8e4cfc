"""What the benchmarks share; their numbers are measured, not tested."""

import argparse
from dataclasses import replace

import pytest

from benchmarks.seeds import spread, trained, with_seeds
from core.training.config import RunConfig


def test_a_run_is_trained_once_and_never_taken_for_another(own_runs):
    config = RunConfig("mnist", "softmax_regression", steps=1, num_train=100)
    finished = trained(config, "asked-for").done()["finished_at"]
    assert trained(config, "asked-for").done()["finished_at"] == finished
    with pytest.raises(SystemExit, match="was trained otherwise"):
        trained(replace(config, seed=1), "asked-for")


@pytest.mark.parametrize("seeds", [["3"], ["0", "3", "3"], ["0", "-1"]])
def test_one_seed_or_a_seed_twice_is_refused_in_a_sentence(seeds, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmark", "--seeds", *seeds])
    with pytest.raises(SystemExit):
        with_seeds(argparse.ArgumentParser(), (0, 1))
    assert f"at least two seeds, all different and none below 0, got {' '.join(seeds)}" in capsys.readouterr().err


def test_a_spread_is_mean_and_sample_standard_deviation():
    assert spread([1.0, 3.0]) == "2.00 ± 1.41"
    assert spread([-1.0, 3.0], "+") == "+1.00 ± 2.83"
