"""Page Draw through its widgets."""

import base64
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.data import datasets, sources
from core.metrics.predictions import Answers, Predictions, softmax
from core.metrics.uncertainty import least_confidence
from core.models.architectures import softmax_regression
from core.serving import Network
from core.serving.values import Nearest
from core.training import runs
from core.training.config import RunConfig
from core.views.palette import WAKARANAI, coloured
from ui.components import canvas
from ui.draw import familiar, sets
from ui.draw.neighbors import NUM_NEIGHBORS
from ui.loaded.sets import lac_quantiles

DRAW = "pages/3_Draw.py"


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """On a busy machine the network may take longer than a visitor is to wait."""
    monkeypatch.setattr(familiar, "PATIENCE", 600.0)


def url(width: int, height: int) -> str:
    """A black picture as the canvas sends it."""
    png = io.BytesIO()
    Image.new("L", (width, height)).save(png, "PNG")
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()


@pytest.mark.parametrize(
    ("example", "answer"), [("2 round", "2"), ("7 with a bar", "7"), ("2 as if photographed", "2")]
)
def test_an_example_is_read_and_answered_or_refused_by_the_threshold(open_page, example, answer):
    app = open_page(DRAW, run="mnist-small_cnn", example=example, threshold="0.5")
    app.get_by_key("way").set_value("Example").run()
    assert not app.exception
    assert any(text.value == f"# {coloured(answer, 'right')}" for text in app.markdown)
    assert {metric.label for metric in app.metric} == {"Aleatoric", "Epistemic"}
    app.slider(key="threshold").set_value(app.slider(key="threshold").min).run()
    assert any(text.value == f"## {coloured(WAKARANAI, 'refused')}" for text in app.main.markdown)


def test_a_network_without_convolutions_and_dropout_offers_the_one_that_has_both(open_page):
    app = open_page(DRAW)
    assert "run_by_default" in app.session_state  # the page began with small_cnn
    app.query_params["run"] = "mnist-dense"
    app.run()
    assert "This network has no convolutions" in said(app)
    app.get_by_key("way").set_value("Example").run()
    assert "no Dropout, so there are no Monte Carlo passes" in said(app)
    app.button(key="switch").click().run()
    assert not app.exception
    assert app.query_params["run"] == "mnist-small_cnn"
    assert app.session_state["run"] == "mnist-small_cnn"
    assert "This network has no" not in said(app)


def test_the_story_has_the_numbers_of_the_run_and_of_the_picture(open_page):
    app = open_page(DRAW, run="mnist-small_cnn", threshold="0.5", example="two strokes")
    test = runs.find("mnist-small_cnn").predictions("test")
    uncertainty = least_confidence(test.probs)
    answered = uncertainty <= 0.5
    right = 100 * test.correct[answered].mean()
    assert f"Of 10,000 test images this network answers {answered.sum():,}, {right:.1f} % of them correctly." in said(
        app
    )
    app.get_by_key("way").set_value("Example").run()
    assert f"and the {(~answered).sum():,} least certain are refused." in said(app)
    app.slider(key="threshold").set_value(app.slider(key="threshold").min).run()
    assert not app.exception


@pytest.mark.parametrize(
    ("example", "words"), [("2 round", "Similar to its training images"), ("scribble", "Softmax only chooses among")]
)
def test_a_second_verdict_says_whether_the_image_is_like_the_training_images(open_page, example, words):
    app = open_page(DRAW, run="mnist-small_cnn", example=example, threshold="0.5")
    app.get_by_key("way").set_value("Example").run()
    assert not app.exception
    assert words in said(app)
    assert (coloured("**Unlike anything it was trained on**", "ood") in said(app)) == (example == "scribble")


def quantile(run: str, alpha: float) -> float:
    """The score 1 - p of the true class, of rank ceil((n + 1)(1 - alpha)) among the validation images."""
    validation = runs.find(run).predictions("validation")
    own = np.sort(1 - softmax(validation.logits)[np.arange(validation.num_samples), validation.labels])
    return float(own[math.ceil(round((len(own) + 1) * (1 - alpha), 6)) - 1])


def test_the_prediction_sets_hold_the_classes_that_are_likely_enough(open_page):
    app = open_page(DRAW, run="mnist-small_cnn", example="2 round")
    app.get_by_key("way").set_value("Example").run()
    (caption,) = [each for each in app.caption if each.value.startswith("Prediction set")]
    assert caption.value.startswith("Prediction set at 90 %")
    assert "{2}" in caption.value
    assert "is not drawn like them, so the promise does not hold for it" in caption.help


def test_prediction_sets_of_ambiguous_and_of_unlikely_pictures():
    limits = tuple(1 - quantile("mnist-small_cnn", alpha) for alpha in sets.ALPHAS)
    quantiles = lac_quantiles(runs.find("mnist-small_cnn"), sets.ALPHAS)
    assert quantiles == pytest.approx([1 - limit for limit in limits])

    def told(**probs: float) -> str:
        logits = np.log([[probs.get(f"p{digit}", 1e-9) for digit in range(10)]])
        return sets.told(Answers(logits, tuple("0123456789")), quantiles)

    assert told(p4=1.0) == "at 90 %, 99 % and 99.9 %: {4}"
    assert told(p4=0.6, p9=0.4) == f"at 90 %: none of the classes ({WAKARANAI}) · at 99 %: {{4}} · at 99.9 %: {{4, 9}}"
    assert told(**{f"p{digit}": 0.1 for digit in range(10)}).endswith("at 99.9 %: all 10 classes")


def test_an_empty_canvas_asks_for_a_drawing(open_page):
    app = open_page(DRAW, run="mnist-small_cnn")
    assert "Draw one digit" in app.info[0].value


def test_a_colour_network_takes_uploads_and_says_that_the_canvas_is_not_for_it(open_page, monkeypatch, tmp_path):
    """A made run on 32 x 32 colour images, untrained: what is tested is the way in."""
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))  # its training images are not here
    colour = sources.source("cifar10")
    run = runs.create(RunConfig("cifar10", "softmax_regression", epochs=1))
    softmax_regression((32, 32, 3), 10).save(run.folder / "model.keras")
    rng = np.random.default_rng(0)
    for split in ("validation", "test"):
        Predictions(rng.normal(size=(50, 10)), rng.integers(10, size=50), colour.class_names).save(
            run.folder / f"predictions/{split}.npz"
        )
    (run.folder / "done.json").write_text(
        '{"finished_at": 1.0, "seconds": 1, "validation_accuracy": 0.1, "test_accuracy": 0.1, '
        '"machine": {"processor": "-", "device": "-"}}'
    )
    monkeypatch.setattr(Network, "nearest", missing)  # the networks' process does not know the made data set
    app = open_page(DRAW, run=run.name)
    assert "The canvas is for networks that take 28 x 28 grey images" in said(app)
    assert app.info[0].value == "Upload a picture, or take one with the camera."
    example = (sources.ROOT / "starter/drawings/7 with a bar.png").read_bytes()
    app.file_uploader[0].upload("seven.png", example)
    app.run()
    assert not app.exception
    assert len(app.get("dataframe")) == 1
    assert "Whether the picture is like the training images is not known: " in said(app)
    app.toggle(key="pad").set_value(True).run()
    assert not app.exception


def said(app) -> str:
    return " ".join(text.value for text in (*app.markdown, *app.caption, *app.info))


def test_the_nearest_of_the_images_looked_at_so_far_are_shown(open_page, monkeypatch):
    images = datasets.load("mnist", "test").images[:NUM_NEIGHBORS]
    found = Nearest(images, np.array([7, 2, 1, 0, 4]), np.arange(5.0), 1000, 50_000, "train")
    answers = iter([None, None, found, found, replace(found, num_seen=50_000)])
    monkeypatch.setattr(Network, "nearest", lambda *asked: next(answers))
    app = open_page(DRAW, run="mnist-small_cnn", example="7 with a bar")
    app.get_by_key("way").set_value("Example").run()
    assert "Searching the training images" in said(app)
    assert "Nearest training images" not in said(app)
    app.run()
    assert "Nearest training images" in said(app)
    assert "Nearest among the first 1,000 of 50,000." in said(app)
    app.run()
    assert not app.exception
    assert "Nearest training images" in said(app)
    assert "Nearest among the first" not in said(app)


def missing(*asked):
    raise datasets.DataMissing("t10k-images-idx3-ubyte.gz is nowhere.")


def test_images_that_are_not_here_are_named_in_place_of_the_nearest(open_page, monkeypatch):
    monkeypatch.setattr(Network, "nearest", missing)
    app = open_page(DRAW, run="mnist-small_cnn", example="7 with a bar")
    app.get_by_key("way").set_value("Example").run()
    assert not app.exception
    assert "cannot be shown: t10k-images-idx3-ubyte.gz is nowhere." in said(app)


def test_of_too_few_training_images_the_page_says_that_it_does_not_know(open_page):
    app = open_page(DRAW, run="oxford_pets-pets_transfer")
    picture = (sources.ROOT / "starter/drawings/7 with a bar.png").read_bytes()
    app.file_uploader[0].upload("seven.png", picture)
    app.run()
    assert not app.exception
    assert "is not known: 222 training images are too few to measure it in 768 features." in said(app)


def test_a_scribble_is_unlike_the_training_images_of_a_colour_network(open_page):
    app = open_page(DRAW, run="cifar10-conv10")
    scribble = (sources.ROOT / "starter/drawings/scribble.png").read_bytes()
    app.file_uploader[0].upload("scribble.png", scribble)
    app.run()
    assert not app.exception
    assert coloured("**Unlike anything it was trained on**", "ood") in said(app)


EMPTY = {"strokes": [], "drawing": None, "picture": None}  # as after Clear
STROKES = [{"points": [[1, 2]], "drawing": 5}]


@pytest.mark.parametrize(
    "sent",
    [
        None, 5, "text", [], {}, {"strokes": [], "drawing": 0}, EMPTY | {"strokes": 3}, EMPTY | {"drawing": "5"}, EMPTY | {"picture": 7},
        EMPTY | {"strokes": ["x" * canvas.MOST_LETTERS]},
    ],
)  # fmt: skip
def test_what_the_canvas_does_not_send_is_no_drawing(sent):
    assert canvas.is_drawing(EMPTY)
    assert not canvas.is_drawing(sent)


@pytest.mark.parametrize("picture", [None, "", "data:,", "data:,%%", "data:,é", "data:,AAAA", url(225, 224)])
def test_a_drawing_that_cannot_be_read_is_an_empty_canvas(picture):
    whole = {"strokes": STROKES, "drawing": 5, "picture": url(224, 224)}
    assert canvas.drawn(whole).picture.size == (224, 224)
    assert canvas.drawn(whole | {"picture": picture}) is None
