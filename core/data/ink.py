"""Ink told from paper: how much of it lies on each pixel, in whatever light, whichever of the two is the brighter.

Grey levels of strokes are kept, because the soft edge of a stroke is part of what a network reads.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MIN_CONTRAST = 12.0  # grey levels of 255 between ink and paper; a faint pencil has about 25
MIN_SIGNAL = 6.0  # standard deviations of the paper's grain by which ink must stand out
DARKEST_PAPER = 48.0  # grey levels; in deeper shadow grain would be taken for ink
PAPER_SIDE = 96  # pixels of the small copy in which the paper's brightness is sought
INK = 0.25  # from this share of full ink on, a pixel belongs to the drawing
GRID = 48  # cells along the longer side, in which patches of ink are sought
SPECK = 0.05  # share of the largest patch; what is smaller is dust
SURROUNDINGS = 0.4  # share of a side; a patch along more of it is a table's edge or a shadow, not a stroke
MIN_EXTENT = 1 / 32  # of the longer side; a drawing that is smaller is a speck


class NoInk(ValueError):
    """The picture shows no drawing."""


def ink_amount(grey: NDArray[np.floating]) -> tuple[NDArray[np.float32], bool]:
    """How much ink lies on each pixel.

    The paper's brightness at a pixel is the mean of what surrounds it, leaving out the ink found so far: a local
    threshold that neither a shadow over the page nor a broad stroke misleads.

    Args:
        grey: (height, width) in [0, 255].

    Returns:
        (height, width) in [0, 1], 1 where the ink is full, and whether the ink is brighter than the paper.

    Raises:
        NoInk: nothing stands out from the paper.
    """
    paper, brighter = _paper(grey)
    # Ink takes its share of the light that falls on it, so in a shadow the same ink makes a smaller difference.
    excess = grey - paper if brighter else (paper - grey) * (255 / np.maximum(paper, DARKEST_PAPER))
    grain = _grain(excess)
    full = float(np.percentile(excess[excess >= excess.max() / 2], 90))
    if full < max(MIN_CONTRAST, MIN_SIGNAL * grain):
        raise NoInk("No ink found: nothing stands out from the paper. Draw or photograph one digit, dark on light.")
    return np.clip((excess - 3 * grain) / (full - 3 * grain), 0, 1).astype(np.float32), brighter


def drawing(amount: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ink of the drawing alone, without dust and without what lies along the picture's edge.

    Args:
        amount: (height, width) in [0, 1].

    Returns:
        As amount; some of it is more than INK.

    Raises:
        NoInk: there is no more than a speck.
    """
    inked = amount > INK
    patch = _patches(inked)
    size = np.bincount(patch[inked], minlength=1)
    along = np.zeros(len(size))
    for line, on in zip(_borders(patch), _borders(inked), strict=True):
        along = np.maximum(along, np.bincount(line[on], minlength=len(size)) / len(line))
    # What runs along an edge is left out only when something else could be the drawing.
    strokes = np.where(along <= SURROUNDINGS, size, 0)
    if strokes.max() <= SPECK * size.max():
        strokes = size
    found = inked & (strokes > SPECK * strokes.max())[patch]
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    extent = max(np.ptp(rows), np.ptp(columns)) + 1 if rows.size else 0
    if extent < max(2, MIN_EXTENT * max(amount.shape)):
        raise NoInk("No ink found: there is only a speck. Draw one digit that fills most of the picture.")
    return np.where(found | ~inked, amount, np.float32(0))


def _paper(grey: NDArray[np.floating]) -> tuple[NDArray[np.float32], bool]:
    """The paper's brightness at each pixel, in the unit of grey, and whether the ink is brighter.

    It changes slowly, so it is sought in a small copy of the picture.
    """
    height, width = grey.shape
    cell = -(-max(height, width) // PAPER_SIDE)
    small = np.asarray(Image.fromarray(grey.astype(np.float32)).reduce(cell))
    radius = max(small.shape) // 4
    excess = small - _local_mean(small, np.ones(small.shape), radius)
    # Ink covers the smaller part of a picture, so the longer tail is the ink's.
    brighter = bool((excess**3).sum() > 0)
    for _ in range(4):
        excess = excess if brighter else -excess
        empty = excess <= min(excess.max() / 3, 3 * _grain(excess) + 1)
        paper = _local_mean(small, empty, radius)
        excess = small - paper
    box = (0, 0, width / cell, height / cell)
    return np.asarray(Image.fromarray(paper).resize((width, height), Image.Resampling.BILINEAR, box)), brighter


def _grain(excess: NDArray) -> float:
    """Standard deviation of the paper, by way of the median, on which ink has no say."""
    return 1.4826 * float(np.median(np.abs(excess)))


def _local_mean(values: NDArray, weights: NDArray, radius: int) -> NDArray[np.float32]:
    """Weighted mean over the square around each pixel; the whole picture's where a square has no weight."""
    height, width = values.shape
    rows, columns = np.arange(height), np.arange(width)
    top, bottom = np.maximum(rows - radius, 0), np.minimum(rows + radius + 1, height)
    left, right = np.maximum(columns - radius, 0), np.minimum(columns + radius + 1, width)

    def square_sums(array: NDArray) -> NDArray[np.float64]:
        down = np.vstack([np.zeros((1, width)), array.cumsum(axis=0, dtype=float)])
        across = (down[bottom] - down[top]).cumsum(axis=1)
        across = np.hstack([np.zeros((height, 1)), across])
        return across[:, right] - across[:, left]

    total, weight = square_sums(values * weights), square_sums(weights)
    whole = np.average(values, weights=weights) if weights.any() else values.mean()
    return np.divide(total, weight, out=np.full(values.shape, whole), where=weight > 0.5).astype(np.float32)


def _patches(inked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The number of the patch each pixel lies in, from 0. Strokes that nearly touch share one: the grid is coarse."""
    height, width = inked.shape
    cell = max(1, max(height, width) // GRID)
    grid = np.logical_or.reduceat(inked, np.arange(0, height, cell), axis=0)
    grid = np.logical_or.reduceat(grid, np.arange(0, width, cell), axis=1)
    waiting = set(zip(*map(np.ndarray.tolist, np.nonzero(grid)), strict=True))
    number = np.zeros(grid.shape, np.intp)
    patches = 0
    while waiting:
        front = [waiting.pop()]
        while front:
            row, column = front.pop()
            number[row, column] = patches
            for near in [(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]:
                if near in waiting:
                    waiting.remove(near)
                    front.append(near)
        patches += 1
    return number.repeat(cell, axis=0)[:height].repeat(cell, axis=1)[:, :width]


def _borders(array: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    return array[0], array[-1], array[:, 0], array[:, -1]
