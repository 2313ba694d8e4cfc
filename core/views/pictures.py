"""Pictures: arrays in, images out. Pixels are enlarged by repetition, never smoothed."""

import base64
import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PHOTO_SIDE = 100  # pixels of a thumbnail; smaller images keep their size


def enlarged(image: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """An image in which every pixel is a larger square, so that 28 x 28 stays sharp on a projector.

    Args:
        image: (height, width, channels) or (height, width).
        factor: side of the square, in pixels, at least 1.

    Returns:
        (height * factor, width * factor, ...).
    """
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def to_pil(image: NDArray[np.uint8]) -> Image.Image:
    """A stored image as Pillow's: grey from one channel, RGB from three."""
    return Image.fromarray(image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image)


def png(image: NDArray[np.uint8]) -> bytes:
    """A stored image, (height, width, channels), as the bytes of a PNG file."""
    buffer = io.BytesIO()
    # Level 1 is up to twice as fast as the default, and thumbnails are tiny anyway.
    to_pil(image).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def contact_sheet(images: NDArray[np.uint8]) -> bytes:
    """Many small images as one file, row by row: fewer bytes than one file per image, in a third of the time.

    Args:
        images: (num_images, height, width, channels) uint8, at least one. A row has floor(sqrt(num_images)) + 1 of
            them, since browsers do not show a very long image. The rest of the last row is black.

    Returns:
        The bytes of a lossless WebP file. Photographs are reduced to thumbnails of about PHOTO_SIDE pixels, in a JPEG file.
    """
    factor = max(min(images.shape[1:3]) // PHOTO_SIDE, 1)
    height, width = (side - side % factor for side in images.shape[1:3])
    columns = math.isqrt(len(images)) + 1
    rows = -(-len(images) // columns)
    cells = np.zeros((rows * columns, height, width, images.shape[3]), np.uint8)
    cells[: len(images)] = images[:, :height, :width]
    sheet = cells.reshape(rows, columns, height, width, -1).swapaxes(1, 2).reshape(rows * height, columns * width, -1)
    buffer = io.BytesIO()
    if factor > 1:
        to_pil(sheet).reduce(factor).save(buffer, "JPEG", quality=90)
    else:
        # Method 0 of 0 to 6 is about ten times as fast as 4, and its files of these images are at most a quarter larger.
        to_pil(sheet).save(buffer, "WEBP", lossless=True, method=0)
    return buffer.getvalue()


def data_uri(image: NDArray[np.uint8]) -> str:
    """A stored image as the source of an HTML image, which needs no request to the server."""
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()
