"""A picture that somebody brings, as a network sees it: one way for a single picture and for many."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.digits import Step, digit_from_image
from core.data.pictures.colour import colour_image

DIGIT_SHAPE = (28, 28, 1)


class Prepared(NamedTuple):
    """What the network sees, (height, width, channels) uint8, and the steps on the way there, if there are any."""

    image: NDArray[np.uint8]
    steps: tuple[Step, ...] = ()


def prepared_picture(picture: Image.Image, image_shape: tuple[int, int, int], *, pad: bool = False) -> Prepared:
    """The picture in the form in which a network takes images.

    Args:
        picture: of any size and mode.
        image_shape: (height, width, channels) of the network's images. 28 x 28 grey ones are digits: the ink is found and
            brought to MNIST's form. Otherwise the picture is resized with its aspect kept; channels are 1 (grey) or 3.
        pad: of a picture that is resized, fill up with black instead of cutting off what is too much.

    Raises:
        NoInk: the network takes digits, and there is no ink.
    """
    if image_shape == DIGIT_SHAPE:
        digit = digit_from_image(picture)
        return Prepared(digit.image[..., None], digit.steps)
    height, width, channels = image_shape
    colour = colour_image(picture, height, width, pad=pad)
    return Prepared(colour if channels == 3 else np.asarray(Image.fromarray(colour).convert("L"))[..., None])
