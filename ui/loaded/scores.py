"""The scores of a run on its validation and test images, their curves, and the charts without anybody's threshold."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.calibration import fit_temperature
from core.metrics.evidence import Evidence, Reference
from core.metrics.rejection import accuracy_band
from core.metrics.scores import FROM_LOGITS, SCORES, Need
from core.metrics.selective import AccuracyCoverageCurve, accuracy_coverage_curve
from core.training import kept_scores, passes, runs
from core.training.runs import Run
from core.views import curves, histograms
from core.views.charts import Spec
from core.views.histograms import ScoreBins
from ui import serving
from ui.loaded.data import key_of, predictions


class NotComputed(LookupError):
    """The score needs more than the saved logits, and nobody has computed that yet."""


class Scored(NamedTuple):
    """A score on one split of a run, and what every threshold on it would do there."""

    uncertainty: NDArray[np.floating]  # (num_samples,)
    curve: AccuracyCoverageCurve


def scored(run: Run, split: str, score: str) -> Scored:
    """The values of the score with this label, larger is less certain.

    Raises:
        NotComputed: the score needs the network, which has not been asked yet.
    """
    return _scored(**key_of(run), split=split, score=score)


def is_here(run: Run, score: str) -> bool:
    """Whether the score's values on both splits can be had without asking the network."""
    if SCORES[score].needs <= FROM_LOGITS:
        return True
    kept_in = "monte_carlo" if Need.PASSES in SCORES[score].needs else "scores"
    if not any((parent / kept_in).is_dir() for parent in (run.results, run.folder)):
        return False  # as for most runs, and quicker than looking for each file
    try:
        return bool(scored(run, "validation", score) and scored(run, "test", score))
    except NotComputed:
        return False


@st.cache_resource(max_entries=96, show_spinner=False)
def _scored(name: str, finished_at: float, split: str, score: str) -> Scored:
    run = runs.find(name)
    uncertainty = _values(run, split, score)
    return Scored(uncertainty, accuracy_coverage_curve(uncertainty, predictions(run, split).correct))


def _values(run: Run, split: str, score: str) -> NDArray[np.floating]:
    row, logits = SCORES[score], predictions(run, split).logits
    if row.needs <= FROM_LOGITS:
        return row.values(Evidence(logits), reference_of_logits(run))
    if row.needs <= FROM_LOGITS | {Need.PASSES}:
        summary = passes.saved_passes(run, passes.name_of(split), serving.NUM_PASSES)
        if summary is not None and summary.mean_probs.shape == logits.shape:
            return row.values(Evidence(logits, passes=summary), reference_of_logits(run))
    else:
        values = kept_scores.saved_scores(run, split).get(score)
        if values is not None and len(values) == len(logits):
            return values
    raise NotComputed(f"{score} of {run.name} on {split}")


def reference_of_logits(run: Run) -> Reference:
    """What scores of logits compare with: the validation images."""
    return _reference_of_logits(**key_of(run))


@st.cache_resource(max_entries=12, show_spinner=False)
def _reference_of_logits(name: str, finished_at: float) -> Reference:
    return Reference(predictions(runs.find(name), "validation"))


def temperature(run: Run) -> float:
    """The temperature that fits the validation images best."""
    return _temperature(**key_of(run))


@st.cache_data(max_entries=96, show_spinner=False)
def _temperature(name: str, finished_at: float) -> float:
    validation = predictions(runs.find(name), "validation")
    return fit_temperature(validation.logits, validation.labels)


def accuracy_coverage(run: Run, scores: tuple[str, ...], least_coverage: float) -> Spec:
    """The curves of these scores on both splits, from this coverage on."""
    return _accuracy_coverage(**key_of(run), scores=scores, least_coverage=least_coverage)


@st.cache_resource(max_entries=48, show_spinner=False)
def _accuracy_coverage(name: str, finished_at: float, scores: tuple[str, ...], least_coverage: float) -> Spec:
    run = runs.find(name)
    shown = [
        curves.ScoreCurves(score, scored(run, "validation", score).curve, scored(run, "test", score).curve)
        for score in scores
    ]
    return curves.accuracy_coverage(shown, predictions(run, "test").num_samples, least_coverage)


def band(run: Run, score: str) -> curves.Band:
    """The exact 95 % interval of the test accuracy at each threshold of a score."""
    return _band(**key_of(run), score=score)


@st.cache_resource(max_entries=12, show_spinner=False)
def _band(name: str, finished_at: float, score: str) -> curves.Band:
    curve = scored(runs.find(name), "test", score).curve
    shown = curves.thinned(curve, 400)
    lower, upper = accuracy_band(curve)
    return curves.Band(curve.coverage[shown], lower[shown], upper[shown])


def score_bins(run: Run, score: str) -> ScoreBins:
    """The bins of the score's histogram over the test images."""
    return _score_bins(**key_of(run), score=score)


@st.cache_resource(max_entries=48, show_spinner=False)
def _score_bins(name: str, finished_at: float, score: str) -> ScoreBins:
    run = runs.find(name)
    return histograms.score_bins(scored(run, "test", score).uncertainty, predictions(run, "test").correct)
