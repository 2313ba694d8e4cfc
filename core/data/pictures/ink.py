"""Separates ink from paper, in uneven light too: dark ink on light paper or light ink on dark.

The grey levels of strokes are kept, because a network also reads the soft edges of strokes.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy.ndimage import find_objects, label

Number = TypeVar("Number", bound=np.generic)

MIN_CONTRAST = 12.0  # grey levels of 255 between ink and paper
MIN_SIGNAL = 6.0  # standard deviations of the paper's grain by which ink must stand out
DARKEST_PAPER = 48.0  # grey levels; in a deeper shadow, grain would look like ink
SMALL = 96  # pixels of the small copy in which strokes are searched for
WIDTHS = (3, 5, 9, 15)  # pixels of the small copy: possible widths of strokes
STANDS_OUT = 0.25  # share of the energy at the largest width; the first width that reaches it is that of the strokes
EVEN = 6  # grey levels; paper that varies no more is evenly lit
MOST_INK = 0.4  # largest share of a picture that is ink, a grey pixel counting in part; MNIST's boldest image has 0.398
GAP = 2.0  # stroke widths; anything broader is not ink, but a shadow, a sheet or a table
BROADEST = 0.25  # share of the longer side: an upper limit of that width
BLUR, THIN = 0.04, 0.15  # stroke widths: the paper's texture is blurred away, and anything thinner is a printed line
INK = 0.25  # share of full ink from which a pixel belongs to the drawing
GRID = 48  # cells along the longer side, for finding patches of ink
SPECK = 0.05  # share of the main patch; anything smaller is dust
NEAR = 0.2  # share of the main patch's extent; anything further away does not belong to the drawing
SURROUNDINGS = 0.4  # share of a side; a patch along more of it is a table's edge or a shadow, not a stroke
MIN_EXTENT = 1 / 32  # share of the longer side; a smaller drawing is a speck
ONLY_A_SPECK = "No ink found: there is only a speck. Draw one digit that fills most of the picture."


class NoInk(ValueError):
    """The picture shows no drawing."""


def ink_amount(grey: NDArray[np.uint8]) -> tuple[NDArray[np.float32], bool]:
    """How much ink lies on each pixel.

    A morphological closing, which fills narrow structures, estimates the paper without ink. So each pixel has its own
    threshold, which follows both gradual changes of light and the hard edge of a shadow or a sheet.

    Args:
        grey: (height, width) in [0, 255].

    Returns:
        (height, width) in [0, 1], 1 for full ink; and whether the ink is brighter than the paper.

    Raises:
        NoInk: nothing stands out from the paper.
    """
    level = _even_paper(grey)
    paper: np.float32 | NDArray[np.float32]
    dark: NDArray[np.uint8]
    if level is not None:
        deviation = grey - level
        brighter, width = bool((deviation**3).sum() > 0), 0
        paper, dark = (255 - level, 255 - grey) if brighter else (level, grey)
    else:
        brighter, width = _strokes(grey)
        smooth = np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(BLUR * width)))
        dark = 255 - smooth if brighter else smooth
        paper = _closed(dark, round(min(GAP * width, BROADEST * max(grey.shape)))).astype(np.float32)
    # Ink absorbs a fixed share of the light that falls on it, so in a shadow the same ink makes a smaller difference.
    excess = (paper - dark) * (255 / np.maximum(255 - paper if brighter else paper, DARKEST_PAPER))
    excess -= np.median(excess)
    # The paper's standard deviation, estimated from the median, which ink does not affect.
    grain = 1.4826 * float(np.median(np.abs(excess)))
    full = float(np.percentile(excess[excess >= excess.max() / 2], 90))
    if full < max(MIN_CONTRAST, MIN_SIGNAL * grain):
        raise NoInk("No ink found: nothing stands out from the paper. Draw or photograph one digit, dark on light.")
    amount = np.clip((excess - 3 * grain) / (full - 3 * grain), 0, 1).astype(np.float32, copy=False)
    return _without_thin_lines(amount, round(THIN * width)), brighter


def drawing(amount: NDArray[np.float32]) -> NDArray[np.float32]:
    """Only the ink of the drawing: the patch with most ink, weighted towards the middle, and other patches near it.

    Args:
        amount: (height, width) in [0, 1].

    Returns:
        As amount, with 0 for all other ink; at least one pixel is above INK.

    Raises:
        NoInk: there is only a speck.
    """
    inked = amount > INK
    patch = np.where(inked, _patches(inked), 0)
    boxes = np.array([[(side.start, side.stop) for side in box] for box in find_objects(patch)])
    if not len(boxes):
        raise NoInk(ONLY_A_SPECK)

    def by_patch(weights: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.bincount(patch.ravel(), weights.ravel(), len(boxes) + 1)[1:].astype(np.float64, copy=False)

    size, central = by_patch(amount), by_patch(amount * _middle(amount.shape))
    along = np.max([np.bincount(line, minlength=len(boxes) + 1)[1:] / len(line) for line in _borders(patch)], axis=0)
    # A patch along an edge is left out only if another patch could be the drawing.
    strokes = np.where(along <= SURROUNDINGS, central, 0)
    if strokes.max() <= SPECK * central.max():
        strokes = central
    main = strokes.argmax()
    extent = np.ptp(boxes[main], axis=1).max()
    if extent < max(2, MIN_EXTENT * max(amount.shape)):
        raise NoInk(ONLY_A_SPECK)
    gap = np.maximum(boxes[:, :, 0] - boxes[main, :, 1], boxes[main, :, 0] - boxes[:, :, 1]).max(axis=1)
    kept = (gap <= NEAR * extent) & (size > SPECK * size[main]) & (strokes > 0)
    return np.where(np.append(False, kept)[patch] | ~inked, amount, np.float32(0))


def _even_paper(grey: NDArray[np.uint8]) -> np.float32 | None:
    """The grey level of the paper if the picture's border has only that one and ink covers little, as in a drawing; else None."""
    around = np.concatenate(_borders(grey)).astype(np.float32)
    level = np.float32(np.median(around))
    deviation = np.abs(grey - level)
    even = np.ptp(around) <= EVEN and deviation.mean() <= MOST_INK * deviation.max()
    return level if even else None


def _strokes(grey: NDArray[np.uint8]) -> tuple[bool, int]:
    """Whether ink is brighter than paper, and roughly how broad a stroke is, in pixels.

    Strokes are narrower than sheets, shadows and most gaps between strokes, so the narrowest structures with contrast are
    ink, whether dark or bright.
    """
    cell = -(-max(grey.shape) // SMALL)
    small = np.asarray(Image.fromarray(grey).reduce(cell), np.float32)
    light = np.log(small + 16)  # in logarithms a shadow subtracts a constant; 16 keeps grain in dark areas small
    middle = _middle(small.shape)
    energy = np.empty((len(WIDTHS), 2))
    for index, width in enumerate(WIDTHS):
        dark, bright = _closed(light, width) - light, _closed(-light, width) + light
        energy[index] = (middle * dark**2).sum(), (middle * bright**2).sum()
    both = energy.sum(axis=1)
    found = int(np.argmax(both >= STANDS_OUT * both[-1]))
    return bool(energy[found, 1] > energy[found, 0]), WIDTHS[found] * cell


def _without_thin_lines(amount: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The ink without lines narrower than width, as on ruled paper; the ends and edges of strokes are kept."""
    if width < 2:
        return amount
    thick = np.pad(-_closed(-amount, width), 2 * width)
    thick = _octagon(_octagon(thick, width, 1, np.maximum), width, -1, np.maximum)
    inside: NDArray[np.float32] = np.minimum(amount, thick[2 * width : -2 * width, 2 * width : -2 * width])
    return inside


def _closed(values: NDArray[Number], width: int) -> NDArray[Number]:
    """Morphological closing: dark structures narrower than width are filled; beyond the edge the picture continues."""
    width = max(width, 2)
    outside = np.pad(values, 2 * width, "edge")
    closed = _octagon(_octagon(outside, width, 1, np.maximum), width, -1, np.minimum)
    return closed[2 * width : -2 * width, 2 * width : -2 * width]


def _octagon(values: NDArray[Number], width: int, sign: int, extreme: np.ufunc) -> NDArray[Number]:
    """The minimum or maximum over an octagon beside each pixel; the sign, 1 or -1, says on which side.

    The octagon is made of four lines, and is round enough for the corners of sheets and shadows at any angle. The reach
    along a line doubles at each step.
    """
    slant = round(width * (1 - 0.5**0.5))
    for down, right, length in (
        (0, 1, width - 2 * slant), (1, 0, width - 2 * slant), (1, 1, slant + 1), (1, -1, slant + 1)
    ):  # fmt: skip
        reach = 1
        while reach < length:
            step = min(reach, length - reach)
            values = extreme(values, np.roll(values, (sign * down * step, sign * right * step), (0, 1)))
            reach += step
    return values


def _middle(shape: tuple[int, int]) -> NDArray[np.float64]:
    """(height, width): weights, 1 in the middle of a picture and falling to 0 at its edges, where there may be a table."""
    height, width = (np.sin(np.pi * (np.arange(side) + 0.5) / side) for side in shape)
    return np.outer(height, width)


def _patches(inked: NDArray[np.bool_]) -> NDArray[np.integer]:
    """(height, width): the number, from 1, of each pixel's patch. The grid is coarse: strokes that nearly touch share a patch."""
    height, width = inked.shape
    cell = max(1, max(height, width) // GRID)
    grid = np.logical_or.reduceat(inked, np.arange(0, height, cell), axis=0)
    grid = np.logical_or.reduceat(grid, np.arange(0, width, cell), axis=1)
    number, _ = label(grid, np.ones((3, 3)))
    return number.repeat(cell, axis=0)[:height].repeat(cell, axis=1)[:, :width]


def _borders(array: NDArray[Number]) -> tuple[NDArray[Number], NDArray[Number], NDArray[Number], NDArray[Number]]:
    return array[0], array[-1], array[:, 0], array[:, -1]
