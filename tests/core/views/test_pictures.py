import base64
import io

import numpy as np
import pytest
from PIL import Image

from core.metrics.predictions import Predictions
from core.views import pictures
from core.views.sheets import printable_sheet


def test_enlarging_repeats_pixels_and_adds_no_new_values(rng):
    image = rng.integers(0, 256, (4, 3, 1), dtype=np.uint8)
    large = pictures.enlarged(image, 8)
    assert large.shape == (32, 24, 1)
    assert (large[::8, ::8] == image).all()
    assert set(np.unique(large)) == set(np.unique(image))


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_a_png_has_exactly_the_pixels_of_the_image(rng, channels, mode):
    image = rng.integers(0, 256, (28, 28, channels), dtype=np.uint8)
    opened = Image.open(io.BytesIO(pictures.png(image)))
    assert opened.mode == mode
    assert (np.asarray(opened).reshape(image.shape) == image).all()
    prefix, encoded = pictures.data_uri(image).split(",")
    assert prefix == "data:image/png;base64"
    assert base64.b64decode(encoded) == pictures.png(image)


@pytest.mark.parametrize(("channels", "num_images", "columns"), [(1, 1, 2), (1, 7, 3), (3, 48, 7), (3, 9, 4)])
def test_a_contact_sheet_has_exactly_the_pixels_of_every_image(rng, channels, num_images, columns):
    images = rng.integers(0, 256, (num_images, 28, 32, channels), dtype=np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(pictures.contact_sheet(images))).convert("RGB"))
    assert sheet.shape == (-(-num_images // columns) * 28, columns * 32, 3)
    for place, image in enumerate(images):
        top, left = place // columns * 28, place % columns * 32
        assert (sheet[top : top + 28, left : left + 32] == image).all()


def test_a_photograph_becomes_a_thumbnail_in_its_own_cell():
    photos = np.zeros((3, 225, 301, 3), np.uint8)
    photos[1] = 200
    opened = Image.open(io.BytesIO(pictures.contact_sheet(photos)))
    assert (opened.format, opened.size) == ("JPEG", (2 * 150, 2 * 112))
    sheet = np.asarray(opened).astype(int)
    assert abs(sheet[8:104, 158:292] - 200).max() <= 3
    assert sheet[8:104, 8:142].max() <= 3


@pytest.fixture
def predictions(rng):
    return Predictions(rng.normal(size=(60, 10)), rng.integers(10, size=60), tuple("0123456789"))


def test_a_sheet_has_44_images_per_page(rng, predictions):
    images = rng.integers(0, 256, (60, 28, 28, 1), dtype=np.uint8)
    for count, pages in ((1, 1), (44, 1), (45, 2)):
        content = printable_sheet(images, predictions, np.arange(count), "Every error")
        assert content.startswith(b"%PDF")
        assert content.count(b"/Type /Page\n") == pages


def test_a_sheet_without_samples_is_an_error(rng, predictions):
    with pytest.raises(ValueError, match="There is no sample to print"):
        printable_sheet(np.zeros((60, 28, 28, 1), np.uint8), predictions, np.array([], int), "nothing")
