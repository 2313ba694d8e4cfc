"""How well a run's probabilities are calibrated, as trained and with a temperature, and charts with every temperature."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.calibration_summary import CalibrationSummary, calibration_summary
from core.metrics.temperatures import (
    AtTemperature,
    CurveDistance,
    at_temperatures,
    curve_distance,
    likelihoods,
    temperature_stops,
)
from core.training import runs
from core.training.runs import Run
from core.views import temperature as charts
from core.views.charts import Spec
from ui.loaded.data import key_of, predictions
from ui.loaded.scores import temperature


class Summaries(NamedTuple):
    """Measures of the same answers.

    Attributes:
        as_trained: with T = 1.
        scaled: with the temperature fitted on validation; None if that is 0 or infinite.
    """

    as_trained: CalibrationSummary
    scaled: CalibrationSummary | None


def summaries(run: Run, split: str, answer: int | None, num_bins: int) -> Summaries:
    """The measures of all answers of a split, or of those that name one class, of which there must be one.

    Args:
        run, split: whose answers.
        answer: index of a class; None for all answers.
        num_bins: of the measures that have bins.
    """
    return _summaries(**key_of(run), split=split, answer=answer, num_bins=num_bins)


@st.cache_resource(max_entries=96, show_spinner=False)
def _summaries(name: str, finished_at: float, split: str, answer: int | None, num_bins: int) -> Summaries:
    run = runs.find(name)
    found, fitted = predictions(run, split), temperature(run)
    rows = slice(None) if answer is None else found.predicted == answer
    logits, labels = found.logits[rows], found.labels[rows]
    return Summaries(
        calibration_summary(logits, labels, num_bins),
        calibration_summary(logits, labels, num_bins, fitted) if 0 < fitted < np.inf else None,
    )


class Tempered(NamedTuple):
    """A run's test answers at each temperature.

    Attributes:
        fitted: the temperature with the lowest cross-entropy on validation; may be 0 or infinite.
        temperatures: (num_stops,), ascending; 1 is among them, and so is the fitted one, unless it is 0 or infinite.
        accuracy: of the test images, the same at every temperature.
        nll, ece, confidence, aurc: (num_stops,), of the test images.
        moved: how far the accuracy-coverage curve at the fitted temperature is from that at T = 1; None without the former.
        accuracy_coverage, reliability, likelihood, confidences: charts that follow the parameter "temperature".
    """

    fitted: float
    temperatures: NDArray[np.float64]
    accuracy: float
    nll: NDArray[np.float64]
    ece: NDArray[np.float64]
    confidence: NDArray[np.float64]
    aurc: NDArray[np.float64]
    moved: CurveDistance | None
    accuracy_coverage: Spec
    reliability: Spec
    likelihood: Spec
    confidences: Spec

    @property
    def as_trained(self) -> int:
        """The place of T = 1."""
        return int(np.flatnonzero(self.temperatures == 1)[0])

    @property
    def best(self) -> int | None:
        """The place of the fitted temperature; None if it is 0 or infinite."""
        places = np.flatnonzero(self.temperatures == self.fitted)
        return int(places[0]) if len(places) else None


def tempered(run: Run) -> Tempered:
    """What each temperature makes of a run's answers to the test images."""
    return _tempered(**key_of(run))


@st.cache_resource(max_entries=12, show_spinner="Computing the temperatures…")
def _tempered(name: str, finished_at: float) -> Tempered:
    run = runs.find(name)
    fitted, test, validation = temperature(run), predictions(run, "test"), predictions(run, "validation")
    stops = temperature_stops(fitted)
    found = at_temperatures(test.logits, test.labels, stops)
    on_validation = likelihoods(validation.logits, validation.labels, stops)
    num_images = {"test": test.num_samples, "validation": validation.num_samples}
    return Tempered(
        fitted,
        stops,
        test.accuracy,
        np.array([each.nll for each in found]),
        np.array([each.bins.error for each in found]),
        np.array([each.confidence.mean() for each in found]),
        np.array([each.aurc for each in found]),
        _moved(found, fitted),
        charts.accuracy_coverage(found),
        charts.reliability(found),
        charts.likelihood(found, on_validation, fitted, num_images),
        charts.confidences(found),
    )


def _moved(found: list[AtTemperature], fitted: float) -> CurveDistance | None:
    curves = {each.temperature: each.curve for each in found}
    return curve_distance(curves[1], curves[fitted]) if fitted in curves else None
