"""How a prediction set is written."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.views.palette import WAKARANAI

MOST_NAMES = 6
EMPTY = f"none of the classes ({WAKARANAI})"


def set_name(contains: NDArray[np.bool_], probs: NDArray[np.floating], class_names: Sequence[str]) -> str:
    """A prediction set with its most likely classes first.

    Args:
        contains: (num_classes,), whether each class is in the set.
        probs: (num_classes,).
        class_names: num_classes names.

    Example:
        >>> names = ("cat", "dog", "ship")
        >>> set_name(np.array([True, True, False]), np.array([0.3, 0.6, 0.1]), names)
        '{dog, cat}'
        >>> set_name(np.array([True, True, True]), np.array([0.3, 0.6, 0.1]), names)
        'all 3 classes'
    """
    chosen = [place for place in np.argsort(-probs, kind="stable").tolist() if contains[place]]
    if not chosen:
        return EMPTY
    if len(chosen) == len(class_names) > 1:
        return f"all {len(chosen)} classes"
    names = [class_names[place] for place in chosen[:MOST_NAMES]]
    more = [f"and {len(chosen) - MOST_NAMES} more"] if len(chosen) > MOST_NAMES else []
    return f"{{{', '.join([*names, *more])}}}"
