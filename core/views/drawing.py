"""Small charts about one drawing, several of which fit on a screen."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.selective import AccuracyCoverageCurve
from core.views.charts import NEUTRAL, OUTCOMES, PERCENT, Drawn, Spec, chart, named, role_scale, table
from core.views.curves import thinned
from core.views.histograms import ScoreBins, mirrored, score_bars, up_and_down

HEIGHT = 180
MOST_BARS = 12
MARKS = alt.Scale(domain=["threshold", "this image"], range=[[6, 3], [1, 0]])


def compact(drawn: Drawn, title: str, height: int = HEIGHT) -> Spec:
    """The specification of a small chart, with a smaller title than `readable`."""
    spec: Spec = (
        drawn.properties(height=height, title=alt.TitleParams(title, anchor="start"))
        .configure_title(fontSize=14, offset=6)
        .configure_axis(
            labelFontSize=13,
            labelFlush=False,
            titleFontSize=13,
            titleFontWeight=500,
            titlePadding=4,
            labelColor=NEUTRAL,
            titleColor=NEUTRAL,
        )
        .configure_legend(
            labelFontSize=13, labelColor=NEUTRAL, symbolSize=90, orient="top", title=None, offset=2, padding=0
        )
        .to_dict()
    )
    return spec


def probability_bars(probs: NDArray[np.floating], class_names: Sequence[str], role: str) -> Spec:
    """The probability of each class as bars, the most likely one in the colour of a role.

    Args:
        probs: (num_classes,). If there are more than MOST_BARS classes, the most likely are shown in descending order.
        class_names: num_classes names.
        role: of the most likely class: "right" (also for an answer of which nobody knows whether it is right), "wrong" or
            "refused".
    """
    roles = np.where(np.arange(len(probs)) == np.argmax(probs), role, "other")
    title, shown = "Probability of each class", np.arange(len(probs))
    if len(probs) > MOST_BARS:
        title = f"The {MOST_BARS} most likely of {len(probs)} classes"
        shown = np.argsort(-probs, kind="stable")[:MOST_BARS]
    bars = {
        "class": [class_names[place] for place in shown.tolist()],
        "probability": probs[shown],
        "role": roles[shown],
    }
    return _probability_bars_spec(len(shown), title) | {"datasets": {"bars": table(**bars)}}


@lru_cache(maxsize=8)
def _probability_bars_spec(num_bars: int, title: str) -> Spec:
    roles = role_scale({"right": "right", "wrong": "wrong", "refused": "refused", "other": "muted"})
    base = chart("bars").encode(
        x=alt.X("probability:Q", title=None, axis=alt.Axis(format=PERCENT), scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("class:N", sort=None, title=None, axis=alt.Axis(labelOverlap=False)),
        tooltip=["class:N", alt.Tooltip("probability:Q", format=".4%")],
    )
    bars = base.mark_bar().encode(color=alt.Color("role:N", scale=roles, legend=None))
    text = base.mark_text(align="left", dx=4, fontSize=13, color=NEUTRAL).encode(
        text=alt.Text("probability:Q", format=".1%")
    )
    return compact(alt.layer(bars, text), title, 17 * num_bars + 50)


def passes_strip(mc_probs: NDArray[np.floating], class_names: Sequence[str]) -> Spec:
    """The probability of each class in every Monte Carlo dropout pass, one tick per pass.

    Args:
        mc_probs: (num_passes, num_classes).
        class_names: num_classes names.
    """
    num_passes, num_classes = mc_probs.shape
    classes = named(class_names, np.tile(np.arange(num_classes), num_passes))
    ticks = {"class": classes, "probability": np.float32(mc_probs.ravel())}
    return _passes_strip_spec(num_passes) | {"datasets": {"ticks": table(**ticks)}}


@lru_cache(maxsize=8)
def _passes_strip_spec(num_passes: int) -> Spec:
    strip = (
        chart("ticks")
        .mark_tick(thickness=2, opacity=0.35)
        .encode(
            x=alt.X("probability:Q", title=None, axis=alt.Axis(format=PERCENT), scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("class:N", sort=None, title=None, axis=alt.Axis(labelOverlap=False)),
        )
    )
    return compact(strip, f"Do {num_passes} dropout passes agree?", HEIGHT + 40)


def place_on_histogram(bins: ScoreBins, threshold: float, here: float, score_axis: str) -> Spec:
    """Histogram of the score over the test images, right answers up and wrong ones down, with threshold and drawing as lines.

    Args:
        bins: of the score on the test images.
        threshold: everything to the right of it is refused.
        here: the drawing's uncertainty.
        score_axis: the title of the horizontal axis.
    """
    lines = table(value=[threshold, here], what=["threshold", "this image"])
    return _place_on_histogram_spec(score_axis) | {"datasets": {"bars": score_bars(bins, threshold), "lines": lines}}


@lru_cache(maxsize=16)
def _place_on_histogram_spec(score_axis: str) -> Spec:
    # Without the expression, Vega writes all of these numbers in thousands.
    counts = alt.Axis(
        values=up_and_down(10, 100, 1000, 10_000),
        labelOverlap=False,
        labelExpr="abs(datum.value) < 1000 ? abs(datum.value) : abs(datum.value) / 1000 + 'k'",
    )
    y = alt.Y("signed:Q", title="Correct ↑ wrong ↓", scale=alt.Scale(type="symlog", nice=False), axis=counts)
    bars = mirrored("count", "outcome", "wrong", score_axis, y, OUTCOMES, None)
    lines = chart("lines").mark_rule(strokeWidth=3, color=NEUTRAL).encode(
        x="value:Q", strokeDash=alt.StrokeDash("what:N", scale=MARKS)
    )  # fmt: skip
    return compact(alt.layer(bars, lines), "This image's uncertainty vs the test set", HEIGHT + 40)


def place_on_curve(curve: AccuracyCoverageCurve, threshold: float, here: float) -> Spec:
    """The accuracy-coverage curve of the test images, with the threshold and this drawing as lines.

    Args:
        curve: of the test images.
        threshold: the threshold in force.
        here: the drawing's uncertainty; its line is at the coverage that a threshold of this value would give.
    """
    places = np.searchsorted(curve.threshold, [threshold, here], side="right") - 1
    coverage = np.where(places >= 0, curve.coverage[places], 0.0)
    lines = table(coverage=coverage, what=["threshold", "this image"])
    points = thinned(curve, 200)
    shown = table(coverage=np.float32(curve.coverage[points]), accuracy=np.float32(curve.accuracy[points]))
    return _place_on_curve_spec() | {"datasets": {"curve": shown, "lines": lines}}


@lru_cache(maxsize=1)
def _place_on_curve_spec() -> Spec:
    x = alt.X("coverage:Q", title="Coverage", axis=alt.Axis(format=PERCENT), scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("accuracy:Q", title="Accuracy", axis=alt.Axis(format=".1%", tickCount=3), scale=alt.Scale(zero=False))
    lines = chart("lines").mark_rule(strokeWidth=3, color=NEUTRAL).encode(
        x=x, strokeDash=alt.StrokeDash("what:N", scale=MARKS)
    )  # fmt: skip
    return compact(
        alt.layer(chart("curve").mark_line(strokeWidth=2.5).encode(x=x, y=y), lines),
        "Coverage and accuracy at this uncertainty",
    )
