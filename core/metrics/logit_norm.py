"""MaxLogit-pNorm: the largest logit divided by the size of all logits. Larger scores are less certain.

Some ways of training, such as label smoothing, make the largest probability a bad ranking of right and wrong answers.
This score repairs the ranking. For a network whose largest probability ranks well, it stays least confidence.

Source:
    Cattelan & Silva 2024, "How to Fix a Broken Confidence Estimator", https://arxiv.org/abs/2305.15508
"""

import numpy as np
from numpy.typing import NDArray

from core.metrics.predictions import softmax
from core.metrics.selective import aurc
from core.metrics.uncertainty import least_confidence

LARGEST_P = 9


def max_logit_pnorm(logits: NDArray[np.floating], p: int | None) -> NDArray[np.float64]:
    """Minus the largest logit divided by the p-norm of the logits, both after subtracting the mean of the logits.

    Args:
        logits: (num_samples, num_classes), before the softmax.
        p: at least 0; 0 means no division. None gives least confidence instead.

    Returns:
        (num_samples,), in [-1, 0] for p of at least 1, at most 0 for p = 0, in [0, 1] for None; 0 where all logits are
        equal.

    Raises:
        ValueError: p is negative.

    Source:
        Cattelan & Silva 2024, https://arxiv.org/abs/2305.15508

    Example:
        >>> max_logit_pnorm(np.array([[4.0, 1, -2], [40, 10, -20], [1, 1, 1]]), p=1).tolist()
        [-0.5, -0.5, 0.0]
    """
    if p is None:
        return np.asarray(least_confidence(softmax(logits)), np.float64)
    if p < 0:
        raise ValueError(f"p must be at least 0, or None for least confidence, got {p}.")
    exact = np.asarray(logits, np.float64)
    centred = exact - exact.mean(axis=-1, keepdims=True)
    largest: NDArray[np.float64] = centred.max(axis=-1)
    if p == 0:
        return 0 - largest
    norm = np.linalg.norm(centred, p, axis=-1)
    ratio = np.zeros_like(largest)
    np.divide(largest, norm, out=ratio, where=norm > 0)
    return 0 - ratio  # a minus alone would turn 0 into -0


def choose_p(logits: NDArray[np.floating], correct: NDArray[np.bool_]) -> int | None:
    """The p of `max_logit_pnorm`, from 0 to 9, with the lowest AURC.

    Args:
        logits: (num_samples, num_classes) of the validation split, at least one sample.
        correct: (num_samples,), whether each answer is right.

    Returns:
        The smallest p in a tie; None where no p has a lower AURC than least confidence.

    Source:
        Cattelan & Silva 2024, https://arxiv.org/abs/2305.15508, also for the grid and for None.

    Example:
        >>> logits = np.array([[1.0, 0, 0], [1, 0, 0], [8, 6, -14]])  # the last has the largest probability
        >>> choose_p(logits, np.array([True, True, False]))
        1
    """
    candidates: list[int | None] = [None, *range(LARGEST_P + 1)]  # least confidence comes first and wins ties
    return min(candidates, key=lambda p: aurc(max_logit_pnorm(logits, p), correct))
