"""Training on a Ray cluster of two nodes on this machine, one of which is lost midway."""

import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import replace

import numpy as np
import pytest

from core.training import cells, cluster, experiments, runs, trainer
from core.training.cluster import ClusterUnavailable, Resources
from core.training.config import RunConfig

LONG = RunConfig("mnist", "softmax_regression", epochs=30, batch_size=50, num_train=2000)


@pytest.fixture(scope="module")
def two_nodes(start_nodes):
    """A cluster of two nodes with one core each; the second one is lost by the first test that asks for that."""
    return start_nodes(num_cpus=1)


@pytest.fixture
def no_shared_disk(monkeypatch):
    """Nodes do not see the file by which they would know the runs folder."""

    @contextmanager
    def elsewhere(parent):
        yield parent / "nowhere"

    monkeypatch.setattr(cluster, "_token", elsewhere)


@pytest.fixture
def unbroken(tmp_path_factory):
    """The test logits of a run with these settings that is trained here, without a cluster."""

    def logits(config):
        run = runs.create(config, "unbroken", tmp_path_factory.mktemp("unbroken"))
        assert trainer.main([str(run.folder)]) == 0
        return run.predictions("test").logits

    return logits


def trainers(name: str) -> list[int]:
    """Process ids of the trainers of a run."""
    listed = subprocess.run(["pgrep", "-f", f"core.training.trainer.*{name}"], capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split()]


def signal_trainers(of: list[runs.Run], signal: str) -> None:
    for run in of:
        for pid in trainers(run.name):
            subprocess.run(["kill", f"-{signal}", str(pid)], check=False)


def outcomes(ends) -> dict[str, str]:
    return {ended.run.name: ended.outcome for ended in ends}


def test_runs_of_a_node_that_is_lost_go_on_elsewhere_and_end_with_the_same_logits(
    own_runs, two_nodes, unbroken, monkeypatch, tmp_path
):
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))  # without CIFAR-10
    first, second = (runs.create(replace(LONG, seed=seed), f"shared-{seed}") for seed in (0, 1))
    failing = runs.create(RunConfig("cifar10", "conv10", steps=1), "shared-failing")

    def look():
        begun = [run for run in (first, second) if run.history()]
        if two_nodes.second and begun:
            signal_trainers(begun, "STOP")  # so that none ends before both have begun
            if len(begun) == 2:
                two_nodes.remove_node(two_nodes.second, allow_graceful=False)
                two_nodes.second = None
                signal_trainers(begun, "CONT")

    ends = {ended.run.name: ended for ended in cluster.train([first, second, failing], two_nodes.address, look=look)}
    assert two_nodes.second is None
    assert {name: ended.outcome for name, ended in ends.items()} == {
        "shared-0": "done", "shared-1": "done", "shared-failing": "failed",
    }  # fmt: skip
    assert "cifar10" in ends["shared-failing"].why_not
    assert cells.attempts(failing).number == 3
    assert sorted(cells.attempts(run).number for run in (first, second)) == [1, 2]
    for run in (first, second):
        np.testing.assert_array_equal(run.predictions("test").logits, unbroken(run.config))
    # A second call trains nothing: it does not even ask the cluster.
    assert outcomes(cluster.train([first, second], "nobody:1")) == {}


EXPERIMENT = """
title = "One run"
seeds = [3]
settings = {dataset = "mnist", architecture = "softmax_regression", epochs = 30, batch_size = 50, num_train = 2000}
variants = [{name = "plain"}]
"""


def test_without_a_shared_disk_checkpoints_are_fetched_and_a_run_goes_on_after_a_kill_and_a_stop(
    own_runs, two_nodes, no_shared_disk, unbroken, tmp_path, capsys
):
    file = tmp_path / "carried.toml"
    file.write_text(EXPERIMENT, encoding="utf-8")
    (cell,) = experiments.read(file).cells
    run = runs.create(cell.config, cell.run_name)
    killed_at = 0

    def look():
        nonlocal killed_at
        if not killed_at and run.history() and trainers(run.name):
            killed_at = len(run.history())
            signal_trainers([run], "KILL")
        if killed_at and len(run.history()) > killed_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), closing(cluster.train([run], two_nodes.address, look=look)) as ends:
        next(ends)
    assert trainers(run.name) == []
    assert (run.status, cells.attempts(run).number) == ("interrupted", 2)
    assert (run.folder / "checkpoint.keras").exists()
    assert experiments.main([str(file), "--ray", two_nodes.address]) == 0
    assert "carried--plain--seed-3: done\n1 of 1 runs done." in capsys.readouterr().out
    assert cells.attempts(run).number == 2  # going on is no new attempt
    assert not (run.folder / "checkpoint.keras").exists()
    assert run.model().count_params() == 7850
    np.testing.assert_array_equal(run.predictions("test").logits, unbroken(run.config))


def test_a_run_that_is_stopped_while_it_waits_for_a_node_is_not_trained(own_runs, two_nodes):
    run = runs.create(LONG, "waiting")

    def look():
        runs.write_text(run.folder / "stop", "")

    assert outcomes(cluster.train([run], two_nodes.address, look=look)) == {"waiting": "stopped"}
    assert (run.status, run.history()) == ("stopped", [])


def test_more_than_any_node_has_is_refused_in_a_sentence(own_runs, two_nodes):
    on_gpu = runs.create(replace(LONG, device="gpu:0"), "on-gpu")
    for run, resources, asked in (
        (runs.create(LONG, "large"), Resources(cpus=64), "large needs 64 CPUs and 0 GPUs on one node"),
        (on_gpu, Resources(gpus=0.5), "on-gpu needs 1 CPUs and 0.5 GPUs on one node"),
    ):
        with pytest.raises(ClusterUnavailable, match=asked):
            list(cluster.train([run], two_nodes.address, resources))
        assert cells.attempts(run).number == 0
    assert list(own_runs.glob(".cluster-*")) == []


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("127.0.0.1:1", "No cluster answers at 127.0.0.1:1. Start one there with `ray start --head`"),
        ("localhost", "The address of a cluster is HOST:PORT, such as 192.168.0.2:6379, or auto; got localhost."),
        ("ray://localhost:10001", "or auto; got ray://localhost:10001."),
    ],
)
def test_an_address_at_which_no_cluster_is_gives_one_sentence(own_runs, tmp_path, capsys, address, sentence):
    file = tmp_path / "alone.toml"
    file.write_text(EXPERIMENT, encoding="utf-8")
    assert experiments.main([str(file), "--ray", address]) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_without_ray_the_command_says_what_to_install(own_runs, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    file = tmp_path / "alone.toml"
    file.write_text(EXPERIMENT, encoding="utf-8")
    assert experiments.main([str(file), "--ray", "localhost:6379"]) == 1
    assert "Ray is not installed here. Install it: pip install -r requirements-cluster.txt" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--cpus", "0"], ["--gpus", "-1"], ["--gpus", "nan"]])
def test_resources_that_nobody_can_reserve_are_refused(options, capsys):
    with pytest.raises(SystemExit):
        experiments.main(["quick", "--ray", "auto", *options])
    assert "--cpus must be at least 1 and --gpus positive" in capsys.readouterr().err
