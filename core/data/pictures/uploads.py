"""Pictures that people send: decoded with bounded memory, or refused in one sentence."""

import io
import struct
import warnings
import zlib
from pathlib import PurePath

from PIL import Image

# Format -> the file name endings that promise it; nothing else is handed to a decoder.
ENDINGS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
}
MOST_BYTES = 20_000_000
MOST_PIXELS = 40_000_000  # 160 MB decoded; a phone's camera has 12 to 50 million, which JPEG decodes reduced
LONGEST_SIDE = 1024  # pixels; what a JPEG is reduced towards while it is being decoded
BROKEN = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, struct.error, zlib.error)


class UnreadableImage(ValueError):
    """A file is no picture that can be read here; the sentence says why and what to do."""


def read_image(content: bytes, name: str) -> Image.Image:
    """A picture from the bytes of a file; of an animation the first frame.

    Args:
        content: the whole file.
        name: its name, whose ending must tell the truth about the content.

    Returns:
        The decoded picture, in whatever mode it has; EXIF rotation is not yet followed.

    Raises:
        UnreadableImage: it is empty, too large, no PNG, JPEG, WebP, BMP or GIF, another of these than its name says, or
            broken.
    """
    if not content:
        raise UnreadableImage(f"{name} is empty. Choose a file with a picture in it.")
    if len(content) > MOST_BYTES:
        raise UnreadableImage(f"{name} has {len(content) / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} MB can be read.")
    try:
        with warnings.catch_warnings(
            action="ignore"
        ):  # of bombs: the size is checked below, before anything is decoded
            image = Image.open(io.BytesIO(content), formats=list(ENDINGS))
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"{name} would unpack to far too many pixels. Make the picture smaller.") from error
    except BROKEN as error:
        raise UnreadableImage(
            f"{name} is no picture that can be read. Send a PNG, JPEG, WebP, BMP or GIF file."
        ) from error
    # A phone's JPEG that carries a second picture, a gain or depth map, is MPO to Pillow.
    kind = "JPEG" if image.format == "MPO" else image.format
    if PurePath(name).suffix.lower() not in ENDINGS[kind]:
        raise UnreadableImage(
            f"{name} is a {kind} file inside, which its name does not say. Rename it to {ENDINGS[kind][0]}."
        )
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise UnreadableImage(
            f"{name} has {width:,} x {height:,} pixels; at most {MOST_PIXELS // 1_000_000} million can be read. Make it smaller."
        )
    try:
        with warnings.catch_warnings(action="ignore"):
            image.load()
    except BROKEN as error:
        raise UnreadableImage(
            f"{name} is broken or cut off: its picture cannot be decoded. Save or send it again."
        ) from error
    return image
