"""Which networks stay loaded."""

import gc
import shutil
import weakref
import zipfile

import numpy as np
import pytest

from core.models import inference
from core.saliency import grad_cam, smooth_grad
from core.serving import answers
from core.serving.kept import KeptNetworks
from core.serving.protocol import RunChanged
from core.training import runs

NAMES = ("mnist-dense", "mnist-small_cnn", "fashion_mnist-small_cnn")


@pytest.fixture
def folders(tmp_path):
    """Three runs made for this test."""
    return [str(shutil.copytree(runs.STARTER / name, tmp_path / name)) for name in NAMES]


def asked(kept: KeptNetworks, folder: str):
    model = kept.model(folder, runs.Run(runs.Path(folder)).done()["finished_at"])
    kept.make_room(folder)
    return model


def test_a_network_is_loaded_once(folders):
    kept = KeptNetworks(memory_bytes=10**10)
    first = asked(kept, folders[0])
    for folder in folders:
        asked(kept, folder)
    assert asked(kept, folders[0]) is first


def test_over_the_budget_the_least_recently_used_network_is_removed_with_its_memory(folders, monkeypatch):
    kept = KeptNetworks(memory_bytes=10**10)
    models = [asked(kept, folder) for folder in folders]
    image = np.zeros((1, 28, 28, 1), np.uint8)
    for model in models[1:]:  # everything built and compiled for a model must be freed with it
        inference.mc_dropout_probs(model, image, 2, 0)
        grad_cam(model, image, 0)
        smooth_grad(model, image, 0, num_copies=2)
        answers.nearest(model, "mnist", image[0], 1, seconds=0.01)
    asked(kept, folders[0])
    living = [weakref.ref(model) for model in models]
    del models, model
    kept._memory_bytes = 0
    asked(kept, folders[0])
    gc.collect()
    assert [reference() is not None for reference in living] == [True, False, False]


def test_memory_held_for_a_network_counts(folders):
    kept = KeptNetworks(memory_bytes=10**10)
    model = asked(kept, folders[0])
    assert answers.held_bytes(model) == 0
    answers.nearest(model, "mnist", np.zeros((28, 28, 1), np.uint8), 1, seconds=0.01)
    assert answers.held_bytes(model) > 10_000 * (784 + 4 * 1024)


@pytest.mark.parametrize(
    ("member", "content", "cause"),
    [
        (
            "config.json",
            b'{"class_name": "Functional", "config": {"layers": [{"class_name": "Nothing"}]}}',
            "cannot be read:",
        ),
        ("model.weights.h5", bytes(2**26), "model.keras is too large: 67,"),
    ],
)
def test_a_network_that_cannot_be_read_is_one_sentence(folders, member, content, cause):
    file = runs.Path(folders[0]) / "model.keras"
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | {member: content}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(RunChanged, match=cause) as raised:
        asked(KeptNetworks(memory_bytes=10**10), folders[0])
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 500
