"""Which samples a classifier answers: those whose uncertainty is at most a threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Decision:
    """One score and one threshold, which say of every image whether it is answered or refused.

    Attributes:
        score: the label of the score in `core.metrics.scores.SCORES`.
        validation: (num_validation,), the score of the validation images, on which the threshold was chosen.
        test: (num_test,), the score of the test images, on which the threshold is verified.
        threshold: the largest uncertainty that is answered.
    """

    score: str
    validation: NDArray[np.floating]
    test: NDArray[np.floating]
    threshold: float

    def accepts(self, uncertainty: ArrayLike) -> NDArray[np.bool_]:
        """Whether images with these values of the score are answered; the shape of the values."""
        return np.asarray(uncertainty) <= self.threshold

    def uncertainty(self, split: str) -> NDArray[np.floating]:
        """The values of "validation" or of "test"."""
        return {"validation": self.validation, "test": self.test}[split]

    @property
    def accepted(self) -> NDArray[np.bool_]:
        """(num_test,): which test images are answered."""
        return self.accepts(self.test)

    @property
    def refused(self) -> NDArray[np.bool_]:
        """(num_test,): which test images are refused."""
        return ~self.accepted
