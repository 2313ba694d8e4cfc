"""What a run has kept of each epoch: measures, and charts with the values of every epoch."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.calibration import reliability_bins
from core.metrics.confusion import confusion_matrix
from core.metrics.epochs import ByEpoch, by_epoch, forgettings
from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve
from core.metrics.uncertainty import least_confidence
from core.training import epoch_logits
from core.training.epoch_logits import EpochLogits
from core.training.runs import Run
from core.views import through_training as charts
from core.views.charts import Spec
from ui.loaded.compared import place_of

MOST_EPOCHS = 100  # shown of one run, evenly spread


class ThroughTraining(NamedTuple):
    """A run's answers to the validation images after each epoch.

    Attributes:
        kept: the logits of the epochs shown.
        measures: accuracy, AURC and ECE after each.
        forgettings: (num_samples,), how often each image was right after an epoch and wrong after the next.
        accuracy_coverage, reliability, confusion: charts that follow the parameter "epoch".
    """

    kept: EpochLogits
    measures: ByEpoch
    forgettings: NDArray[np.integer]
    accuracy_coverage: Spec
    reliability: Spec
    confusion: Spec

    @property
    def stops(self) -> list[str]:
        """The epochs as texts."""
        return [f"{epoch:.6g}" for epoch in self.kept.epochs]

    def probs_of(self, sample: int) -> NDArray[np.float64]:
        """(num_epochs, num_classes), of one image."""
        answers = Predictions(
            self.kept.logits[:, sample], np.repeat(self.kept.labels[sample], len(self.stops)), self.kept.class_names
        )
        return answers.probs


def through_training(run: Run) -> ThroughTraining:
    """What a finished run has kept of its epochs.

    Raises:
        Damaged: something kept is missing or cannot be read.
    """
    return _through_training(**place_of(run))


@st.cache_resource(max_entries=6, show_spinner="Reading the epochs…")
def _through_training(folder: str, finished_at: float) -> ThroughTraining:
    kept = _thinned(epoch_logits.kept(Run(Path(folder))))
    answers = [Predictions(logits, kept.labels, kept.class_names) for logits in kept.logits]
    curves = [accuracy_coverage_curve(least_confidence(each.probs), each.correct) for each in answers]
    counts = np.stack([confusion_matrix(each) for each in answers])
    return ThroughTraining(
        kept,
        by_epoch(kept.logits, kept.labels),
        forgettings(np.stack([each.correct for each in answers])),
        charts.accuracy_coverage(curves),
        charts.reliability([reliability_bins(each.probs, each.labels) for each in answers]),
        charts.confusion(counts, kept.class_names),
    )


def _thinned(kept: EpochLogits) -> EpochLogits:
    if len(kept.epochs) <= MOST_EPOCHS:
        return kept
    shown = np.linspace(0, len(kept.epochs) - 1, MOST_EPOCHS).round().astype(int)
    return EpochLogits(kept.epochs[shown], kept.logits[shown], kept.labels, kept.class_names)
