"""What the costs of a run's errors and refusals are computed from, before and after temperature scaling."""

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st

from core.metrics import cost
from core.metrics.cost import Confidences
from core.metrics.selective import AccuracyCoverageCurve, accuracy_coverage_curve
from core.training import runs
from core.training.runs import Run
from ui.loaded.data import key_of, predictions
from ui.loaded.scores import scored

LEAST_CONFIDENCE = "Least confidence"


def confidences(run: Run) -> Confidences:
    """Least confidence on validation and test before and after temperature scaling."""
    return _confidences(**key_of(run))


@st.cache_resource(max_entries=12, show_spinner=False)
def _confidences(name: str, finished_at: float) -> Confidences:
    run = runs.find(name)
    return cost.confidences(predictions(run, "validation"), predictions(run, "test"))


def plain_curves(run: Run) -> Mapping[str, AccuracyCoverageCurve]:
    """Split -> its curve by least confidence."""
    return {split: scored(run, split, LEAST_CONFIDENCE).curve for split in ("validation", "test")}


def scaled_curves(run: Run) -> Mapping[str, AccuracyCoverageCurve]:
    """Split -> its curve by least confidence after temperature scaling."""
    return _scaled_curves(**key_of(run))


@st.cache_resource(max_entries=12, show_spinner=False)
def _scaled_curves(name: str, finished_at: float) -> Mapping[str, AccuracyCoverageCurve]:
    found = confidences(runs.find(name))
    validation, test = found.after
    return MappingProxyType(
        {
            "validation": accuracy_coverage_curve(validation, found.validation_correct),
            "test": accuracy_coverage_curve(test, found.test_correct),
        }
    )
