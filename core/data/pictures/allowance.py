"""What one visitor may have read: without a limit on all files together, a few kilobytes keep the server busy for long."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.data.pictures.uploads import UnreadableImage

NEW_VISIT = "Reload the page to begin again, with fewer or smaller pictures."


@dataclass
class Allowance:
    """What may still be read in one visit, for all files together; reading uses it up.

    Attributes:
        num_files: files that may be opened.
        num_bytes: of unpacked files.
        num_pixels: decoded. A blank picture of many pixels takes few bytes.
        seconds: of processor time.
    """

    num_files: int = 1_000
    num_bytes: int = 100_000_000
    num_pixels: int = 300_000_000
    seconds: float = 10.0

    def begin(self, name: str) -> None:
        """See that anything is left before a file is opened.

        Raises:
            UnreadableImage: nothing is.
        """
        left = {"files": self.num_files, "bytes": self.num_bytes, "pixels": self.num_pixels, "time": self.seconds}
        for what, amount in left.items():
            if amount <= 0:
                raise UnreadableImage(f"{name} was not opened: this visit has no {what} left for reading. {NEW_VISIT}")

    def use_file(self, name: str, num_bytes: int) -> None:
        """Count a file before it is looked at.

        Raises:
            UnreadableImage: it has more bytes than are left.
        """
        self.num_files -= 1
        self.num_bytes -= _checked(name, num_bytes, self.num_bytes, "MB")

    def use_pixels(self, name: str, num_pixels: int) -> None:
        """Count a picture before it is decoded.

        Raises:
            UnreadableImage: the picture is more than is left.
        """
        self.num_pixels -= _checked(name, num_pixels, self.num_pixels, "million pixels")

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the processor time of this thread."""
        began = time.thread_time()
        try:
            yield
        finally:
            self.seconds -= time.thread_time() - began


def _checked(name: str, wanted: int, left: int, unit: str) -> int:
    """The number that is wanted, in units of which a million is named; UnreadableImage if it is more than is left."""
    if wanted > left:
        raise UnreadableImage(
            f"{name} has {wanted / 1e6:,.1f} {unit}, and this visit has {left / 1e6:,.1f} left for reading. {NEW_VISIT}"
        )
    return wanted
