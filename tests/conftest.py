"""What all tests share."""

import os

# Quieter, and set before anything imports TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}  # of a Ray cluster


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261121)


@pytest.fixture
def own_runs(tmp_path, monkeypatch):
    """A folder of the test's own in which new runs go; processes that the test starts see it too."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("WAKARANAI_RUNS", str(folder))
    return folder


@pytest.fixture(scope="module")
def start_nodes() -> Iterator[Callable[[int], Any]]:
    """Returns a function: cores of the head -> a Ray cluster on this machine with one more node, `second`, of one core."""
    from ray.cluster_utils import Cluster

    started = []

    def start(num_cpus: int) -> Any:
        for is_last in (False, False, True):
            try:
                return start_once(num_cpus)
            except Exception as error:  # Ray has no class for this one
                # It gives a node 30 s, which a busy machine may need longer for.
                if is_last or "timed out during startup" not in str(error):
                    raise

    def start_once(num_cpus: int) -> Any:
        head = NODE | {"num_cpus": num_cpus, "include_dashboard": False}
        # A node counts as lost after 5 s instead of 15 s.
        nodes = Cluster(
            initialize_head=True, head_node_args=head | {"_system_config": {"health_check_period_ms": 1000}}
        )
        started.append(nodes)
        nodes.second = nodes.add_node(**NODE)
        return nodes

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # otherwise 15, and that of the trainer comes on top
        try:
            yield start
        finally:
            for nodes in started:
                nodes.shutdown()
