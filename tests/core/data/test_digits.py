"""A drawing in MNIST's form: polarity, frame, centre, and the same answers from the network."""

import numpy as np
import pytest
from PIL import Image

from core.data import datasets
from core.data.digits import NoInk, digit_from_image
from core.training import runs


def bar(height: int, width: int, ink: int = 255, paper: int = 0) -> np.ndarray:
    """A bar of this size somewhere on a page of 200 x 200."""
    page = np.full((200, 200), paper, np.uint8)
    page[20 : 20 + height, 110 : 110 + width] = ink
    return page


@pytest.mark.parametrize(("ink", "paper"), [(255, 0), (0, 255), (60, 200), (255, 120)])
def test_light_on_dark_and_dark_on_light_come_out_the_same(ink, paper):
    assert (digit_from_image(bar(100, 25, ink, paper)).image == digit_from_image(bar(100, 25)).image).all()


def test_the_longer_side_becomes_twenty_pixels_and_the_aspect_is_kept():
    for height, width in ((100, 25), (25, 100), (60, 60)):
        rows, columns = np.nonzero(digit_from_image(bar(height, width)).image > 127)
        extent = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert max(extent) == 20
        shorter = 20 * min(height, width) / max(height, width)
        assert min(extent) == pytest.approx(shorter, abs=1.01)  # to the pixel


def test_the_centre_of_mass_is_the_centre():
    page = bar(100, 25)
    page[100:120, 110:190] = 255  # a foot to one side
    image = digit_from_image(page).image.astype(float)
    rows, columns = np.indices(image.shape)
    assert (rows * image).sum() / image.sum() == pytest.approx(14, abs=0.51)
    assert (columns * image).sum() / image.sum() == pytest.approx(14, abs=0.51)


def test_soft_edges_stay_soft():
    image = digit_from_image(bar(97, 33)).image
    assert ((image > 20) & (image < 235)).any()


def test_a_soft_edge_is_kept_beside_the_digit_and_cut_where_it_would_leave_the_20_x_20_box():
    page = np.zeros((200, 200), np.uint8)
    page[15:125, 105:140] = 51  # a fifth of full ink
    page[20:120, 110:135] = 255  # 100 x 25, which become 20 x 5
    rows, columns = np.nonzero(image := digit_from_image(page).image)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (20, 1 + 5 + 1)
    assert (image[rows.min(), columns.min() : columns.max() + 1] == [51, *5 * [255], 51]).all()


def test_uneven_light_and_grain_do_not_count_as_ink(rng):
    page = bar(110, 18, ink=90, paper=210) * np.linspace(1.1, 0.6, 200) + rng.normal(0, 4, (200, 200))
    image = digit_from_image(page.clip(0, 255).astype(np.uint8)).image
    rows, columns = np.nonzero(image > 127)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (pytest.approx(20, abs=1), pytest.approx(3.3, abs=1.5))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_arrays_with_channels_are_pictures_too(channels):
    page = np.repeat(bar(100, 25)[..., None], channels, axis=-1)
    if channels == 4:
        page[..., 3] = 255
    assert (digit_from_image(page).image == digit_from_image(bar(100, 25)).image).all()


@pytest.mark.parametrize(
    "page", [np.zeros((5, 5), np.float32), np.zeros((0, 5), np.uint8), np.zeros((5, 5, 2), np.uint8)]
)
def test_an_array_that_is_not_a_picture_is_refused(page):
    with pytest.raises(ValueError, match="image must be uint8 of shape"):
        digit_from_image(page)


def test_a_speck_is_no_digit():
    page = np.zeros((280, 280), np.uint8)
    page[100:103, 100:103] = 255
    with pytest.raises(NoInk, match="No ink found"):
        digit_from_image(page)


def test_the_steps_lead_from_the_picture_to_what_the_network_sees():
    prepared = digit_from_image(Image.fromarray(bar(100, 25)))
    assert [step.name for step in prepared.steps] == ["Picture", "Ink", "Crop", "Scaled", "Centred"]
    assert prepared.steps[0].image.shape == (200, 200)
    assert (prepared.steps[-1].image == prepared.image).all()


def test_test_images_drawn_ten_times_as_large_are_recognised_as_well_as_themselves():
    from core.models import inference

    model, test = runs.find("mnist-small_cnn").model(), datasets.load("mnist", "test")
    images, labels = test.images[:1000], test.labels[:1000]
    drawn = np.stack([digit_from_image(image[..., 0].repeat(10, axis=0).repeat(10, axis=1)).image for image in images])
    own, through = (
        (inference.logits(model, tried).argmax(axis=1) == labels).mean() for tried in (images, drawn[..., None])
    )
    assert abs(own - through) <= 0.005
