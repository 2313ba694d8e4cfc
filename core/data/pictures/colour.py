"""Any picture in the form that a network for colour images takes."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from core.data.pictures.rgb import upright_rgb

LONGEST_SIDE = 1024  # pixels of the picture that is processed


def colour_image(image: Image.Image, height: int, width: int, *, pad: bool) -> NDArray[np.uint8]:
    """A picture resized to a network's input, with its aspect ratio kept.

    Args:
        image: a Pillow image of any mode; EXIF rotation is followed.
        height, width: of the network's input, pixels.
        pad: add black bars to keep the whole picture; otherwise the middle is cut out.

    Returns:
        (height, width, 3) uint8.
    """
    picture = upright_rgb(image, LONGEST_SIDE)
    fit = ImageOps.pad if pad else ImageOps.fit
    return np.asarray(fit(picture, (width, height), Image.Resampling.LANCZOS))
