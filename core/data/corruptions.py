"""Corruptions: ways in which an image can be worse than those a network was trained on.

Each is a function (images, strength, seed) -> corrupted images: it takes uint8 (num_samples, height, width, channels) and
returns a new array of the same shape. Strength 0 changes nothing, and each severity is stronger than the one before; the same
seed gives the same corruption. Nothing wraps around: what comes into view is black.

Source:
    Hendrycks & Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", 2019,
    https://arxiv.org/abs/1903.12261; Mu & Gilmer, "MNIST-C", 2019, https://arxiv.org/abs/1906.02337. Strengths are our own.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.data.augmentation import shifted

Images = NDArray[np.uint8]
Corruption = Callable[[Images, float, int], Images]
SQUARE = 128  # mid-grey: visible on a black background and on a bright object


def noise_blend(images: Images, strength: float, seed: int, *, shared: bool = False) -> Images:
    """(1 - strength) image + strength noise, the noise uniform in [0, 255].

    Args:
        images: (num_samples, height, width, channels).
        strength: share of noise, in [0, 1].
        seed: of the noise, which is the same for every strength.
        shared: one noise image for all images, instead of one for each.

    Source:
        "MNISTを題材にしてモデル予測の不確実性を推定する" (0.7, shared).
    """
    _check(images, strength, most=1)
    shape = images.shape[1:] if shared else images.shape
    noise = np.random.default_rng(seed).random(shape, np.float32) * 255
    return _uint8(images + np.float32(strength) * (noise - images))


def shot_noise(images: Images, strength: float, seed: int) -> Images:
    """Too little light: each pixel counts photons, on average in proportion to its brightness.

    Args:
        images: (num_samples, height, width, channels).
        strength: standard deviation of a white pixel's photon count before clipping, as a share of white, for which
            1 / strength^2 photons are expected. Counts above white are clipped to white, so a white pixel of the result
            is darker on average and scatters less: by 0.57 of the strength at the lowest severity, 0.51 at the highest.
        seed: of the photons.
    """
    _check(images, strength)
    if strength == 0:
        return images.copy()
    photons = 1 / strength**2
    counted = np.random.default_rng(seed).poisson(images * np.float32(photons / 255))
    return _uint8(counted * np.float32(255 / photons))


def blur(images: Images, strength: float, seed: int = 0) -> Images:
    """Out of focus: a Gaussian blur.

    Args:
        images: (num_samples, height, width, channels).
        strength: standard deviation, in pixels.
        seed: not used; all corruptions take the same arguments.
    """
    _check(images, strength)
    if strength == 0:
        return images.copy()
    down, right = (_gaussian(length, strength) for length in images.shape[1:3])
    rows = np.einsum("ij,njwc->niwc", down, images.astype(np.float32), optimize=True)
    return _uint8(np.einsum("ij,nhjc->nhic", right, rows, optimize=True))


def contrast(images: Images, strength: float, seed: int = 0) -> Images:
    """Fog: every pixel moved towards the mean of its image.

    Args:
        images: (num_samples, height, width, channels).
        strength: share of the contrast that is lost, in [0, 1].
        seed: not used; all corruptions take the same arguments.
    """
    _check(images, strength, most=1)
    mean = images.mean(axis=(1, 2, 3), keepdims=True, dtype=np.float32)
    return _uint8(images + np.float32(strength) * (mean - images))


def rotation(images: Images, strength: float, seed: int = 0) -> Images:
    """Turned counter-clockwise about the centre, with bilinear interpolation.

    Args:
        images: (num_samples, height, width, channels).
        strength: the angle, in degrees.
        seed: not used; all corruptions take the same arguments.
    """
    _check(images, strength)
    height, width = images.shape[1:3]
    row, column = np.indices((height, width)) - np.array([(height - 1) / 2, (width - 1) / 2])[:, None, None]
    sine, cosine = np.sin(np.radians(strength)), np.cos(np.radians(strength))
    # Where each pixel comes from, in the picture with a black pixel around it.
    from_row = (cosine * row + sine * column + (height + 1) / 2).clip(0, height + 1)
    from_column = (cosine * column - sine * row + (width + 1) / 2).clip(0, width + 1)
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    top, left = from_row.astype(int).clip(max=height), from_column.astype(int).clip(max=width)
    turned = np.zeros(images.shape, np.float32)
    for down in (0, 1):
        for right in (0, 1):
            share = (1 - np.abs(from_row - top - down)) * (1 - np.abs(from_column - left - right))
            turned += share[..., None].astype(np.float32) * framed[:, top + down, left + right]
    return _uint8(turned)


def translation(images: Images, strength: float, seed: int) -> Images:
    """Moved by whole pixels, each image in its own random direction.

    Args:
        images: (num_samples, height, width, channels).
        strength: how far, as a share of the shorter side, in [0, 1]; along each axis at most one pixel less than that side.
        seed: of the directions.
    """
    _check(images, strength, most=1)
    shorter = min(images.shape[1:3])
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(images))
    offsets = np.rint(strength * shorter * np.stack([np.sin(angle), np.cos(angle)], axis=1)).astype(int)
    return shifted(images, offsets.clip(1 - shorter, shorter - 1))


def occluding_square(images: Images, strength: float, seed: int) -> Images:
    """A grey square over a part of each image, entirely inside it, at a random place.

    Args:
        images: (num_samples, height, width, channels).
        strength: side of the square, as a share of the shorter side, in [0, 1].
        seed: of the places.
    """
    _check(images, strength, most=1)
    height, width = images.shape[1:3]
    side = round(strength * min(height, width))
    # Drawn before they are scaled: a growing square stays about where it was. Both places of an image are drawn together,
    # so that they do not depend on how many images there are.
    places = np.random.default_rng(seed).random((len(images), 2)) * [height - side + 1, width - side + 1]
    top, left = places.astype(int).T[..., None]
    rows, columns = np.arange(height) - top, np.arange(width) - left
    inside = ((rows >= 0) & (rows < side))[:, :, None] & ((columns >= 0) & (columns < side))[:, None, :]
    return np.where(inside[..., None], np.uint8(SQUARE), images)


SEVERITIES: dict[Corruption, tuple[float, float, float, float, float]] = {
    noise_blend: (0.1, 0.3, 0.5, 0.7, 0.9),
    shot_noise: (0.13, 0.2, 0.3, 0.45, 0.6),
    blur: (0.5, 1, 1.5, 2, 3),
    contrast: (0.3, 0.5, 0.7, 0.8, 0.9),
    rotation: (10, 20, 30, 45, 60),
    translation: (0.07, 0.14, 0.21, 0.28, 0.35),
    occluding_square: (0.2, 0.3, 0.4, 0.5, 0.6),
}


def _check(images: Images, strength: float, most: float = np.inf) -> None:
    if images.dtype != np.uint8 or images.ndim != 4:
        raise ValueError(
            "images must be uint8 of shape (num_samples, height, width, channels), "
            f"got {images.dtype} of shape {images.shape}."
        )
    if not 0 <= strength <= most:
        raise ValueError(f"strength must lie in [0, {most:g}], got {strength}.")


def _gaussian(length: int, deviation: float) -> NDArray[np.float32]:
    """(length, length): weight of each pixel of a line (column) in each blurred one (row); rows sum to 1."""
    place = np.arange(length)
    weight = np.exp(-0.5 * ((place[:, None] - place) / deviation) ** 2)
    shares: NDArray[np.float64] = weight / weight.sum(axis=1, keepdims=True)
    return shares.astype(np.float32)


def _uint8(values: NDArray[np.floating]) -> Images:
    rounded: NDArray[np.floating] = np.rint(values)
    return rounded.clip(0, 255).astype(np.uint8)
