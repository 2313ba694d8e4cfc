"""The networks' process on a Ray cluster: the answers are the same, and a node that is lost is replaced by another one."""

import gc
import sys
import time

import numpy as np
import pytest

from core.data import datasets
from core.models import inference
from core.serving import Network, Networks, WorkerEnded, far
from core.training import runs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the socket that it passes on is not one under Windows")


@pytest.fixture
def nodes(start_nodes, monkeypatch):
    """A cluster whose head has no core for the worker, and one node that has."""
    found = start_nodes(num_cpus=0)
    monkeypatch.setenv("WAKARANAI_RAY", found.address)
    return found


@pytest.fixture
def networks(nodes):
    found = Networks()
    yield found
    del found
    gc.collect()


def until(condition) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def asked_again(network: Network, images) -> np.ndarray:
    """The logits, asked for until a new worker has started."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return network.logits(images)
        except WorkerEnded:
            assert time.monotonic() < deadline


def test_a_network_on_a_cluster_answers_as_it_does_here_also_after_its_node_is_lost(nodes, networks):
    run, images = runs.find("mnist-dense"), datasets.load("mnist", "test").images[:8]
    expected = inference.logits(run.model(), images)
    network = Network(run, networks.ask)
    np.testing.assert_allclose(asked_again(network, images), expected, rtol=1e-5, atol=1e-5)
    before = networks.pids
    with pytest.raises(ValueError, match="Only functions of core can be asked"):
        network.ask("os.getcwd")
    nodes.add_node(num_cpus=1, object_store_memory=80 * 2**20)
    nodes.remove_node(nodes.second, allow_graceful=False)
    until(lambda: networks.pids != before)
    np.testing.assert_allclose(asked_again(network, images), expected, rtol=1e-5, atol=1e-5)
    assert networks.pids != before


def test_a_cluster_that_does_not_answer_is_one_sentence_in_the_terminal(tmp_path, capsys, monkeypatch):
    class Ended(BaseException):
        pass

    def ended(status: int):
        assert status == 1
        raise Ended

    monkeypatch.setattr(far.os, "_exit", ended)
    monkeypatch.setattr("sys.argv", ["far", str(tmp_path / "cluster"), "--ray", "127.0.0.1:1", "--alone"])
    with pytest.raises(Ended):
        far.main()
    assert capsys.readouterr().err == (
        "No cluster answers at 127.0.0.1:1. Start one there with `ray start --head`, or check the address.\n"
    )
