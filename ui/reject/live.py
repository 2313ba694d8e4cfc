"""What page Reject shows at every stop of the threshold's slider, for the browser to show while the slider is dragged."""

import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.intervals import share_intervals
from core.metrics.rejection import RejectOutcome
from core.metrics.selective import AccuracyCoverageCurve
from core.training import runs
from core.training.runs import Run
from core.views.charts import Spec
from ui import loaded
from ui.components.live import Axis, Followers, Mark, follow_slider
from ui.decision import slider_stops
from ui.loaded.data import key_of
from ui.loaded.scores import score_bins
from ui.reject import story

ON_TEST, ON_BOTH = "reject_on_test", "reject_on_both"  # keys of the containers of the two paragraphs
# Alternative texts, by which the script in the browser finds the charts, too.
CURVE = "Accuracy against coverage; the slider Threshold moves the point"
HISTOGRAM = "Histogram of the score, right and wrong answers"


def follow_threshold(run: Run, score: str, curve: Spec) -> None:
    """Let the numbers, the paragraphs and the charts of the page follow the slider of the threshold.

    Args:
        run, score: whose threshold.
        curve: the accuracy-coverage chart on the page.
    """
    stops = slider_stops(loaded.scored(run, "validation", score).curve)
    edges = score_bins(run, score).edges
    follow_slider(
        "threshold", stops, _texts(**key_of(run), score=score), marks(curve, float(edges[0]), float(edges[-1]))
    )


def marks(curve: Spec, low: float, high: float) -> list[Mark]:
    """The chosen point of the accuracy-coverage chart; and the line, the shaded side and its label in the histogram.

    Args:
        curve: the accuracy-coverage chart.
        low, high: the ends of the histogram.
    """
    layer = [layer["data"]["name"] for layer in curve["layer"]].index("chosen")
    across, up = (curve["layer"][layer]["encoding"][name]["scale"]["domain"] for name in "xy")
    threshold = Axis(None, low, high)
    return [
        Mark(CURVE, layer, Axis("coverage", *across), Axis("accuracy", *up)),
        # In the order of `core.views.histograms.score_histogram`.
        Mark(HISTOGRAM, 0, threshold, is_area=True),
        Mark(HISTOGRAM, 2, threshold),
        Mark(HISTOGRAM, 3, text="refused"),
    ]


@st.cache_resource(max_entries=48, show_spinner=False)
def _texts(name: str, finished_at: float, score: str) -> bytes:
    run = runs.find(name)
    validation, test = (loaded.scored(run, split, score).curve for split in ("validation", "test"))
    thresholds = slider_stops(validation).values
    at_stops = outcomes(test, thresholds)
    tiles = [story.tiles(outcome) for outcome in at_stops]
    both = [
        story.validation_and_test(validation, float(threshold), outcome, interval)
        for threshold, outcome, interval in zip(thresholds, at_stops, intervals(at_stops), strict=True)
    ]
    return Followers(
        tiles={label: [values[label] for values in tiles] for label in tiles[0]},
        paragraphs={ON_TEST: [story.on_test(outcome) for outcome in at_stops], ON_BOTH: both},
        labels={"refused": [_label(outcome) for outcome in at_stops]},
        numbers={
            "coverage": [round(outcome.coverage, 6) for outcome in at_stops],
            "accuracy": [round(outcome.accuracy_accepted, 6) if outcome.num_accepted else None for outcome in at_stops],
        },
    ).packed()


def _label(outcome: RejectOutcome) -> str:
    """The label of the histogram's shaded side, as in `core.views.histograms.refused_side`."""
    return f"refused {outcome.num_rejected:,} ({outcome.errors_caught:,} wrong)" if outcome.num_rejected else ""


def outcomes(curve: AccuracyCoverageCurve, thresholds: NDArray[np.floating]) -> list[RejectOutcome]:
    """`reject_outcome` of many thresholds at once, from the curve of the split."""
    places = np.searchsorted(curve.threshold, thresholds, side="right")
    accepted, errors = np.append(0, curve.num_accepted)[places], np.append(0, curve.num_errors)[places]
    num_samples, num_errors = int(curve.num_accepted[-1]), int(curve.num_errors[-1])
    return [
        _outcome(num_samples, num_errors, num_accepted, errors_left)
        for num_accepted, errors_left in zip(accepted.tolist(), errors.tolist(), strict=True)
    ]


def _outcome(num_samples: int, num_errors: int, num_accepted: int, errors_left: int) -> RejectOutcome:
    num_rejected, errors_caught = num_samples - num_accepted, num_errors - errors_left
    return RejectOutcome(
        coverage=num_accepted / num_samples,
        accuracy_accepted=1 - errors_left / num_accepted if num_accepted else math.nan,
        accuracy_rejected=1 - errors_caught / num_rejected if num_rejected else math.nan,
        num_accepted=num_accepted,
        num_rejected=num_rejected,
        errors_left=errors_left,
        errors_caught=errors_caught,
    )


def intervals(at_stops: list[RejectOutcome]) -> list[tuple[float, float] | None]:
    """The 95 % confidence interval of each test accuracy; None where nothing is answered."""
    accepted = np.array([outcome.num_accepted for outcome in at_stops])
    errors = np.array([outcome.errors_left for outcome in at_stops])
    there = accepted > 0
    lower, upper = share_intervals((accepted - errors)[there], accepted[there])
    found = iter(zip(lower.tolist(), upper.tolist(), strict=True))
    return [next(found) if answers else None for answers in there]
