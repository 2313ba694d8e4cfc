"""Page Draw through its widgets."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from core.data import datasets, sources
from core.metrics.predictions import Predictions
from core.models import inference
from core.models.architectures import softmax_regression
from core.training import runs
from core.training.config import RunConfig
from ui import network

DRAW = "pages/3_Draw.py"


@pytest.mark.parametrize(
    ("example", "answer"), [("2 round", "2"), ("7 with a bar", "7"), ("2 as if photographed", "2")]
)
def test_an_example_is_read_and_answered_or_refused_by_the_threshold(open_page, example, answer):
    app = open_page(DRAW, run="mnist-small_cnn", example=example, threshold="0.5")
    app.get_by_key("way").set_value("Example").run(timeout=60)
    assert not app.exception
    assert any(text.value == f"# :blue[{answer}]" for text in app.markdown)
    assert {metric.label for metric in app.metric} == {"Aleatoric", "Epistemic"}
    app.slider(key="threshold").set_value(app.slider(key="threshold").min).run(timeout=60)
    assert any("わからない" in text.value and "orange" in text.value for text in app.main.markdown)


def test_a_network_without_dropout_says_what_to_train_instead(open_page):
    app = open_page(DRAW, run="mnist-dense", example="2 round")
    app.get_by_key("way").set_value("Example").run(timeout=60)
    assert not app.exception
    assert any("train small_cnn" in info.value for info in app.info)


def test_an_empty_canvas_asks_for_a_drawing(open_page):
    app = open_page(DRAW, run="mnist-small_cnn")
    assert "Draw one digit" in app.info[0].value


def test_a_colour_network_takes_uploads_and_says_that_the_canvas_is_not_for_it(open_page, monkeypatch):
    """A made run on 32 x 32 colour images, untrained: what is tested is the way in."""
    colour = replace(sources.source("mnist"), title="Colour", image_shape=(32, 32, 3), num_samples=dict.fromkeys(("train", "validation", "test"), 50), files={"nowhere.gz": ""}, split_files=dict.fromkeys(("train", "validation", "test"), ("nowhere.gz",)))  # fmt: skip
    monkeypatch.setitem(sources.SOURCES, "colour", colour)
    run = runs.create(RunConfig("colour", "softmax_regression", epochs=1))
    softmax_regression((32, 32, 3), 10).save(run.folder / "model.keras")
    rng = np.random.default_rng(0)
    for split in ("validation", "test"):
        Predictions(rng.normal(size=(50, 10)), rng.integers(10, size=50), colour.class_names).save(
            run.folder / f"predictions/{split}.npz"
        )
    (run.folder / "done.json").write_text(
        '{"finished_at": 1.0, "seconds": 1, "test_accuracy": 0.1, "machine": {"processor": "-"}}'
    )
    app = open_page(DRAW, run=run.name)
    assert "The canvas is for networks that take 28 x 28 grey images" in app.caption[0].value
    assert app.info[0].value == "Upload a picture, or take one with the camera."
    example = (sources.ROOT / "starter/drawings/7 with a bar.png").read_bytes()
    app.file_uploader[0].upload("seven.png", example)
    app.run(timeout=60)
    assert not app.exception
    assert len(app.get("dataframe")) == 1
    app.toggle(key="pad").set_value(True).run(timeout=60)
    assert not app.exception


@pytest.fixture
def held(monkeypatch):
    """The features of training images come when the test lets them."""
    network._looker.submit(int).result(timeout=120)  # what earlier tests began is over
    gate = threading.Semaphore(0)
    features = inference.features

    def waits(model, images):
        if len(images) == network.AT_ONCE:
            gate.acquire()
        return features(model, images)

    monkeypatch.setattr(inference, "features", waits)
    network._looking.clear()
    yield gate
    gate.release(1000)
    network._looking.clear()


def said(app) -> str:
    return " ".join(text.value for text in (*app.markdown, *app.caption))


def test_the_nearest_of_the_images_looked_at_so_far_are_shown(open_page, held):
    app = open_page(DRAW, run="mnist-small_cnn", example="7 with a bar")
    app.get_by_key("way").set_value("Example").run(timeout=60)
    assert "Looking at the training images" in said(app)
    assert "Reminds it of" not in said(app)
    run = runs.find("mnist-small_cnn")
    of_all = len(datasets.load("mnist", "train").images)
    held.release()
    until(lambda: network.known(run))
    app.run(timeout=60)
    assert "Reminds it of" in said(app)
    assert f"Best of 1,000 so far, of {of_all:,}." in said(app)
    held.release(of_all)
    until(lambda: network.has_looked(run))
    app.run(timeout=60)
    assert not app.exception
    assert "Reminds it of" in said(app)
    assert "so far" not in said(app)


def test_a_network_does_not_wait_until_another_has_looked_at_its_images(held):
    looking = network._looking("mnist-dense", runs.find("mnist-dense").done()["finished_at"])
    network._network.clear()
    assert network.network(runs.find("mnist-small_cnn")).name == "small_cnn"
    assert not looking.end.done()


def test_what_is_known_is_the_feature_of_each_training_image():
    run = runs.find("mnist-dense")
    network.warm(run, neighbors=True)
    until(lambda: network.has_looked(run))
    known = network.known(run)
    assert known.dataset.split == ("test" if sources.missing_files("mnist", "train") else "train")
    np.testing.assert_allclose(
        known.features[[0, 999, 1000, -1]],
        inference.features(run.model(), known.dataset.images[[0, 999, 1000, -1]]),
        rtol=1e-4, atol=1e-4,
    )  # fmt: skip


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
