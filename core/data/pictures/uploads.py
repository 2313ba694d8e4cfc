"""Uploaded pictures: decoded with bounded memory, or refused in one sentence."""

import io
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import PurePath

from PIL import Image

# Format -> its file name endings; no other format is decoded.
ENDINGS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
}
MOST_BYTES = 20_000_000
MOST_PIXELS = 40_000_000  # 160 MB decoded; phones may have more, but a JPEG is reduced while decoding
LONGEST_SIDE = 20_000  # pixels; every row needs memory, however short: 400 MB for 40,000,000 rows of one pixel
DECODED_SIDE = 1024  # pixels; a JPEG is reduced while decoding, as long as both sides stay at least this long
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, AssertionError, struct.error, zlib.error,
)  # fmt: skip


class UnreadableImage(ValueError):
    """A file is not a readable picture; the message says why and what to do."""


def read_image(content: bytes, name: str, check: Callable[[str, int], None] | None = None) -> Image.Image:
    """A picture from the bytes of a file; the first frame of an animation.

    Args:
        content: the whole file.
        name: its file name, whose ending must match the content.
        check: called with the name and the number of pixels before anything is decoded; may raise UnreadableImage.

    Returns:
        The decoded picture, not yet rotated as its EXIF data say; in its own mode, but RGB or RGBA if it has a palette.

    Raises:
        UnreadableImage: it is empty, too large, broken, not a PNG, JPEG, WebP, BMP or GIF, or of another format than
            its name says.
    """
    if not content:
        raise UnreadableImage(f"{name} is empty. Choose a file with a picture in it.")
    if len(content) > MOST_BYTES:
        raise UnreadableImage(f"{name} has {len(content) / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} MB can be read.")
    try:
        # Pillow's warning of decompression bombs is not needed: the size is checked below, before anything is decoded.
        with warnings.catch_warnings(action="ignore"):
            image = Image.open(io.BytesIO(content), formats=list(ENDINGS))
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"{name} would unpack to far too many pixels. Make the picture smaller.") from error
    except BROKEN as error:
        raise UnreadableImage(
            f"{name} is no picture that can be read. Send a PNG, JPEG, WebP, BMP or GIF file."
        ) from error
    # Pillow calls a phone's JPEG with a second picture inside (a gain or depth map) MPO. A picture that was opened from a
    # file has a format.
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    if PurePath(name).suffix.lower() not in ENDINGS[kind]:
        raise UnreadableImage(
            f"{name} is a {kind} file inside, which its name does not say. Rename it to {ENDINGS[kind][0]}."
        )
    image.draft("RGB", (DECODED_SIDE, DECODED_SIDE))
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise UnreadableImage(
            f"{name} has {width:,} x {height:,} pixels; at most {MOST_PIXELS // 1_000_000} million can be read. Make it smaller."
        )
    if max(width, height) > LONGEST_SIDE:
        raise UnreadableImage(
            f"{name} has {width:,} x {height:,} pixels; a side may have at most {LONGEST_SIDE:,}. Cut it or make it smaller."
        )
    if check is not None:
        check(name, width * height)
    try:
        with warnings.catch_warnings(action="ignore"):
            image.load()
            # Converted here, because a palette may be missing or too short.
            return image.convert("RGBA" if image.has_transparency_data else "RGB") if image.mode == "P" else image
    except BROKEN as error:
        raise UnreadableImage(
            f"{name} is broken or cut off: its picture cannot be decoded. Save or send it again."
        ) from error
