"""What all tests share."""

import os

# Quieter, and set before anything imports TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261121)


@pytest.fixture
def own_runs(tmp_path, monkeypatch):
    """A folder of the test's own in which new runs go; processes that the test starts see it too."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("WAKARANAI_RUNS", str(folder))
    return folder
