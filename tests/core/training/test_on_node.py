"""What a node of a cluster does, without a cluster."""

import os
import subprocess
from contextlib import closing

import pytest
from filelock import FileLock

from core.training import carried, on_node, runs
from core.training.carried import Changes
from core.training.config import RunConfig
from core.training.on_node import Begun, Order

SHORT = RunConfig("mnist", "softmax_regression", epochs=1, batch_size=50, num_train=500)


@pytest.fixture
def order(own_runs):
    """An order for a new run, whose folder the node sees."""
    run = runs.create(SHORT, "run")
    token = own_runs / ".cluster-token"
    token.touch()
    return Order(run.folder, token, own_runs / "no data", num_cpus=2)


def not_wanted() -> Changes:
    raise AssertionError("the folder is there")


def test_a_node_that_sees_the_runs_folder_trains_in_it_without_a_turn_in_the_queue(order, own_runs):
    with FileLock(own_runs / ".training.lock"):  # another run is at work
        assert list(on_node.work(order, not_wanted)) == [Begun(is_shared=True)]
    run = runs.find("run")
    assert (run.status, len(run.history())) == ("done", 1)
    assert "Fatal" not in run.log()


def test_another_node_trains_a_copy_and_ends_its_trainer_when_the_task_is_cancelled(order, monkeypatch):
    started = []
    start = subprocess.Popen

    def noted(*arguments, **settings):
        started.append(start(*arguments, **settings))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", noted)
    order.token.unlink()
    with closing(on_node.work(order, lambda: carried.content(order.folder))) as said:
        assert next(said) == Begun(is_shared=False)
        changes = next(said)
        assert "log.txt" in changes.files
        assert "config.json" not in changes.files  # the other side has it
    (trainer,) = started
    assert trainer.returncode == 1
    copy = trainer.args[-1]
    assert copy.endswith("/run") or copy.endswith("\\run")
    assert not os.path.exists(copy)  # noqa: PTH110
    assert runs.find("run").history() == []


def test_the_trainer_gets_the_threads_the_gpu_and_the_data_that_the_node_has_for_it(order, monkeypatch, tmp_path):
    class Started(Exception):
        pass

    def start(command, *, env, **settings):
        raise Started(command, env)

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setenv("WAKARANAI_DATA", "its own")
    with pytest.raises(Started) as without_data:
        list(on_node.work(order, not_wanted, gpus=[3]))
    command, environment = without_data.value.args
    assert command[command.index("--device") + 1] == "gpu:3"
    assert {environment[name] for name in on_node.THREADS} == {"2"}
    assert environment["WAKARANAI_DATA"] == "its own"
    order.data.mkdir()
    with pytest.raises(Started) as with_data:
        list(on_node.work(order, not_wanted))
    command, environment = with_data.value.args
    assert "--device" not in command
    assert environment["WAKARANAI_DATA"] == str(order.data)
