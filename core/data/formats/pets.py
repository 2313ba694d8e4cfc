"""Oxford-IIIT Pet: photographs in images/, and their breeds in annotations/.

All listed images that are present are used. If that is all published ones, the test split is the published one, and the last fifth
of each breed's other images is for validation. If only a sample is, the last fifth of each breed is for testing and the
fifth before it for validation, because little of the published test split would be left. Images are ordered by the
numbers in their file names; photographs of one animal may have neighbouring numbers, and then mostly stay together.

Source: https://www.robots.ox.ac.uk/~vgg/data/pets/ (its README describes annotations/).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.formats.idx import DataDamaged
from core.data.pictures.colour import colour_image
from core.data.pictures.uploads import BROKEN, ENDINGS, MOST_PIXELS

SIDE = 224  # pixels
NUM_PUBLISHED = 7_349  # images
# In the order of the published class numbers, which begin with 1; cats are those with a capital letter.
BREEDS = (
    "Abyssinian", "american_bulldog", "american_pit_bull_terrier", "basset_hound", "beagle", "Bengal", "Birman", "Bombay",
    "boxer", "British_Shorthair", "chihuahua", "Egyptian_Mau", "english_cocker_spaniel", "english_setter",
    "german_shorthaired", "great_pyrenees", "havanese", "japanese_chin", "keeshond", "leonberger", "Maine_Coon",
    "miniature_pinscher", "newfoundland", "Persian", "pomeranian", "pug", "Ragdoll", "Russian_Blue", "saint_bernard",
    "samoyed", "scottish_terrier", "shiba_inu", "Siamese", "Sphynx", "staffordshire_bull_terrier", "wheaten_terrier",
    "yorkshire_terrier",
)  # fmt: skip
CLASS_NAMES = tuple(breed.replace("_", " ").title() for breed in BREEDS)
GROUPS = {
    "cat": tuple(name for name, breed in zip(CLASS_NAMES, BREEDS, strict=True) if breed[0].isupper()),
    "dog": tuple(name for name, breed in zip(CLASS_NAMES, BREEDS, strict=True) if breed[0].islower()),
}
FILES = ("annotations/list.txt", "annotations/trainval.txt", "annotations/test.txt", "images")


@dataclass(frozen=True)
class Pets:
    """The part of the data set that is present.

    Attributes:
        folder: has images/ and annotations/.

    Raises:
        DataDamaged: on access, if an annotation cannot be read, a list is missing, or there is no image.
    """

    folder: Path

    @cached_property
    def listed(self) -> dict[str, int]:
        """Image name -> label, for every image in the list, whether or not it is present."""
        return dict(_annotations(self.folder / "annotations/list.txt"))

    @cached_property
    def here(self) -> list[str]:
        """The names of the listed images that are present: by breed, and within a breed by number."""
        found = {path.stem for path in (self.folder / "images").glob("*.jpg")}
        names = sorted(found & self.listed.keys(), key=lambda name: (self.listed[name], _number(name)))
        if not names:
            raise DataDamaged(f"{self.folder / 'images'} has none of the {len(self.listed):,} listed images.")
        return names

    @property
    def is_sample(self) -> bool:
        """Whether some of the published images are missing."""
        return len(self.here) < NUM_PUBLISHED

    @property
    def note(self) -> str:
        """A sentence or two if this is a sample, else empty."""
        if not self.is_sample:
            return ""
        text = (
            f"A sample: {len(self.here):,} of the {NUM_PUBLISHED:,} published images are here, split by this app. "
            "Accuracies are not to be compared with published ones."
        )
        absent = sorted(self.listed.keys() - set(self.here))
        # If the list is that of all published images, a sample lacks thousands, and nothing is wrong.
        if absent and len(self.listed) < NUM_PUBLISHED:
            text += f" Listed but missing: {_shortened(f'{name}.jpg' for name in absent)}."
        return text

    @cached_property
    def splits(self) -> dict[str, list[str]]:
        """Split -> names of images, as described at the top of this file."""
        tested = set() if self.is_sample else {name for name, _ in _annotations(self.folder / "annotations/test.txt")}
        by_breed: dict[int, list[str]] = defaultdict(list)
        for name in self.here:
            if name not in tested:
                by_breed[self.listed[name]].append(name)
        splits: dict[str, list[str]] = {
            "train": [],
            "validation": [],
            "test": [name for name in self.here if name in tested],
        }
        for names in by_breed.values():
            fifth = len(names) // 5
            tested_here = fifth if self.is_sample else 0
            first_tested, first_validated = len(names) - tested_here, len(names) - tested_here - fifth
            splits["train"] += names[:first_validated]
            splits["validation"] += names[first_validated:first_tested]
            splits["test"] += names[first_tested:]
        return splits

    @property
    def num_samples(self) -> dict[str, int]:
        """Split -> number of images."""
        return {split: len(names) for split, names in self.splits.items()}

    def read(self, split: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The images of a split, with the shorter side scaled to 224 pixels and the middle cut out, and their labels.

        Returns:
            images (num_samples, 224, 224, 3) and labels (num_samples,); both uint8. Each breed is spread evenly over the
            split, so that the first images of it already have nearly all breeds.

        Raises:
            DataDamaged: some images cannot be read; names them.
        """
        names = self._evenly_spread(self.splits[split])
        images, unreadable = np.empty((len(names), SIDE, SIDE, 3), np.uint8), []
        for index, name in enumerate(names):
            try:
                # Some published files are PNG or GIF inside.
                with Image.open(self.folder / "images" / f"{name}.jpg", formats=list(ENDINGS)) as image:
                    image.draft(None, (2 * SIDE, 2 * SIDE))  # a large JPEG is decoded at half, a quarter or an eighth
                    if image.width * image.height > MOST_PIXELS:
                        raise ValueError(f"{image.width:,} x {image.height:,} pixels")
                    images[index] = colour_image(image, SIDE, SIDE, pad=False)
            except (*BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning):
                unreadable.append(f"{name}.jpg")
        if unreadable:
            raise DataDamaged(
                f"{self.folder / 'images'} has {len(unreadable):,} of {len(names):,} images that cannot be read: "
                f"{_shortened(unreadable)}. Delete what is broken and download it again."
            )
        return images, np.array([self.listed[name] for name in names], np.uint8)

    def _evenly_spread(self, names: list[str]) -> list[str]:
        seen: dict[int, int] = defaultdict(int)
        keys: dict[str, tuple[int, int]] = {}
        for name in names:
            seen[self.listed[name]] += 1
            keys[name] = (seen[self.listed[name]], self.listed[name])
        return sorted(names, key=keys.__getitem__)


def _annotations(path: Path) -> Iterable[tuple[str, int]]:
    """Pairs (image name, label) of a file whose lines are: name, class (from 1), species (1 cat, 2 dog), breed."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataDamaged(f"{path} cannot be read ({error}). Download it again.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split()
        breed = fields[0].rpartition("_")[0]
        if breed not in BREEDS or len(fields) < 3 or fields[1] != str(BREEDS.index(breed) + 1):
            raise DataDamaged(
                f"{path} has in line {number} no image, breed number and species that fit: {line[:80]!r}."
            )
        yield fields[0], BREEDS.index(breed)


def _number(name: str) -> tuple[int, str]:
    number = name.rpartition("_")[2]
    return (int(number) if number.isdecimal() else -1, name)


def _shortened(names: Iterable[str]) -> str:
    first, *rest = names
    return first + (f" and {len(rest):,} more" if rest else "")
