"""What all viewers of a run see alike, computed once: its scores, their curves, and the charts without anybody's threshold.

Keyed by plain values and bounded, never by an array or a threshold. What is kept is shared by all sessions: do not change it.
"""

from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import ui
from core.metrics.rejection import bootstrap_bands
from core.metrics.selective import AccuracyCoverageCurve, accuracy_coverage_curve
from core.training import runs
from core.training.runs import Run
from core.views import bars, curves, pictures
from core.views.charts import Spec
from ui.scores import SCORES


class Scored(NamedTuple):
    """A score on one split of a run, and what every threshold on it would do there."""

    uncertainty: NDArray[np.floating]  # (num_samples,)
    curve: AccuracyCoverageCurve


def _key(run: Run) -> dict[str, Any]:
    """What names a finished run. By keyword: Streamlit looks up the name of every positional argument at each call."""
    return {"name": run.name, "finished_at": run.done()["finished_at"]}


def scored(run: Run, split: str, score: str) -> Scored:
    """The values of the score with this label, larger is less certain."""
    return _scored(**_key(run), split=split, score=score)


@st.cache_resource(max_entries=48, show_spinner=False)
def _scored(name: str, finished_at: float, split: str, score: str) -> Scored:
    predictions = ui.predictions(runs.find(name), split)
    uncertainty = SCORES[score].of(predictions)
    return Scored(uncertainty, accuracy_coverage_curve(uncertainty, predictions.correct))


def contact_sheet(dataset: str, split: str, samples: NDArray[np.integer]) -> bytes:
    """The images of these samples, at least one, as one file; of a split whose images are here."""
    return _contact_sheet(dataset=dataset, split=split, samples=" ".join(map(str, samples.tolist())))


@st.cache_resource(max_entries=64, show_spinner=False)
def _contact_sheet(dataset: str, split: str, samples: str) -> bytes:
    return pictures.contact_sheet(ui._dataset(dataset, split).images[np.array(samples.split(), dtype=int)])


def accuracy_coverage(run: Run, scores: tuple[str, ...], least_coverage: float) -> Spec:
    """The curves of these scores on both splits, from this coverage on."""
    return _accuracy_coverage(**_key(run), scores=scores, least_coverage=least_coverage)


@st.cache_resource(max_entries=48, show_spinner=False)
def _accuracy_coverage(name: str, finished_at: float, scores: tuple[str, ...], least_coverage: float) -> Spec:
    run = runs.find(name)
    of_scores = [
        curves.ScoreCurves(score, scored(run, "validation", score).curve, scored(run, "test", score).curve)
        for score in scores
    ]
    num_test = ui.predictions(run, "test").num_samples
    return curves.accuracy_coverage(of_scores, num_test, least_coverage)


def band(run: Run, score: str) -> curves.Band:
    """The 95 % bootstrap band round the test curve of a score."""
    return _band(**_key(run), score=score)


@st.cache_resource(max_entries=12, show_spinner="Resampling the test images…")
def _band(name: str, finished_at: float, score: str) -> curves.Band:
    run, coverage = runs.find(name), np.linspace(0.01, 1, 200)
    uncertainty, correct = scored(run, "test", score).uncertainty, ui.predictions(run, "test").correct
    return curves.Band(coverage, *bootstrap_bands(uncertainty, correct, coverage, num_resamples=1000, seed=0))


def score_histogram(run: Run, score: str) -> Spec:
    """The score's histogram over the test images, right and wrong answers."""
    return _score_histogram(**_key(run), score=score)


@st.cache_resource(max_entries=48, show_spinner=False)
def _score_histogram(name: str, finished_at: float, score: str) -> Spec:
    run = runs.find(name)
    uncertainty, correct = scored(run, "test", score).uncertainty, ui.predictions(run, "test").correct
    return bars.score_histogram(uncertainty, correct, None, SCORES[score].axis)
