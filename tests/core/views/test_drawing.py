import io

import numpy as np
import pytest
from PIL import Image

from core.metrics.predictions import Answers
from core.metrics.selective import accuracy_coverage_curve
from core.views import drawing
from core.views.cards import verdict_card
from core.views.histograms import score_bins
from core.views.palette import LIGHT
from tests.core.views.tables import tables


@pytest.fixture
def curve():
    return accuracy_coverage_curve([0.1, 0.2, 0.3, 0.4], [True, True, True, False])


def test_only_the_most_likely_class_has_the_colour_of_the_verdict():
    probs = np.array([0.2, 0.7, 0.1])
    for role in ("right", "wrong", "refused"):
        bars = tables(drawing.probability_bars(probs, "abc", role))["bars"]
        assert bars.role.tolist() == ["other", role, "other"]


def test_there_is_one_tick_per_pass_and_class():
    mc_probs = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]])
    ticks = tables(drawing.passes_strip(mc_probs, "ab"))["ticks"]
    assert ticks[ticks["class"] == "b"].probability.tolist() == pytest.approx([0.1, 0.6, 0.5])


def test_a_drawing_is_at_the_coverage_of_a_threshold_equal_to_its_uncertainty(curve):
    lines = tables(drawing.place_on_curve(curve, threshold=0.3, here=0.25))["lines"]
    assert lines.coverage.tolist() == [0.75, 0.5]


def test_a_drawing_more_certain_than_all_test_images_is_at_coverage_zero(curve):
    assert tables(drawing.place_on_curve(curve, 0.05, 0.01))["lines"].coverage.tolist() == [0.0, 0.0]
    assert tables(drawing.place_on_curve(curve, 0.9, 5.0))["lines"].coverage.tolist() == [1.0, 1.0]


def test_the_histogram_marks_threshold_and_drawing(rng):
    data = tables(drawing.place_on_histogram(score_bins(rng.random(50), rng.random(50) < 0.9), 0.4, 0.7, "Entropy"))
    assert data["lines"].value.tolist() == [0.4, 0.7]
    assert data["bars"]["count"].sum() == 50


def test_a_card_is_a_png_that_shows_the_picture(rng):
    image = rng.integers(0, 256, (28, 28, 1), dtype=np.uint8)
    answers = Answers(rng.normal(size=(1, 10)), tuple("0123456789"))
    card = Image.open(io.BytesIO(verdict_card(image, answers, "I don't know", False, ("run", "threshold"))))
    assert (card.format, card.size) == ("PNG", (600, 800))
    pixels = np.asarray(card.convert("L"))[24 + 6 : 360 : 12, 132 + 6 : 468 : 12]
    assert (pixels == image[..., 0]).all()


def test_a_card_of_a_refusal_has_the_colour_of_refused_and_not_of_wrong():
    answers = Answers(np.array([[3.0, 0, 0]]), ("a", "b", "c"))
    for accepted, colour in ((True, LIGHT.right), (False, LIGHT.refused)):
        content = verdict_card(np.zeros((28, 28, 1), np.uint8), answers, "verdict", accepted, ())
        shown = {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in Image.open(io.BytesIO(content)).getcolors(1 << 20)}
        assert shown & {LIGHT.right, LIGHT.wrong, LIGHT.refused} == {colour}


def test_a_card_shows_the_ten_most_likely_of_many_classes():
    probs = np.arange(1.0, 38.0)
    content = verdict_card(
        np.zeros((28, 28, 1), np.uint8), Answers(np.log(probs)[None], tuple("x" * 37)), "x", True, ()
    )
    column = np.asarray(Image.open(io.BytesIO(content)))[:, 480]
    faint = np.array([int(LIGHT.faint[place : place + 2], 16) for place in (1, 3, 5)])
    assert np.count_nonzero(np.diff((column == faint).all(axis=1).astype(int)) == 1) == 10


def test_only_the_most_likely_of_many_classes_are_shown():
    probs = np.arange(37) / (36 * 37 / 2)
    bars = tables(drawing.probability_bars(probs, [str(index) for index in range(37)], "right"))["bars"]
    assert bars["class"].tolist() == [str(index) for index in range(36, 24, -1)]
    assert bars["role"].tolist() == ["right"] + 11 * ["other"]
