import pytest
from PIL import Image

from core.data.pictures.rgb import upright_rgb

MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16", "I;16B")


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_in_which_pillow_opens_a_picture_becomes_rgb(mode):
    picture = upright_rgb(Image.new(mode, (100, 60)), 50)
    assert (picture.mode, picture.size) == ("RGB", (50, 30))


@pytest.mark.parametrize(("width", "expected"), [(50, 50), (51, 26), (100, 50), (101, 34)])
def test_a_larger_picture_is_reduced_to_at_most_the_longest_side(width, expected):
    assert upright_rgb(Image.new("L", (width, 10)), 50).width == expected
