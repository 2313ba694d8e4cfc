"""What errors and refusals of a run cost, before and after temperature scaling."""

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st

from core.metrics import cost
from core.metrics.cost import CostComparison
from core.metrics.selective import AccuracyCoverageCurve, accuracy_coverage_curve
from core.metrics.uncertainty import least_confidence
from core.training import runs
from core.training.runs import Run
from ui.loaded.data import key_of, predictions
from ui.loaded.scores import scored, temperature

LEAST_CONFIDENCE = "Least confidence"
SPLITS = ("test", "validation")


def comparison(run: Run, error_cost: int) -> CostComparison:
    """Chow's threshold and the cheapest one, if a wrong answer costs as much as this number of refusals."""
    return _comparison(**key_of(run), error_cost=error_cost)


@st.cache_data(max_entries=1200, show_spinner=False)
def _comparison(name: str, finished_at: float, error_cost: int) -> CostComparison:
    run = runs.find(name)
    return cost.cost_comparison(predictions(run, "validation"), predictions(run, "test"), error_cost, 1)


def plain_curves(run: Run) -> Mapping[str, AccuracyCoverageCurve]:
    """Split -> its curve by least confidence."""
    return {split: scored(run, split, LEAST_CONFIDENCE).curve for split in SPLITS}


def scaled_curves(run: Run) -> Mapping[str, AccuracyCoverageCurve]:
    """Split -> its curve by least confidence after temperature scaling."""
    return _scaled_curves(**key_of(run))


@st.cache_resource(max_entries=24, show_spinner=False)
def _scaled_curves(name: str, finished_at: float) -> Mapping[str, AccuracyCoverageCurve]:
    run = runs.find(name)
    fitted = temperature(run)
    curves = {}
    for split in SPLITS:
        answers = predictions(run, split)
        curves[split] = accuracy_coverage_curve(
            least_confidence(cost.scaled_probs(answers.logits, fitted)), answers.correct
        )
    return MappingProxyType(curves)
