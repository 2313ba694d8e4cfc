"""Out-of-distribution (OOD) images: noise, blank images, and another data set's images in the shape that a network takes.

Images are uint8 (num_samples, height, width, channels).
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Images = NDArray[np.uint8]
Shape = tuple[int, int, int]
NUM_BLANK = 256  # one image per brightness


def in_shape(images: Images, image_shape: Shape) -> Images:
    """Images of another data set, converted to the shape that a network takes.

    Colour becomes grey by luminance (ITU-R 601), grey becomes colour by repetition. The size is changed by averaging
    areas where the image gets smaller, and bilinearly where it gets larger.

    Args:
        images: (num_samples, height, width, channels), channels 1 (grey) or 3 (RGB).
        image_shape: (height, width, channels) of the result, channels 1 or 3.

    Returns:
        (num_samples, *image_shape); the images themselves if they have that shape.

    Raises:
        ValueError: a number of channels is neither 1 nor 3.
    """
    if not {images.shape[-1], image_shape[-1]} <= {1, 3}:
        raise ValueError(f"channels must be 1 or 3, got {images.shape[-1]} to be brought to {image_shape[-1]}.")
    if images.shape[1:] == tuple(image_shape):
        return images
    height, width, channels = image_shape
    converted = np.empty((len(images), *image_shape), np.uint8)
    for image, target in zip(images, converted, strict=True):
        picture = Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)
        picture = picture.convert("L" if channels == 1 else "RGB")
        # Pillow's bilinear filter averages over areas when it makes an image smaller.
        target[...] = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR)).reshape(image_shape)
    return converted


def uniform_noise(num_samples: int, image_shape: Shape, seed: int) -> Images:
    """(num_samples, *image_shape): every value drawn independently and uniformly from 0 to 255."""
    return np.random.default_rng(seed).integers(0, 256, (num_samples, *image_shape), np.uint8)


def blank(image_shape: Shape) -> Images:
    """(NUM_BLANK, *image_shape): one image per brightness, from black to white."""
    brightness = np.arange(NUM_BLANK, dtype=np.uint8).reshape(-1, 1, 1, 1)
    return np.broadcast_to(brightness, (NUM_BLANK, *image_shape)).copy()
