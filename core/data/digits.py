"""A drawn, photographed or uploaded digit in MNIST's form.

White on black, cropped to its ink, scaled to fit 20 x 20 with its aspect ratio kept and its edges soft, and placed so
that its centre of mass is the centre of 28 x 28. A network trained on MNIST has seen nothing else.

Source:
    http://yann.lecun.com/exdb/mnist/, on how its images were made from NIST's.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.pictures.ink import INK, NoInk, drawing, ink_amount
from core.data.pictures.rgb import upright_rgb

__all__ = ["NoInk", "PreparedDigit", "Step", "digit_from_image"]
MNIST_SIDE = 28
BOX = 20  # the longer side of MNIST's digits
WORKING_SIDE = 512  # the longest side of the picture that is processed: about 25 pixels per pixel of the box


class Step(NamedTuple):
    """One step of the preparation: its name, a sentence on what was done, and the result, (height, width) uint8."""

    name: str
    explanation: str
    image: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class PreparedDigit:
    """The digit as the network sees it, and the steps that led there.

    Attributes:
        image: uint8 (28, 28), white on black.
        steps: from the original picture to image.
    """

    image: NDArray[np.uint8]
    steps: tuple[Step, ...]


def digit_from_image(image: Image.Image | NDArray[np.uint8]) -> PreparedDigit:
    """The digit in a picture, in MNIST's form.

    Args:
        image: a Pillow image, or uint8 (height, width), optionally with 1, 3 or 4 channels; dark on light or light on
            dark. EXIF rotation is followed.

    Raises:
        NoInk: nothing in the picture could be a digit.
        ValueError: the array is not a picture.
    """
    picture = upright_rgb(image if isinstance(image, Image.Image) else _pillow(image), WORKING_SIDE).convert("L")
    grey = np.asarray(picture)
    amount, brighter = ink_amount(grey)
    amount = drawing(amount)
    rows, columns = _extent(amount > INK, axis=0), _extent(amount > INK, axis=1)
    fitted = _fitted(amount, rows, columns)
    centred = _centred(fitted)
    kinds = "Light ink on a dark background" if brighter else "Dark ink on a light background"
    steps = (
        Step("Picture", "Upright, without colour.", grey),
        Step("Ink", f"{kinds}: shown white on black, shading removed.", _uint8(amount)),
        Step("Crop", "Cut to the drawing; dust and the picture's edges are left out.", _uint8(amount[rows, columns])),
        Step("Scaled", f"Scaled to fit {BOX} x {BOX} pixels, with its aspect ratio kept.", _uint8(fitted)),
        Step(
            "Centred",
            f"The centre of mass is in the middle of {MNIST_SIDE} x {MNIST_SIDE} pixels: what the network sees.",
            centred,
        ),
    )
    return PreparedDigit(centred, steps)


def _pillow(array: NDArray[np.uint8]) -> Image.Image:
    if (
        array.dtype != np.uint8
        or not array.size
        or array.ndim not in (2, 3)
        or array.shape[2:] not in ((), (1,), (3,), (4,))
    ):
        raise ValueError(
            "image must be uint8 of shape (height, width) or (height, width, 1, 3 or 4) and not empty, "
            f"got {array.dtype} of shape {array.shape}."
        )
    return Image.fromarray(array[..., 0] if array.shape[2:] == (1,) else array)


def _extent(occupied: NDArray[np.bool_], axis: int) -> slice:
    """Along an axis, from the first True to the last."""
    where = np.nonzero(occupied)[axis]
    return slice(int(where.min()), int(where.max()) + 1)


def _fitted(amount: NDArray[np.floating], rows: slice, columns: slice) -> NDArray[np.floating]:
    """The frame scaled to 20 pixels on its longer side, each the mean of the area it covers: at most 20 x 20.

    The frame cuts through soft edges. Across the shorter side one pixel more on either side keeps them, if it fits.
    """
    step = max(rows.stop - rows.start, columns.stop - columns.start) / BOX
    small = _stretch_means(_stretch_means(amount, rows, step).T, columns, step).T
    height, width = (slice(None) if length <= BOX else slice(1, -1) for length in small.shape)
    fitted: NDArray[np.floating] = small[height, width]
    # With a thin pen no pixel is fully covered, while MNIST's strokes are white inside.
    fitted /= fitted.max()
    return fitted


def _stretch_means(amount: NDArray[np.floating], rows: slice, step: float) -> NDArray[np.floating]:
    """Means over stretches of `step` rows, from one stretch before the frame to one after it; beyond the picture is no ink."""
    num_new = math.ceil((rows.stop - rows.start) / step - 1e-6)
    edge = np.clip(rows.start + step * np.arange(-1, num_new + 2), 0, len(amount))
    row = np.minimum(edge.astype(int), len(amount) - 1)
    above = np.vstack([np.zeros((1, amount.shape[1])), amount.cumsum(axis=0, dtype=float)])
    # Within a row, the sum of all ink above grows linearly.
    means: NDArray[np.floating] = np.diff(above[row] + (edge - row)[:, None] * amount[row], axis=0) / step
    return means


def _centred(amount: NDArray[np.floating]) -> NDArray[np.uint8]:
    """(28, 28): the digit placed so that its centre of mass is at pixel (14, 14), to whole pixels, as in MNIST itself."""
    rows, columns = amount.shape
    top = round(MNIST_SIDE / 2 - np.average(np.arange(rows), weights=amount.sum(axis=1)))
    left = round(MNIST_SIDE / 2 - np.average(np.arange(columns), weights=amount.sum(axis=0)))
    top, left = np.clip(top, 0, MNIST_SIDE - rows), np.clip(left, 0, MNIST_SIDE - columns)
    image = np.zeros((MNIST_SIDE, MNIST_SIDE), np.uint8)
    image[top : top + rows, left : left + columns] = _uint8(amount)
    return image


def _uint8(amount: NDArray[np.floating]) -> NDArray[np.uint8]:
    return (255 * amount).round().astype(np.uint8)
