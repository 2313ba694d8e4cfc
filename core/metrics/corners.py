"""Typical images of two kinds of uncertainty."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Corners(NamedTuple):
    """Indices of the samples that are most typical of each corner of the plane.

    Attributes:
        clear: little of both uncertainties.
        ambiguous: much aleatoric and little epistemic uncertainty.
        unfamiliar: little aleatoric and much epistemic uncertainty.
        both: much of both.
    """

    clear: int
    ambiguous: int
    unfamiliar: int
    both: int


def corners(aleatoric: ArrayLike, epistemic: ArrayLike) -> Corners:
    """The sample nearest to each corner by ranks.

    Each uncertainty is replaced by its rank among all samples, a fraction from 0 to 1; equal values share a rank. A sample
    is as typical of a corner as the worse of its two ranks; ties go to the lowest index.

    Args:
        aleatoric, epistemic: (num_samples,), at least one sample.

    Example:
        >>> corners([0, 9, 1, 8], [0, 1, 7, 9])
        Corners(clear=0, ambiguous=1, unfamiliar=2, both=3)
    """
    right, up = _rank(aleatoric), _rank(epistemic)
    return Corners(
        *(
            int(np.argmax(np.minimum(x, y)))
            for x, y in ((1 - right, 1 - up), (right, 1 - up), (1 - right, up), (right, up))
        )
    )


def _rank(values: ArrayLike) -> NDArray[np.float64]:
    """(num_samples,): the rank of each value, the lowest 0 and the highest 1."""
    distinct, place = np.unique(np.asarray(values), return_inverse=True)
    return place / max(len(distinct) - 1, 1)
