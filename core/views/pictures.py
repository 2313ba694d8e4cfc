"""Pictures: arrays in, images out. Pixels are enlarged by repetition, never smoothed."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def enlarged(image: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """An image whose every pixel has become a square, so that 28 x 28 stays sharp on a projector.

    Args:
        image: (height, width, channels) or (height, width).
        factor: side of the square, in pixels, at least 1.

    Returns:
        (height * factor, width * factor, ...), as the input otherwise.
    """
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def to_pil(image: NDArray[np.uint8]) -> Image.Image:
    """A stored image as Pillow's: grey from one channel, RGB from three."""
    return Image.fromarray(image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image)


def png(image: NDArray[np.uint8]) -> bytes:
    """A stored image, (height, width, channels), as the bytes of a PNG file."""
    buffer = io.BytesIO()
    # Level 1 is four times as fast as the default and thumbnails are tiny anyway.
    to_pil(image).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def data_uri(image: NDArray[np.uint8]) -> str:
    """A stored image as the source of an HTML image, without a request of its own."""
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()
