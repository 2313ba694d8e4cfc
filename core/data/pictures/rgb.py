"""Any Pillow picture as an upright, opaque RGB picture of bounded size."""

from contextlib import suppress

import numpy as np
from PIL import Image, ImageOps, ImageStat


def upright_rgb(image: Image.Image, longest_side: int) -> Image.Image:
    """A picture turned upright, without transparency, and not too large.

    Args:
        image: of any mode in which Pillow opens a picture.
        longest_side: in pixels; a larger picture is reduced to at most this by averaging whole squares of pixels.

    Returns:
        A new image of mode RGB, rotated as its EXIF data say. Transparent pixels become black or white, whichever has
        more contrast with what is drawn, so that a white stroke on a transparent background stays visible.
    """
    small = _eight_bit(image).reduce(-(-max(image.size) // longest_side))
    # A broken EXIF block, for which Pillow may raise anything, is no reason to refuse a picture.
    with suppress(Exception):
        small = ImageOps.exif_transpose(small)
    return _opaque(small).convert("RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """The image with eight bits per channel, in a mode whose pixels can be averaged."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    if image.mode in ("I", "F"):  # these have no defined range
        values = np.nan_to_num(np.asarray(image, dtype=float), posinf=0, neginf=0)
        span = np.ptp(values) or 1
        return Image.fromarray(((values - values.min()) * (255 / span)).round().astype(np.uint8))
    if image.has_transparency_data:
        return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _opaque(image: Image.Image) -> Image.Image:
    """The image on a black or white background, whichever gives more contrast."""
    if image.mode not in ("LA", "RGBA"):
        return image
    image = image.convert("RGBA")
    alpha = image.getchannel("A")
    drawn = ImageStat.Stat(image.convert("L"), alpha).mean[0] if alpha.getextrema()[1] else 0
    background = Image.new("RGBA", image.size, "black" if drawn > 127 else "white")
    return Image.alpha_composite(background, image)
