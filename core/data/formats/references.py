"""Published studies of the test images: suspected label errors, and the labels that people chose.

Files are searched for in $WAKARANAI_DATA/extras and data/extras, in this order. None of them comes with the app:

    label_errors/<data set>_mturk.json    a list of {"id": test index, "given_original_label", "our_guessed_label",
                                          "mturk": {"given", "guessed", "neither", "both": votes}}
    cifar10h/cifar10h-counts.npy          int64 (10000, 10): how many people chose each class, in test-set order

Sources:
    Northcutt, Athalye, Mueller 2021, https://arxiv.org/abs/2103.14749 (files: github.com/cleanlab/label-errors)
    Peterson, Battleday, Griffiths, Russakovsky 2019, https://arxiv.org/abs/1908.07086 (files: github.com/jcpeterson/cifar-10h;
    for non-commercial use only)
"""

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data import sources
from core.data.formats.idx import DataDamaged

WITH_LABEL_ERRORS = ("mnist", "cifar10")
LARGEST = 2**24  # bytes; the published files have at most 0.8 million
MOST_PEOPLE = 1_000_000  # per image
VOTES = {"cifar10": "cifar10h/cifar10h-counts.npy"}


@dataclass(frozen=True)
class LabelReview:
    """One test image whose label people reviewed.

    Attributes:
        sample: its index in the test split.
        given: the official label.
        guessed: the label that a classifier suspected instead.
        num_given: votes for the official label alone.
        num_votes: all votes, usually five.
    """

    sample: int
    given: int
    guessed: int
    num_given: int
    num_votes: int

    @property
    def is_error(self) -> bool:
        """Whether fewer than half of the people chose the official label alone."""
        return 2 * self.num_given < self.num_votes


def folders() -> list[Path]:
    """The folders in which the files are searched for, in this order."""
    own = os.environ.get("WAKARANAI_DATA")
    return [*([Path(own) / "extras"] if own else []), sources.ROOT / "data/extras"]


def where(file: str) -> str:
    """The path where a file of this name should be put, for a sentence on screen."""
    return str(folders()[0] / file)


def _find(file: str) -> Path | None:
    return next((folder / file for folder in folders() if (folder / file).is_file()), None)


def label_file(dataset: str) -> str:
    """The name of the file with a data set's suspected label errors."""
    return f"label_errors/{dataset}_mturk.json"


def label_reviews(dataset: str) -> Mapping[int, LabelReview] | None:
    """The test images whose label people reviewed: index -> review.

    Args:
        dataset: a name in `core.data.sources.SOURCES`.

    Returns:
        None if there is no file.

    Raises:
        DataDamaged: the file differs from the published one.
    """
    path = _find(label_file(dataset))
    if path is None:
        return None
    source = sources.source(dataset)
    try:
        listed = json.loads(_content(path))
        reviews = [_review(entry, source.num_samples["test"], len(source.class_names)) for entry in listed]
    # RecursionError: brackets in brackets, thousands deep. OverflowError: an infinite number.
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise DataDamaged(
            f"{path} is not a list of reviewed labels as github.com/cleanlab/label-errors has it ({error!r}). Fetch it again."
        ) from error
    return {review.sample: review for review in reviews}


def _review(entry: Mapping[str, Any], num_samples: int, num_classes: int) -> LabelReview:
    sample = int(entry["id"])
    given, guessed = int(entry["given_original_label"]), int(entry["our_guessed_label"])
    votes = {answer: int(count) for answer, count in entry["mturk"].items()}
    # If the guess is the official label, the same votes are published twice.
    num_votes = sum(votes.values()) - (votes["guessed"] if given == guessed else 0)
    if not (0 <= sample < num_samples and 0 <= given < num_classes and 0 <= guessed < num_classes):
        raise ValueError(f"image {sample} with the labels {given} and {guessed}")
    if not (min(votes.values()) >= 0 and votes["given"] <= num_votes <= MOST_PEOPLE):
        raise ValueError(f"the votes {votes} on image {sample}")
    return LabelReview(sample, given, guessed, votes["given"], num_votes)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise DataDamaged(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST:
        raise DataDamaged(f"{path} has more than {LARGEST:,} bytes. Fetch it again.")
    return content


def human_votes(dataset: str) -> NDArray[np.int64] | None:
    """How many people chose each class for each test image.

    Args:
        dataset: a name in `core.data.sources.SOURCES`.

    Returns:
        (num_samples, num_classes) counts, at least one vote per row; None if there are no votes for this data set or
        there is no file.

    Raises:
        DataDamaged: the file differs from the published one.
    """
    path = _find(VOTES[dataset]) if dataset in VOTES else None
    if path is None:
        return None
    source = sources.source(dataset)
    expected = (source.num_samples["test"], len(source.class_names))
    content = io.BytesIO(_content(path))
    try:
        votes: NDArray[np.integer] = np.lib.format.read_array(content, allow_pickle=False)
    except Exception as error:  # of a broken file, NumPy raises whatever it meets
        raise DataDamaged(f"{path} is no NumPy array. Fetch it again.") from error
    if votes.shape != expected or not np.issubdtype(votes.dtype, np.integer):
        raise DataDamaged(f"{path} must hold integers of shape {expected}, got {votes.dtype} of shape {votes.shape}.")
    if votes.min() < 0 or votes.max() > MOST_PEOPLE or votes.sum(axis=1).min() == 0:
        raise DataDamaged(f"{path} has an image without votes, with fewer than none or with too many. Fetch it again.")
    return votes.astype(np.int64)
