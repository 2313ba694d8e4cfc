"""What Home shows of one run: three of its test images, and the classes that it confuses most."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.confusion import MutualConfusion, confusion_matrix, mutual_confusions
from core.metrics.predictions import Predictions
from core.training import runs
from core.training.runs import Run
from ui import loaded


class Examples(NamedTuple):
    """Indices of three samples of a split; None where there is none of the kind."""

    answered: int | None  # of the right answers, the least uncertain
    wrong: int | None  # of the errors that are answered, the least uncertain
    refused: int | None  # of the refused, the most uncertain


def examples(predictions: Predictions, uncertainty: NDArray[np.floating], threshold: float) -> Examples:
    """One image that is answered and right, one that is answered and wrong, one that is refused.

    Args:
        predictions: of num_samples samples.
        uncertainty: (num_samples,), larger is less certain. Ties go to the lowest index.
        threshold: the largest uncertainty that is answered.
    """
    accepted = uncertainty <= threshold

    def least(values: NDArray[np.floating], among: NDArray[np.bool_]) -> int | None:
        return int(np.argmin(np.where(among, values, np.inf))) if among.any() else None

    return Examples(
        least(uncertainty, accepted & predictions.correct),
        least(uncertainty, accepted & ~predictions.correct),
        least(-uncertainty, ~accepted),
    )


def most_confused(run: Run) -> MutualConfusion | None:
    """The two classes that a run confuses most in both directions on its test images; None if there are no such two."""
    return _most_confused(**loaded.key_of(run))


@st.cache_resource(max_entries=96, show_spinner=False)
def _most_confused(name: str, finished_at: float) -> MutualConfusion | None:
    pairs = mutual_confusions(confusion_matrix(loaded.predictions(runs.find(name), "test")))
    return pairs[0] if pairs else None
