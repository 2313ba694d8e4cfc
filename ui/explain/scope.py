"""The test images over which the trust of a map is measured."""

from typing import NamedTuple


class Scope(NamedTuple):
    """One test image that is shown, and over how many others the numbers are.

    Attributes:
        number: the test image that is shown.
        num_images: the numbers are over the first so many test images; None: over the shown one alone.
    """

    number: int
    num_images: int | None

    @property
    def rows(self) -> tuple[int, ...]:
        """Numbers of the images that are measured; the first is the one that is shown."""
        return self.number, *range(self.num_images or 0)

    @property
    def counted(self) -> slice:
        """Which of `rows` the numbers are over."""
        return slice(0 if self.num_images is None else 1, None)

    @property
    def text(self) -> str:
        if self.num_images is None:
            return f"test image {self.number} alone"
        return f"mean over the first {self.num_images} test images"
