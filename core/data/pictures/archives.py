"""A user's own pictures, many at once: several files, or a ZIP that is read in memory and never unpacked to disk."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from core.data.digits import NoInk
from core.data.pictures.prepared import prepared_picture
from core.data.pictures.uploads import MOST_BYTES, UnreadableImage, read_image

MOST_ENTRIES = 10_000
MOST_IMAGES = 1_000
MOST_UNPACKED = 200_000_000  # bytes
MOST_PIXELS_IN_ALL = 1_000_000_000  # decoded: a blank picture of many pixels takes few bytes in an archive


class UnreadableArchive(ValueError):
    """A file is not a readable ZIP; the message says why and what to do."""


@dataclass(frozen=True, eq=False)
class OwnImages:
    """A user's pictures in the shape that a run's network takes.

    Attributes:
        images: uint8 (num_images, height, width, channels).
        names: file name of each image.
        skipped: (file name, sentence that says why) of each file that was not read.
    """

    images: NDArray[np.uint8]
    names: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


def images_from_files(files: Iterable[tuple[str, Callable[[], bytes]]], image_shape: tuple[int, int, int]) -> OwnImages:
    """The pictures among some files, in their order; only one file's content is in memory at a time.

    Args:
        files: (name, function that returns the content); the function may raise UnreadableImage.
        image_shape: (height, width, channels), as `core.data.pictures.prepared` takes it.
    """
    images: list[NDArray[np.uint8]] = []
    names: list[str] = []
    skipped: list[tuple[str, str]] = []
    num_bytes = num_pixels = 0
    for name, content in files:
        try:
            if len(images) == MOST_IMAGES or num_bytes > MOST_UNPACKED or num_pixels > MOST_PIXELS_IN_ALL:
                raise UnreadableImage(f"{name} comes after as many pictures as can be read at once. Send it apart.")
            data = content()
            num_bytes += len(data)
            picture = read_image(data, name)
            num_pixels += picture.width * picture.height
            images.append(prepared_picture(picture, image_shape).image)
            names.append(name)
        except UnreadableImage as error:
            skipped.append((name, str(error)))
        except NoInk as error:
            skipped.append((name, f"{name}: {error}"))
    return OwnImages(np.array(images, np.uint8).reshape(-1, *image_shape), tuple(names), tuple(skipped))


def images_from_zip(content: bytes, name: str, image_shape: tuple[int, int, int]) -> OwnImages:
    """The pictures in a ZIP, including those in its folders, in the archive's order.

    Args:
        content: the whole archive.
        name: its file name, for error messages.
        image_shape: as in `images_from_files`.

    Raises:
        UnreadableArchive: it is not a ZIP, too large, or has too many entries.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableArchive(
            f"{name} has {len(content) / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} MB can be read. Make it smaller."
        )
    # Every entry of the directory begins with these bytes; counted before zipfile makes an object of each entry.
    if content.count(b"PK\x01\x02") > MOST_ENTRIES:
        raise UnreadableArchive(f"{name} has more than {MOST_ENTRIES:,} entries. Pack fewer files.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # zipfile may raise anything for a malicious directory
        raise UnreadableArchive(f"{name} is no ZIP file, or a broken one. Pack the pictures again.") from error
    with archive:
        return images_from_files(_files(archive), image_shape)


def _files(archive: zipfile.ZipFile) -> Iterator[tuple[str, Callable[[], bytes]]]:
    for entry in archive.infolist():
        # Not is_dir(), which fails for an entry without a name.
        if not entry.filename.endswith("/"):
            yield entry.filename, partial(_content, archive, entry)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry.

    Raises:
        UnreadableImage: it must not be opened, or is broken.
    """
    if reason := _refusal(entry):
        raise UnreadableImage(f"{entry.filename} {reason}.")
    try:
        with archive.open(entry) as file:
            return file.read()
    except Exception as error:  # zipfile may raise anything for a broken entry
        raise UnreadableImage(f"{entry.filename} is broken inside the archive. Pack it again.") from error


def _refusal(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry must not be opened; None if it may be."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
        return "has a path that leads out of the archive"
    if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
        return "is hidden"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in another way than usual"
    # zipfile never reads more from an entry than the size given here.
    if entry.file_size > MOST_BYTES:
        return f"would unpack to {entry.file_size / 1e6:,.0f} MB"
    return None
