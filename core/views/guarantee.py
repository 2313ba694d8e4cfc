"""The exact bound on the risk above the risk itself, over coverage, with the wanted risk and the thresholds found."""

from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.guarantee import Guarantee, RiskCurve
from core.metrics.selective import AccuracyCoverageCurve
from core.views.charts import NEUTRAL, Spec, chart, named, readable, role_scale, stacked, table

BOUND, ON_VALIDATION, ON_TEST = "bound", "risk (validation)", "risk (test)"
LINES = (BOUND, ON_VALIDATION, ON_TEST)
NUM_POINTS = 240  # of a line
LEAST_REFUSED = 0.05  # as much is shown right of a threshold that refuses less
HIGHEST = 2.5  # times the wanted risk: where the vertical axis ends
OVER_ALL = 1.2  # times the bound on the risk of all images: where it ends if no threshold is found


def bound_above_risk(
    curve: RiskCurve, test: AccuracyCoverageCurve, wanted: float, found: Mapping[str, Guarantee]
) -> Spec:
    """Bound and risk against coverage, from a coverage on that shows the thresholds found in the right part of the chart.

    Args:
        curve: of the validation images.
        test: of the test images, by the same score.
        wanted: the risk that is asked for, a fraction.
        found: name of a procedure -> what it found; one without a threshold has no point.
    """
    least, highest = _least_coverage(found), HIGHEST * wanted
    if all(guarantee.threshold is None for guarantee in found.values()):
        highest = max(highest, min(OVER_ALL * float(curve.bound[-1]), 1.0))
    parts = {
        BOUND: (curve.coverage, curve.bound),
        ON_VALIDATION: (curve.coverage, curve.risk),
        ON_TEST: (test.coverage, 1 - test.accuracy),
    }
    lines = {name: _shown(coverage, risk, least, highest) for name, (coverage, risk) in parts.items()}
    points = {name: guarantee for name, guarantee in found.items() if guarantee.threshold is not None}
    return _bound_spec(tuple(found)) | {
        "datasets": {
            "lines": stacked(lines, "line"),
            # The corners of the chart, which the axes are fitted to.
            "wanted": table(
                coverage=np.array([least, 1], np.float32),
                risk=np.array([wanted, wanted], np.float32),
                end=np.array([0, highest], np.float32),
                text=[f"wanted: {100 * wanted:.1f} %", ""],
            ),
            "points": table(
                coverage=np.array([guarantee.coverage for guarantee in points.values()], np.float32),
                bound=np.array([guarantee.bound for guarantee in points.values()], np.float32),
                threshold=np.array([guarantee.threshold for guarantee in points.values()], float),
                procedure=named(tuple(found), [list(found).index(name) for name in points]),
            ),
        }
    }


def _least_coverage(found: Mapping[str, Guarantee]) -> float:
    """Where the horizontal axis begins: three times as far left of the lowest coverage found as that is from the right end."""
    coverages = [guarantee.coverage for guarantee in found.values() if guarantee.threshold is not None]
    return max(1 - 4 * max(1 - min(coverages), LEAST_REFUSED), 0.0) if coverages else 0.0


def _shown(
    coverage: NDArray[np.floating], risk: NDArray[np.floating], least: float, highest: float
) -> dict[str, NDArray[np.floating]]:
    """Points of a curve from a coverage on; those above the chart are NaN, so that the line ends there."""
    places = np.searchsorted(coverage, np.linspace(least, 1, NUM_POINTS) - 1e-12).clip(0, len(coverage) - 1)
    places = np.unique(places)
    return {"coverage": coverage[places], "risk": np.where(risk[places] <= highest, risk[places], np.nan)}


@lru_cache(maxsize=8)
def _bound_spec(procedures: tuple[str, ...]) -> Spec:
    x = alt.X(
        "coverage:Q", title="Coverage: share of the images answered", axis=alt.Axis(format=".0%"),
        scale=alt.Scale(zero=False, nice=False),
    )  # fmt: skip
    y = alt.Y("risk:Q", title="Risk: share of wrong answers", axis=alt.Axis(format=".1%"), scale=alt.Scale(nice=False))
    shapes = alt.Scale(domain=list(procedures), range=["circle", "diamond"])
    lines = (
        chart("lines")
        .mark_line(strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            color=alt.Color("line:N", scale=role_scale({}, LINES), legend=alt.Legend(values=list(LINES), columns=3)),
            tooltip=["line:N", alt.Tooltip("coverage:Q", format=".2%"), alt.Tooltip("risk:Q", format=".2%")],
        )
    )
    wanted = chart("wanted").encode(x=x)
    points = (
        chart("points")
        .mark_point(size=220, filled=True, opacity=1, color=NEUTRAL)
        .encode(
            x=x,
            y=alt.Y("bound:Q"),
            shape=alt.Shape("procedure:N", scale=shapes, legend=alt.Legend(orient="bottom")),
            tooltip=[
                "procedure:N",
                alt.Tooltip("coverage:Q", format=".2%"),
                alt.Tooltip("bound:Q", format=".2%"),
                alt.Tooltip("threshold:Q", format=".4f"),
            ],
        )
    )
    return readable(
        alt.layer(
            lines,
            wanted.mark_line(strokeDash=[6, 4], strokeWidth=2, color=NEUTRAL, aria=False).encode(y=y),
            wanted.mark_text(align="left", baseline="bottom", dx=4, dy=-4, fontSize=14, color=NEUTRAL).encode(
                y=y, text="text:N"
            ),
            wanted.mark_point(opacity=0, tooltip=None, aria=False).encode(y=alt.Y("end:Q")),
            points,
        ),
        460,
        "The bound lies above the risk",
        "Points: the largest coverage that is promised",
    )
