"""Ink told from paper: how much of it lies on each pixel, in whatever light, whichever of the two is the brighter.

Grey levels of strokes are kept, because the soft edge of a stroke is part of what a network reads.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy.ndimage import find_objects, label

MIN_CONTRAST = 12.0  # grey levels of 255 between ink and paper; a faint pencil has about 25
MIN_SIGNAL = 6.0  # standard deviations of the paper's grain by which ink must stand out
DARKEST_PAPER = 48.0  # grey levels; in deeper shadow grain would be taken for ink
SMALL = 96  # pixels of the small copy in which strokes are sought
WIDTHS = (3, 5, 9, 15)  # pixels of the small copy, the widths that strokes may have
STANDS_OUT = 0.25  # of what stands out at the broadest width; with this share the strokes are found
EVEN = 6  # grey levels within which paper is all in one light
MOST_INK = 0.4  # share of a picture that ink covers at most; MNIST's boldest digit covers a third
GAP = 2.0  # stroke widths; what is broader than this is no ink, but a shadow, a sheet or a table
BROADEST = 0.25  # of the longer side, the same at the most
BLUR, THIN = 0.04, 0.15  # stroke widths: the paper's texture is smoothed, and what is thinner is a printed line
INK = 0.25  # from this share of full ink on, a pixel belongs to the drawing
GRID = 48  # cells along the longer side, in which patches of ink are sought
SPECK = 0.05  # share of the drawing's patch; what is smaller is dust
NEAR = 0.2  # of the drawing's extent; what lies further off does not belong to it
SURROUNDINGS = 0.4  # share of a side; a patch along more of it is a table's edge or a shadow, not a stroke
MIN_EXTENT = 1 / 32  # of the longer side; a drawing that is smaller is a speck
ONLY_A_SPECK = "No ink found: there is only a speck. Draw one digit that fills most of the picture."


class NoInk(ValueError):
    """The picture shows no drawing."""


def ink_amount(grey: NDArray[np.uint8]) -> tuple[NDArray[np.float32], bool]:
    """How much ink lies on each pixel.

    What the paper would be without ink is the picture with its narrow structures closed (a morphological closing): a
    threshold of each pixel's own, which follows both a slow fall of light and the hard edge of a shadow or a sheet.

    Args:
        grey: (height, width) in [0, 255].

    Returns:
        (height, width) in [0, 1], 1 where the ink is full, and whether the ink is brighter than the paper.

    Raises:
        NoInk: nothing stands out from the paper.
    """
    level = _even_paper(grey)
    if level is not None:
        departure = grey - level
        brighter, width = bool((departure**3).sum() > 0), 0
        paper, dark = (255 - level, 255 - grey) if brighter else (level, grey)
    else:
        brighter, width = _strokes(grey)
        smooth = np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(BLUR * width)))
        dark = 255 - smooth if brighter else smooth
        paper = _closed(dark, round(min(GAP * width, BROADEST * max(grey.shape)))).astype(np.float32)
    # Ink takes its share of the light that falls on it, so in a shadow the same ink makes a smaller difference.
    excess = (paper - dark) * (255 / np.maximum(255 - paper if brighter else paper, DARKEST_PAPER))
    excess -= np.median(excess)
    # The paper's standard deviation, by way of the median, on which ink has no say.
    grain = 1.4826 * float(np.median(np.abs(excess)))
    full = float(np.percentile(excess[excess >= excess.max() / 2], 90))
    if full < max(MIN_CONTRAST, MIN_SIGNAL * grain):
        raise NoInk("No ink found: nothing stands out from the paper. Draw or photograph one digit, dark on light.")
    amount = np.clip((excess - 3 * grain) / (full - 3 * grain), 0, 1)
    return _without_thin_lines(amount, round(THIN * width)), brighter


def drawing(amount: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ink of the drawing alone: the patch of most ink, above all in the middle, and what lies near it.

    Args:
        amount: (height, width) in [0, 1].

    Returns:
        As amount; some of it is more than INK.

    Raises:
        NoInk: there is no more than a speck.
    """
    inked = amount > INK
    patch = np.where(inked, _patches(inked), 0)
    boxes = np.array([[(side.start, side.stop) for side in box] for box in find_objects(patch)])
    if not len(boxes):
        raise NoInk(ONLY_A_SPECK)

    def by_patch(weights: NDArray) -> NDArray[np.float64]:
        return np.bincount(patch.ravel(), weights.ravel(), len(boxes) + 1)[1:]

    size, central = by_patch(amount), by_patch(amount * _middle(amount.shape))
    along = np.max([np.bincount(line, minlength=len(boxes) + 1)[1:] / len(line) for line in _borders(patch)], axis=0)
    # What runs along an edge is left out only when something else could be the drawing.
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
    """The grey level of the paper if it is the same all around the picture and the rest little, as in a drawing."""
    around = np.concatenate(_borders(grey)).astype(np.float32)
    level = np.float32(np.median(around))
    departure = np.abs(grey - level)
    even = np.ptp(around) <= EVEN and departure.mean() <= MOST_INK * departure.max()
    return level if even else None


def _strokes(grey: NDArray[np.uint8]) -> tuple[bool, int]:
    """Whether ink is brighter than paper, and about how broad a stroke is, in pixels.

    Strokes are narrower than most gaps between them and than sheets and shadows, so the narrowest structures that stand
    out are ink, be they dark or bright.
    """
    cell = -(-max(grey.shape) // SMALL)
    small = np.asarray(Image.fromarray(grey).reduce(cell), np.float32)
    light = np.log(small + 16)  # in which a shadow takes off the same everywhere; 16 keeps grain out of the darkest
    middle = _middle(small.shape)
    energy = np.empty((len(WIDTHS), 2))
    for index, width in enumerate(WIDTHS):
        dark, bright = _closed(light, width) - light, _closed(-light, width) + light
        energy[index] = (middle * dark**2).sum(), (middle * bright**2).sum()
    both = energy.sum(axis=1)
    found = int(np.argmax(both >= STANDS_OUT * both[-1]))
    return bool(energy[found, 1] > energy[found, 0]), WIDTHS[found] * cell


def _without_thin_lines(amount: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Less ink where there is a line narrower than width, as on ruled paper; a stroke's ends and edges are kept."""
    if width < 2:
        return amount
    thick = np.pad(-_closed(-amount, width), 2 * width)
    thick = _octagon(_octagon(thick, width, 1, np.maximum), width, -1, np.maximum)
    return np.minimum(amount, thick[2 * width : -2 * width, 2 * width : -2 * width])


def _closed(values: NDArray, width: int) -> NDArray:
    """Dark structures narrower than width filled up; what leaves the picture is taken to go on outside."""
    width = max(width, 2)
    outside = np.pad(values, 2 * width, "edge")
    closed = _octagon(_octagon(outside, width, 1, np.maximum), width, -1, np.minimum)
    return closed[2 * width : -2 * width, 2 * width : -2 * width]


def _octagon(values: NDArray, width: int, sign: int, extreme: np.ufunc) -> NDArray:
    """The extreme over an octagon to one side of each pixel, as four lines; sign 1 or -1 says to which.

    Round enough for the corners of sheets and shadows however they are turned; the reach of each line doubles.
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
    """(height, width): 1 in the middle of a picture, falling to 0 at its edges, where there may be a table."""
    height, width = (np.sin(np.pi * (np.arange(side) + 0.5) / side) for side in shape)
    return np.outer(height, width)


def _patches(inked: NDArray[np.bool_]) -> NDArray[np.integer]:
    """The number from 1 of the patch each pixel lies in. Strokes that nearly touch share one: the grid is coarse."""
    height, width = inked.shape
    cell = max(1, max(height, width) // GRID)
    grid = np.logical_or.reduceat(inked, np.arange(0, height, cell), axis=0)
    grid = np.logical_or.reduceat(grid, np.arange(0, width, cell), axis=1)
    number, _ = label(grid, np.ones((3, 3)))
    return number.repeat(cell, axis=0)[:height].repeat(cell, axis=1)[:, :width]


def _borders(array: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    return array[0], array[-1], array[:, 0], array[:, -1]
