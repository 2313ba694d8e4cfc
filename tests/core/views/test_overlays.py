import io

import numpy as np
import pytest
from PIL import Image

from core.views import overlays
from core.views.cards import SIZE, saliency_card


def test_each_choice_of_sign_keeps_its_part_of_the_map():
    saliency_map = np.array([[-2.0, 0.0], [1.0, 0.5]])
    signed = overlays.shown(saliency_map, "as it is", 100)
    assert (signed.limit, signed.signed) == (2, True)
    np.testing.assert_array_equal(signed.values, [[-1, 0], [0.5, 0.25]])
    only_for = overlays.shown(saliency_map, "only for", 100)
    assert (only_for.limit, only_for.signed) == (1, False)
    np.testing.assert_array_equal(only_for.values, [[0, 0], [1, 0.5]])
    np.testing.assert_array_equal(overlays.shown(saliency_map, "only against", 100).values, [[1, 0], [0, 0]])
    np.testing.assert_array_equal(overlays.shown(saliency_map, "absolute", 100).values, [[1, 0], [0.5, 0.25]])


def test_a_percentile_clips_what_is_larger():
    saliency_map = np.arange(101.0).reshape(1, -1)
    ready = overlays.shown(saliency_map, percentile=50)
    assert ready.limit == 50
    assert (ready.values[0, 50:] == 1).all()
    assert ready.values[0, 25] == 0.5


def test_one_bright_pixel_is_shown_even_if_the_percentile_is_zero():
    saliency_map = np.zeros((28, 28))
    saliency_map[3, 4] = 7
    assert overlays.shown(saliency_map, percentile=99).limit == 7


def test_a_map_of_zeros_has_nothing_to_show():
    ready = overlays.shown(np.zeros((2, 2)))
    assert (ready.limit, ready.signed, ready.values.max()) == (0, False, 0)
    assert np.isfinite(overlays.coloured(ready)).all()


def test_colours_are_those_of_the_scale_at_its_ends():
    unsigned = overlays.coloured(overlays.shown(np.array([[0.0, 1.0]])), "Viridis")
    np.testing.assert_array_equal(unsigned[0], [[0x44, 0x01, 0x54], [0xFD, 0xE7, 0x25]])
    signed = overlays.coloured(overlays.shown(np.array([[-1.0, 0.0, 1.0]]), percentile=100))
    np.testing.assert_array_equal(signed[0], [[0x5C, 0xC0, 0xFF], [0x0B, 0x0E, 0x11], [0xFF, 0x9A, 0x3C]])


@pytest.mark.parametrize("channels", [1, 3])
def test_opacity_blends(channels):
    image, colours = np.full((2, 3, channels), 100, np.uint8), np.full((2, 3, 3), 200, np.uint8)
    assert (overlays.overlay(image, colours, 0) == 100).all()
    assert (overlays.overlay(image, colours, 1) == 200).all()
    assert (overlays.overlay(image, colours, 0.25) == 125).all()
    assert Image.open(io.BytesIO(overlays.enlarged_overlay(image, colours, 0.5, side=8))).size == (12, 8)


def test_a_card_shows_image_and_overlay():
    image, overlay = np.full((28, 28, 1), 255, np.uint8), np.full((28, 28, 3), (0, 128, 0), np.uint8)
    card = Image.open(io.BytesIO(saliency_card(image, overlay, "Grad-CAM", ("a line",))))
    assert card.size == SIZE
    assert card.getpixel((100, 200)) == (255, 255, 255)
    assert card.getpixel((450, 200)) == (0, 128, 0)
