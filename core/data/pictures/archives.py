"""A user's own pictures, many at once: several files, or a ZIP that is read in memory and never unpacked to disk."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.digits import NoInk
from core.data.pictures.allowance import Allowance
from core.data.pictures.prepared import prepared_picture
from core.data.pictures.uploads import MOST_BYTES, UnreadableImage, read_image

MOST_ENTRIES = 10_000


# Name of a file, in an archive with its folders, and a function that returns its content or raises UnreadableImage.
File = tuple[str, Callable[[], bytes]]


class UnreadableArchive(ValueError):
    """A file is not a readable ZIP; the message says why and what to do."""


class Found(NamedTuple):
    """What a file turned out to be: a picture in the shape that a network takes, or None and a sentence that says why."""

    name: str
    image: NDArray[np.uint8] | None
    reason: str = ""


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


def read_each(
    files: Iterable[File], image_shape: tuple[int, int, int], allowance: Allowance | None = None
) -> Iterator[Found]:
    """The pictures among some files, one at a time and in their order; whoever stops asking stops the reading.

    Args:
        files: (name, function that returns the content); only one file's content is in memory at a time.
        image_shape: (height, width, channels), as `core.data.pictures.prepared` takes it.
        allowance: what may be read, and is used up; a new one by default.
    """
    left = Allowance() if allowance is None else allowance
    for name, content in files:
        image, reason = None, ""
        try:
            left.begin(name)
            with left.timed():
                data = content()
                left.use_file(name, len(data))
                picture = read_image(data, name, left.use_pixels)
                image = prepared_picture(picture, image_shape).image
        except UnreadableImage as error:
            reason = str(error)
        except NoInk as error:
            reason = f"{name}: {error}"
        yield Found(name, image, reason)


def images_from_files(
    files: Iterable[File], image_shape: tuple[int, int, int], allowance: Allowance | None = None
) -> OwnImages:
    """The pictures among some files, all at once; arguments as for `read_each`."""
    found = list(read_each(files, image_shape, allowance))
    images = [each.image for each in found if each.image is not None]
    return OwnImages(
        np.array(images, np.uint8).reshape(-1, *image_shape),
        tuple(each.name for each in found if each.image is not None),
        tuple((each.name, each.reason) for each in found if each.image is None),
    )


def images_from_zip(
    content: bytes, name: str, image_shape: tuple[int, int, int], allowance: Allowance | None = None
) -> OwnImages:
    """The pictures in a ZIP; arguments as for `files_in_zip` and `read_each`.

    Raises:
        UnreadableArchive: it is not a ZIP, too large, or has too many entries.
    """
    return images_from_files(files_in_zip(content, name), image_shape, allowance)


def files_in_zip(content: bytes, name: str) -> list[File]:
    """The files in a ZIP, including those in its folders, in the archive's order; nothing is unpacked yet.

    Args:
        content: the whole archive.
        name: its file name, for error messages.

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
    return [
        (entry.filename, partial(_content, archive, entry))
        for entry in archive.infolist()
        # Not is_dir(), which fails for an entry without a name.
        if not entry.filename.endswith("/")
    ]


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
