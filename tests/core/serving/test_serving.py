"""Networks in a separate process, with real processes that get questions, are disturbed and are killed."""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.data import datasets
from core.metrics.explanation import METHOD_IS_SLOW, Contrast
from core.models import inference
from core.saliency import cascade, entropy, feature_layers, grad_cam, smooth_grad, spread
from core.serving import Function, Network, Networks, NetworkUnavailable, RunChanged, WorkerEnded
from core.training import machine, runs
from core.training.passes import summarized_passes
from core.training.runs import Run

DENSE, CNN, FASHION = "mnist-dense", "mnist-small_cnn", "fashion_mnist-small_cnn"


@pytest.fixture(scope="module")
def networks():
    found = Networks()
    yield found
    del found
    gc.collect()


@pytest.fixture
def ask(networks):
    """Returns a function: name of a run -> its network."""
    return lambda name: Network(runs.find(name), networks.ask)


@pytest.fixture(scope="module")
def images():
    return datasets.load("mnist", "test").images


@pytest.fixture
def copied(tmp_path):
    """A run made for this test, with a network."""
    folder = tmp_path / "copied"
    shutil.copytree(runs.STARTER / DENSE, folder)
    return Run(folder)


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(pid: int) -> bool:
    """Whether a process is gone, or dead and not yet waited for by its parent."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_answers_are_those_of_core(ask, images):
    network, model = ask(CNN), runs.find(CNN).model()
    few, target = images[:3], Contrast([7, 2, 1], 0)
    np.testing.assert_allclose(network.logits(few), inference.logits(model, few), atol=1e-5)
    np.testing.assert_allclose(network.features(few), inference.features(model, few), atol=1e-5)
    for ours, theirs in zip(network.logits_and_features(few), inference.logits_and_features(model, few), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_array_equal(network.last_layer_weights(), inference.last_layer_weights(model))
    np.testing.assert_allclose(
        network.mc_dropout_probs(few, 4, seed=1), inference.mc_dropout_probs(model, few, 4, seed=1), atol=1e-6
    )
    np.testing.assert_allclose(
        network.summarized_passes(few, 4, 1).mutual_information,
        summarized_passes(model, few, 4, 1).mutual_information, atol=1e-6,
    )  # fmt: skip
    np.testing.assert_allclose(
        network.explain("smooth_grad", few, target, num_copies=5).maps,
        smooth_grad(model, few, target, num_copies=5).maps,
        atol=1e-5,
    )
    about = network.about()
    assert about.has_dropout and about.feature_layers == feature_layers(model)
    assert not ask(DENSE).about().has_dropout


def test_a_function_of_core_can_be_an_argument_by_name(ask, images):
    network, model = ask(CNN), runs.find(CNN).model()
    few = images[:2]
    by_name, doubt = Function("core.saliency.smooth_grad", {"num_copies": 3}), Function("core.saliency.entropy")
    np.testing.assert_allclose(
        network.spread(few, doubt, by_name, 3, 0).std,
        spread(model, few, entropy, lambda *asked: smooth_grad(*asked, num_copies=3), 3, 0).std, atol=1e-5,
    )  # fmt: skip
    np.testing.assert_allclose(
        network.cascade(few, 3, Function("core.saliency.grad_cam")).signed,
        cascade(model, few, 3, grad_cam).signed, atol=1e-3,
    )  # fmt: skip


def test_every_question_names_an_existing_function():
    from core.serving.worker import _core_function

    questions = [value for value in vars(Network).values() if getattr(value, "__name__", "") == "asked"]
    names = [question.__closure__[0].cell_contents for question in questions]
    assert len(names) == len(set(names)) >= 10
    names += [f"core.saliency.{method}" for method in METHOD_IS_SLOW]
    assert all(callable(_core_function(name)) for name in names)


def test_an_error_of_the_function_is_raised_here(ask, images):
    with pytest.raises(ValueError, match="grad_cam needs a convolution"):
        ask(DENSE).explain("grad_cam", images[:1], 0)


def test_an_error_of_core_keeps_its_type(tmp_path, monkeypatch, images):
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    with pytest.raises(datasets.DataMissing, match="cifar10"):
        Network(runs.find(DENSE), Networks().ask).nearest("cifar10", images[0], 1, 0)


def test_only_functions_of_core_can_be_called(ask):
    with pytest.raises(ValueError, match=r"Only functions of core can be asked, got 'os\.system'"):
        ask(DENSE).ask("os.system", "true")


def test_an_error_of_tensorflow_becomes_a_sentence(ask, images):
    with pytest.raises(NetworkUnavailable, match="The network could not answer: "):
        ask(DENSE).logits("no images")


def test_progress_is_reported_and_the_answer_is_complete(ask, images):
    told = []
    ask(CNN).summarized_passes(images[:3000], 50, 0, progress=told.append)
    assert len(told) > 1
    assert told == sorted(told) and told[0] > 0 and told[-1] <= 1


class Cancelled(BaseException):
    pass


def test_work_that_nobody_waits_for_ends_at_its_next_piece(ask, images):
    network = ask(CNN)

    def cancel(done):
        raise Cancelled

    with pytest.raises(Cancelled):
        network.summarized_passes(images, 100, 0, progress=cancel)
    asked = []

    def leave():
        asked.append(None)
        if len(asked) > 3:
            raise Cancelled

    left = Network(runs.find(CNN), lambda question, progress: networks_of(network).ask(question, progress, leave))
    with pytest.raises(Cancelled):
        left.summarized_passes(images, 1000, 0)
    # The next answer comes at once, although the cancelled question was a minute of work.
    start = time.monotonic()
    network.logits(images[:1])
    assert time.monotonic() - start < 10


def networks_of(network: Network) -> Networks:
    return network._ask.__self__


def test_short_questions_go_before_long_ones(ask, images):
    network, order = ask(CNN), []
    began = threading.Event()

    def much():
        network.summarized_passes(images[:3000], 100, 0, progress=lambda done: began.set())
        order.append("much")

    thread = threading.Thread(target=much)
    thread.start()
    assert began.wait(60)
    for _ in range(3):
        network.logits(images[:1])
        order.append("little")
    thread.join()
    assert order == ["little", "little", "little", "much"]


def test_simultaneous_questions_of_two_users_do_not_affect_each_other(ask, images):
    few = images[:4]
    alone = {
        name: (ask(name).logits(few), ask(name).explain("smooth_grad", few, 1, num_copies=8).maps)
        for name in (DENSE, CNN, FASHION)
    }
    spreads = ask(CNN).spread(few, 1, Function("core.saliency.vanilla_gradient"), 5, 0).std

    def visit(number: int) -> None:
        name = (DENSE, CNN, FASHION)[number % 3]
        logits, maps = alone[name]
        np.testing.assert_allclose(ask(name).logits(few), logits, atol=1e-6)
        np.testing.assert_allclose(ask(name).explain("smooth_grad", few, 1, num_copies=8).maps, maps, atol=1e-6)
        if name == CNN:
            asked = ask(CNN).spread(few, 1, Function("core.saliency.vanilla_gradient"), 5, 0)
            np.testing.assert_allclose(asked.std, spreads, atol=1e-6)

    with ThreadPoolExecutor(8) as visitors:
        list(visitors.map(visit, range(100)))


def test_a_killed_process_gives_one_error_and_is_replaced(networks, ask, images):
    network = ask(CNN)
    before = network.logits(images[:2])
    (pid,) = networks.pids

    def kill(done):
        os.kill(pid, signal.SIGKILL)
        until(lambda: ended(pid))

    with pytest.raises(WorkerEnded, match="Ask again, and a new one starts"):
        network.summarized_passes(images, 100, 0, progress=kill)
    np.testing.assert_allclose(network.logits(images[:2]), before, atol=1e-6)
    (second,) = networks.pids
    assert second != pid
    # Between two questions it goes unnoticed.
    os.kill(second, signal.SIGKILL)
    until(lambda: ended(second))
    np.testing.assert_allclose(network.logits(images[:2]), before, atol=1e-6)
    assert networks.pids not in ([pid], [second])


def test_a_run_that_was_trained_again_is_not_answered_by_its_old_network(networks, copied, images):
    network = Network(copied, networks.ask)
    network.logits(images[:1])
    shutil.copy(runs.STARTER / CNN / "model.keras", copied.folder / "model.keras")
    done = copied.done() | {"finished_at": 1.5}
    (copied.folder / "done.json").write_text(json.dumps(done))
    with pytest.raises(RunChanged, match="copied was deleted, or trained again"):
        network.logits(images[:1])
    again = Network(copied, networks.ask)
    np.testing.assert_allclose(
        again.logits(images[:1]), inference.logits(runs.find(CNN).model(), images[:1]), atol=1e-5
    )


def test_a_run_that_was_deleted_is_no_longer_answered(networks, copied, images):
    network = Network(copied, networks.ask)
    network.logits(images[:1])
    shutil.rmtree(copied.folder)
    with pytest.raises(RunChanged, match="Reload the page"):
        network.logits(images[:1])


def test_a_network_that_could_not_be_read_is_read_after_its_repair(networks, copied, images):
    file = copied.folder / "model.keras"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    network = Network(copied, networks.ask)
    for _ in range(2):
        with pytest.raises(RunChanged, match="copied cannot be read"):
            network.logits(images[:1])
    file.write_bytes(whole)
    assert network.logits(images[:1]).shape == (1, 10)


def test_an_idle_process_ends_and_the_next_question_starts_another(monkeypatch, images):
    monkeypatch.setenv("WAKARANAI_NETWORK_IDLE", "0.5")
    networks = Networks()
    network = Network(runs.find(DENSE), networks.ask)
    before = network.logits(images[:1])
    until(lambda: not networks.pids)
    np.testing.assert_allclose(network.logits(images[:1]), before, atol=1e-6)


def test_the_process_ends_with_the_process_that_started_it():
    code = (
        "import os, time\nfrom core.serving import Network, Networks\nfrom core.training import runs\n"
        "networks = Networks()\nNetwork(runs.find('mnist-dense'), networks.ask).about()\n"
        "print(networks.pids[0], flush=True)\ntime.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=runs.ROOT, stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    until(lambda: ended(pid))


def test_servers_with_the_same_folder_share_a_process(monkeypatch, images):
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("WAKARANAI_NETWORKS", folder)
        monkeypatch.setenv("WAKARANAI_NETWORK_IDLE", "2")
        servers = [Networks(), Networks()]
        with ThreadPoolExecutor(2) as at_once:
            answers = list(
                at_once.map(lambda networks: Network(runs.find(DENSE), networks.ask).logits(images[:1]), servers)
            )
        np.testing.assert_array_equal(*answers)
        living = [pid for server in servers for pid in server.pids]
        assert len(living) == 1
        until(lambda: ended(living[0]))


def test_each_gpu_has_a_process_and_a_run_stays_with_one(monkeypatch):
    monkeypatch.setattr(machine, "devices", lambda: {"cpu": "CPU", "gpu:0": "A", "gpu:1": "B"})
    networks, asked = Networks(), []
    for process in networks._processes:
        monkeypatch.setattr(process, "ask", lambda *question, of=process: asked.append(of._environment))
    for name in (DENSE, CNN, FASHION, DENSE, CNN):
        Network(runs.find(name), networks.ask).about()
    assert [environment["CUDA_VISIBLE_DEVICES"] for environment in asked] == ["0", "1", "0", "0", "1"]
    assert {environment["CUDA_DEVICE_ORDER"] for environment in asked} == {"PCI_BUS_ID"}


def test_the_nearest_images_are_found_among_those_seen_so_far(ask, images):
    network = ask(DENSE)
    found = network.nearest("mnist", images[0], 3, seconds=600)
    data = datasets.load("mnist", found.split)
    assert found.num_seen == found.num_images == len(data.images)
    features = inference.features(runs.find(DENSE).model(), np.concatenate([images[:1], data.images]))
    distances = np.linalg.norm(features[1:].astype(np.float64) - features[0], axis=1)
    np.testing.assert_allclose(found.distances, np.sort(distances)[:3], rtol=1e-3, atol=1e-3)
    assert found.images.shape == (3, 28, 28, 1)
    # A network without earlier questions has seen no images, and answers at once.
    assert ask(FASHION).nearest("fashion_mnist", images[0], 3, seconds=0) is None
