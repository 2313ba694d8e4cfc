import numpy as np
from PIL import Image

from core.data.pictures.colour import colour_image


def striped() -> Image.Image:
    """Red, green and blue squares side by side, 30 x 90 pixels."""
    pixels = np.zeros((30, 90, 3), np.uint8)
    for channel in range(3):
        pixels[:, 30 * channel : 30 * channel + 30, channel] = 255
    return Image.fromarray(pixels)


def test_cropping_keeps_the_middle():
    image = colour_image(striped(), 32, 32, pad=False)
    assert image.shape == (32, 32, 3)
    assert image[:, 4:28].reshape(-1, 3).mean(axis=0).tolist() == [0, 255, 0]


def test_padding_keeps_the_whole_picture_between_black_bars():
    image = colour_image(striped(), 30, 30, pad=True)
    assert image[:9].max() == image[21:].max() == 0
    assert [int(image[15, column].argmax()) for column in (4, 15, 26)] == [0, 1, 2]


def test_grey_and_transparent_pictures_get_three_channels():
    for mode in ("L", "RGBA", "P", "CMYK"):
        assert colour_image(Image.new(mode, (50, 40)), 32, 32, pad=True).shape == (32, 32, 3)
