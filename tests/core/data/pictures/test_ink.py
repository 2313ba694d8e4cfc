"""Separating ink from paper in uneven light, and when the picture shows more than the paper, on digits of MNIST."""

import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from core.data import datasets
from core.data.digits import digit_from_image
from core.data.pictures.ink import MOST_INK, NoInk, drawing, ink_amount
from core.training import runs

HEIGHT, WIDTH, TEST_IMAGES = 320, 400, 100
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]


def sheet(rng: np.random.Generator) -> np.ndarray:
    """A sheet of paper at a slight angle: (HEIGHT, WIDTH), True on it."""
    angle = rng.uniform(-0.12, 0.12)
    down, right = ROWS - HEIGHT / 2, COLUMNS - WIDTH / 2
    return (abs(right * np.cos(angle) + down * np.sin(angle)) < 0.38 * WIDTH) & (
        abs(down * np.cos(angle) - right * np.sin(angle)) < 0.38 * HEIGHT
    )


def shadow(rng: np.random.Generator) -> np.ndarray:
    """A shadow whose straight edge crosses the digit: share of light left, (HEIGHT, WIDTH) in [0, 1]."""
    angle = rng.uniform(0, 2 * np.pi)
    beyond = (ROWS - HEIGHT / 2) * np.cos(angle) + (COLUMNS - WIDTH / 2) * np.sin(angle) > rng.uniform(-40, 40)
    return np.where(beyond, rng.uniform(0.4, 0.6), 1)


def photograph(image: np.ndarray, place: str, rng: np.random.Generator) -> np.ndarray:
    """A photograph of a test image drawn with a pen on paper, with grain: uint8 (HEIGHT, WIDTH)."""
    stroke = Image.fromarray(image[..., 0]).resize((170, 170), Image.Resampling.BICUBIC)
    ink = np.zeros((HEIGHT, WIDTH))
    ink[75:245, 115:285] = np.clip((np.asarray(stroke, float) - 90) / 60, 0, 1)
    paper, pen = (60, 220) if place == "blackboard" else (170, 50)
    picture = paper + (pen - paper) * ink
    if place == "ruled paper":
        picture *= np.where(ROWS % 32 < 2, 0.75, 1)
    if "table" in place:
        picture = np.where(sheet(rng), picture, 240 if place == "bright table" else 50)
    if place == "gradual change of light":
        picture *= np.linspace(1.2, 0.5, WIDTH)
    if place == "shadow's edge":
        picture *= shadow(rng)
    return (picture + rng.normal(0, 3, picture.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "place",
    ["gradual change of light", "shadow's edge", "bright table", "dark table", "ruled paper", "blackboard"],
)
def test_photographed_digits_are_recognised(place, rng):
    from core.models import inference

    test = datasets.load("mnist", "test")
    images, labels = test.images[:TEST_IMAGES], test.labels[:TEST_IMAGES]
    seen = np.stack([digit_from_image(photograph(image, place, rng)).image for image in images])
    guessed = inference.logits(runs.find("mnist-small_cnn").model(), seen[..., None]).argmax(axis=1)
    assert (guessed == labels).mean() >= 0.95


@pytest.mark.parametrize("gap", [10, 60])
def test_ink_near_the_drawing_belongs_to_it_and_ink_far_away_does_not(gap):
    page = np.full((200, 200), 255, np.uint8)
    page[60:140, 60:80] = 0
    page[60:140, 80 + gap : 90 + gap] = 0
    ink = drawing(ink_amount(page)[0])
    assert (ink[100, 60:80] == 1).all()
    assert (ink[100, 80 + gap : 90 + gap] == (gap == 10)).all()


@pytest.mark.parametrize("brighter", [False, True])
def test_a_broad_stroke_stays_full_of_ink_inside(brighter):
    page = np.full((100, 100), 0 if brighter else 255, np.uint8)
    page[20:80, 30:70] = 255 - page[0, 0]
    amount, found = ink_amount(page)
    assert found == brighter
    assert (amount == (page != page[0, 0])).all()


def test_grain_alone_is_not_ink(rng):
    with pytest.raises(NoInk, match="nothing stands out"):
        ink_amount(rng.normal(200, 5, (300, 400)).clip(0, 255).astype(np.uint8))


def test_a_large_photograph_takes_little_time_and_memory(rng):
    large = Image.fromarray(photograph(datasets.load("mnist", "test").images[0], "shadow's edge", rng))
    large = large.resize((4000, 3000)).convert("RGB")
    start = time.perf_counter()
    digit_from_image(large)
    assert time.perf_counter() - start < 3  # seconds; about 0.1 if nothing else runs
    tracemalloc.start()
    digit_from_image(large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6  # bytes


def test_even_the_boldest_digit_of_mnist_has_less_ink_than_a_drawing_may_have():
    images = datasets.load("mnist", "train").images
    shares = images.mean(axis=(1, 2, 3)) / images.max(axis=(1, 2, 3))
    assert shares.max() == pytest.approx(0.398, abs=0.0005)
    assert shares.max() < MOST_INK
