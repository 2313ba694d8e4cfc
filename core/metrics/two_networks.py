"""Two trained networks on the same images: where one is right and the other is wrong.

This compares two networks, not two recipes: another seed gives other networks (see `core.metrics.comparison`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from core.metrics.predictions import Predictions

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class McNemar:
    """How many images each of two networks gets right, and whether chance explains the difference.

    Attributes:
        both_right, only_first, only_second, both_wrong: numbers of images.
        p: of the exact two-sided test that an image with one right answer is as likely to be the first's as the second's;
            in (0, 1], and 1 if there is no such image.
    """

    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    p: float


@dataclass(frozen=True, eq=False)
class Disagreement:
    """The five cases of two networks' answers; each image is in exactly one. Each is (num_samples,) bool.

    Attributes:
        both_right: both answer the true class.
        only_first, only_second: one of them answers the true class.
        same_error: both answer the same wrong class.
        different_errors: both are wrong, with different classes.
    """

    both_right: Mask
    only_first: Mask
    only_second: Mask
    same_error: Mask
    different_errors: Mask


def mcnemar(first_correct: ArrayLike, second_correct: ArrayLike) -> McNemar:
    """The exact test for two networks on the same images: only images that one of them gets right tell them apart.

    Args:
        first_correct: (num_samples,) bool.
        second_correct: (num_samples,) bool, of the same images in the same order.

    Raises:
        ValueError: the shapes differ.

    Source:
        McNemar 1947, https://doi.org/10.1007/BF02295996, with the exact binomial distribution.

    Example:
        >>> mcnemar([True, True, True, True, False], [True, False, False, False, False])
        McNemar(both_right=1, only_first=3, only_second=0, both_wrong=1, p=0.25)
    """
    first, second = np.asarray(first_correct, dtype=bool), np.asarray(second_correct, dtype=bool)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(
            f"first_correct and second_correct must have the same shape (num_samples,), got {first.shape} and {second.shape}."
        )
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    num_different = only_first + only_second
    return McNemar(
        both_right=int((first & second).sum()),
        only_first=only_first,
        only_second=only_second,
        both_wrong=int((~first & ~second).sum()),
        p=float(binomtest(only_first, num_different).pvalue) if num_different else 1.0,
    )


def disagreement(first: Predictions, second: Predictions) -> Disagreement:
    """Which images both networks get right, which only one, and which neither.

    Args:
        first, second: of the same images in the same order.

    Raises:
        ValueError: what `check_same_samples` raises.

    Example:
        >>> first = Predictions(np.eye(3), np.array([0, 1, 0]), tuple("abc"))
        >>> second = Predictions(np.eye(3)[[0, 0, 1]], np.array([0, 1, 0]), tuple("abc"))
        >>> found = disagreement(first, second)
        >>> found.both_right.tolist(), found.only_first.tolist(), found.different_errors.tolist()
        ([True, False, False], [False, True, False], [False, False, True])
    """
    check_same_samples([first, second])
    neither, same = ~(first.correct | second.correct), first.predicted == second.predicted
    return Disagreement(
        both_right=first.correct & second.correct,
        only_first=first.correct & ~second.correct,
        only_second=second.correct & ~first.correct,
        same_error=neither & same,
        different_errors=neither & ~same,
    )


def check_same_samples(networks: Sequence[Predictions]) -> None:
    """Check that all networks answered the same images: equal classes, and equal labels in the same order.

    Raises:
        ValueError: the classes, the numbers of samples or the labels differ.

    Example:
        >>> check_same_samples([Predictions(np.eye(2), np.array([0, 1]), ("cat", "dog"))] * 2)
    """
    for network in networks[1:]:
        first = networks[0]
        if network.class_names != first.class_names:
            raise ValueError(
                f"The networks must have the same classes, got {', '.join(first.class_names)} and "
                f"{', '.join(network.class_names)}; compare networks for the same data set."
            )
        if network.num_samples != first.num_samples:
            raise ValueError(
                f"The networks must have answered the same images, got {first.num_samples} and {network.num_samples} of them; "
                "compare predictions of the same split."
            )
        num_different = int((network.labels != first.labels).sum())
        if num_different:
            raise ValueError(
                f"The networks must have answered the same images, but {num_different} of {first.num_samples} labels differ; "
                "compare predictions of the same split, in the same order."
            )
