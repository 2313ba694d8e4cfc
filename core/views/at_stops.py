"""Charts that show the answers of one split at the stop of a slider, which moves them in the browser.

Each takes the values of all stops, the name of the slider's parameter, and the place of the stop shown at first.
"""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.calibration import ReliabilityBins
from core.metrics.selective import AccuracyCoverageCurve
from core.views import reliability as of_bins
from core.views.charts import NEUTRAL, PERCENT, Spec, chart, readable, role_scale, table
from core.views.stops import at_stop, by_stop, following

NUM_POINTS = 100  # of a curve


def accuracy_coverage(
    curves: Sequence[AccuracyCoverageCurve], parameter: str, start: int, names: tuple[str, str], fixed: int, height: int
) -> Spec:
    """Accuracy of the answered images against coverage at the stop shown, and dashed at a fixed one.

    Args:
        curves: one per stop, at least one.
        parameter, start: of the slider.
        names: of the curve at the stop shown, and of the fixed one.
        fixed: the place of the fixed stop.
        height: in pixels.
    """
    points = [_points(curve) for curve in curves]
    # With few images the curve jumps: this part does not decide where the axis begins.
    lowest = min(float(part["accuracy"][part["coverage"] >= 0.02].min()) for part in points)
    spec = _accuracy_coverage_spec(parameter, np.floor(20 * lowest) / 20, names, height) | {
        "datasets": {"curves": by_stop(points), "fixed": table(**points[fixed])}
    }
    return following(spec, parameter, start)


def _points(curve: AccuracyCoverageCurve) -> dict[str, NDArray[np.floating]]:
    """(NUM_POINTS,) coverage and accuracy, evenly spread over coverage; a point may occur several times."""
    wanted = np.linspace(0, 1, NUM_POINTS)
    places = np.searchsorted(curve.coverage, wanted - 1e-12).clip(0, len(curve.coverage) - 1)
    return {
        "coverage": curve.coverage[places].astype(np.float32),
        "accuracy": curve.accuracy[places].astype(np.float32),
    }


@lru_cache(maxsize=32)
def _accuracy_coverage_spec(parameter: str, lowest: float, names: tuple[str, str], height: int) -> Spec:
    shown_name, fixed_name = names
    axis = alt.Axis(format=PERCENT)
    x = alt.X(
        "coverage:Q",
        title="Coverage: share of the images answered",
        axis=axis,
        scale=alt.Scale(domain=[0, 1], nice=False),
    )
    y = alt.Y(
        "accuracy:Q",
        title="Selective accuracy",
        axis=axis,
        scale=alt.Scale(domain=[lowest, 1], nice=False, clamp=True),
    )
    legend = alt.Legend(values=list(names), symbolType="stroke", symbolStrokeWidth=3)
    colour = alt.Color("what:N", scale=role_scale({shown_name: "right", fixed_name: "muted"}), legend=legend)
    shown = (
        chart("curves")
        .transform_calculate(what=f"'{shown_name}'", **at_stop(parameter, "coverage", "accuracy"))
        .encode(x=x, y=y)
    )
    return readable(
        alt.layer(
            chart("fixed")
            .transform_calculate(what=f"'{fixed_name}'")
            .mark_line(strokeWidth=2, strokeDash=[5, 4], aria=False)
            .encode(x=x, y=y, color=colour),
            shown.mark_line(strokeWidth=3).encode(color=colour),
            shown.mark_point(size=140, opacity=0).encode(
                tooltip=[alt.Tooltip("coverage:Q", format=".1%"), alt.Tooltip("accuracy:Q", format=".2%")]
            ),
        ),
        height,
        "Accuracy against coverage",
        "Least confidence refuses first what is least certain",
    )


def reliability(bins: Sequence[ReliabilityBins], parameter: str, start: int, height: int) -> Spec:
    """Reliability diagram at the stop shown: accuracy per bin of confidence, with the number of images in each bin.

    Args:
        bins: one per stop, at least one.
        parameter, start: of the slider.
        height: in pixels.
    """
    rows = by_stop([of_bins.bars_of(found) for found in bins], lower=bins[0].lower, upper=bins[0].upper)
    spec = _reliability_spec(parameter, height) | {"datasets": {"bars": rows, "diagonal": of_bins.diagonal()}}
    return following(spec, parameter, start)


@lru_cache(maxsize=4)
def _reliability_spec(parameter: str, height: int) -> Spec:
    rows = chart("bars").transform_calculate(**at_stop(parameter, "count", "confidence", "accuracy"))
    number = rows.transform_calculate(
        middle="(datum.lower + datum.upper) / 2", shown="datum.count ? format(datum.count, ',d') : ''"
    ).mark_text(angle=270, align="left", dx=4, fontSize=13, color=NEUTRAL)
    return readable(
        alt.layer(*of_bins.diagram_layers(rows), number.encode(x=alt.X("middle:Q"), y=alt.datum(0), text="shown:N")),
        height,
        "Are 80 % right where it says 80 %?",
        "Numbers: images per bin. Dashed line: perfect",
    )


def confidences(bins: Sequence[ReliabilityBins], parameter: str, start: int, height: int) -> Spec:
    """Histogram of the confidence at the stop shown: right answers up, wrong ones down.

    Args:
        bins: one per stop, at least one.
        parameter, start: of the slider.
        height: in pixels.
    """
    numbers = [of_bins.counts_of(found) for found in bins]
    rows = by_stop([{"count": each} for each in numbers], **of_bins.histogram_rows(bins[0]))
    most = of_bins.most_of(np.concatenate(numbers))
    return following(_confidences_spec(parameter, most, height) | {"datasets": {"counts": rows}}, parameter, start)


@lru_cache(maxsize=16)
def _confidences_spec(parameter: str, most: int, height: int) -> Spec:
    rows = chart("counts").transform_calculate(**at_stop(parameter, "count"))
    return readable(
        alt.layer(of_bins.histogram_layer(rows, most)), height, "How confident are the answers?",
        "Right up, wrong down",
    )  # fmt: skip
