"""One picture is the same to a network, whichever page it was given to."""

import io

import numpy as np
import pytest
from PIL import Image

from core.data import sources
from core.data.digits import NoInk, digit_from_image
from core.data.pictures.archives import images_from_files
from core.data.pictures.prepared import DIGIT_SHAPE, prepared_picture

PHOTO = sources.ROOT / "starter/drawings/2 as if photographed.png"


def test_a_photograph_among_many_is_prepared_as_one_alone():
    alone = prepared_picture(Image.open(PHOTO), DIGIT_SHAPE)
    own = images_from_files([("two.png", PHOTO.read_bytes)], DIGIT_SHAPE)
    np.testing.assert_array_equal(own.images[0], alone.image)
    np.testing.assert_array_equal(alone.image[..., 0], digit_from_image(Image.open(PHOTO)).image)
    assert len(alone.steps) > 1


def test_where_there_is_no_ink_a_single_picture_raises_and_one_among_many_is_named():
    blank = Image.new("L", (40, 40), 128)
    with pytest.raises(NoInk):
        prepared_picture(blank, DIGIT_SHAPE)

    buffer = io.BytesIO()
    blank.save(buffer, "PNG")
    own = images_from_files([("blank.png", buffer.getvalue), ("ink.png", PHOTO.read_bytes)], DIGIT_SHAPE)
    assert own.names == ("ink.png",)
    assert own.skipped[0][1].startswith("blank.png: No ink found")


def test_other_grey_and_colour_networks_get_the_middle_of_the_picture_or_all_of_it():
    picture = Image.new("RGB", (40, 20), (255, 0, 0))
    assert prepared_picture(picture, (8, 8, 3)).image[0, 0].tolist() == [255, 0, 0]
    assert prepared_picture(picture, (8, 8, 3), pad=True).image[0, 0].tolist() == [0, 0, 0]
    assert prepared_picture(picture, (8, 8, 1)).image[0, 0].tolist() == [76]  # 0.299 * 255
    assert prepared_picture(picture, (8, 8, 1)).steps == ()
