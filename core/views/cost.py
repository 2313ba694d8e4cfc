"""Cost against the threshold, before and after temperature scaling, with Chow's threshold and the cheapest ones."""

from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.cost import CostComparison, Priced
from core.metrics.selective import AccuracyCoverageCurve
from core.views.charts import NEUTRAL, Spec, chart, line_legend, named, readable, role_scale, table

BEFORE, AFTER = "before scaling", "after scaling"
SCALINGS = (BEFORE, AFTER)
CHOW, CHEAPEST = "Chow's threshold", "cheapest on validation"
RULES = (CHOW, CHEAPEST)
SPLITS = ("test", "validation")
LEAST_THRESHOLD = 0.001  # where the horizontal axis begins
NUM_POINTS = 240  # of a curve
PER = 100  # images
HIGHEST = 1.2  # times the cost of refusing everything: where the vertical axis ends


def cost_against_threshold(
    curves: Mapping[str, Mapping[str, AccuracyCoverageCurve]], found: CostComparison, error_cost: float
) -> Spec:
    """Refusals per 100 images at every threshold on 1 - max probability.

    Args:
        curves: one of SCALINGS -> one of SPLITS -> its curve by least confidence.
        found: both thresholds before and after scaling.
        error_cost: of a wrong answer, in refusals.
    """
    thresholds = np.geomspace(LEAST_THRESHOLD, 1, NUM_POINTS)
    parts = [(scaling, split) for scaling in SCALINGS for split in SPLITS]
    costs = np.concatenate([PER * _cost(curves[scaling][split], thresholds, error_cost) for scaling, split in parts])
    of_scaling, of_split = np.divmod(np.repeat(np.arange(len(parts)), NUM_POINTS), len(SPLITS))
    # Where errors are dear, answering everything costs many times as much as refusing everything: that part is left out.
    highest = HIGHEST * PER * found.refuse_all
    return _cost_spec() | {
        "datasets": {
            "lines": table(
                threshold=np.float32(np.tile(thresholds, len(parts))),
                cost=np.float32(np.where(costs <= highest, costs, np.nan)),
                scaling=named(SCALINGS, of_scaling),
                split=named(SPLITS, of_split),
            ),
            "points": _points(found),
            "chow": table(threshold=[found.before.chow.threshold], text=[f"Chow: 1/{error_cost:g}"]),
        }
    }


def _cost(curve: AccuracyCoverageCurve, thresholds: NDArray[np.floating], error_cost: float) -> NDArray[np.float64]:
    """Mean cost per image at each threshold, in refusals."""
    places = np.searchsorted(curve.threshold, thresholds, side="right")
    accepted, errors = np.append(0, curve.num_accepted)[places], np.append(0, curve.num_errors)[places]
    number = curve.num_accepted[-1]
    return np.asarray((error_cost * errors + number - accepted) / number)


def _points(found: CostComparison) -> bytes:
    """Both thresholds before and after scaling at their cost on test; one left of the chart is left out."""
    points: dict[tuple[int, int], Priced] = {
        (scaling, rule): priced
        for scaling, costs in enumerate((found.before, found.after))
        for rule, priced in enumerate((costs.chow, costs.cheapest))
        if priced.threshold >= LEAST_THRESHOLD
    }
    return table(
        threshold=np.array([priced.threshold for priced in points.values()], np.float32),
        cost=np.array([PER * priced.test_cost for priced in points.values()], np.float32),
        coverage=np.array([priced.test_coverage for priced in points.values()], np.float32),
        scaling=named(SCALINGS, [scaling for scaling, _ in points]),
        rule=named(RULES, [rule for _, rule in points]),
    )


@lru_cache(maxsize=1)
def _cost_spec() -> Spec:
    x = alt.X(
        "threshold:Q", title="Threshold on 1 − max probability (log scale)",
        scale=alt.Scale(type="log", domain=[LEAST_THRESHOLD, 1], nice=False), axis=alt.Axis(values=[0.001, 0.01, 0.1, 1], format="~g"),
    )  # fmt: skip
    y = alt.Y("cost:Q", title=f"Cost per {PER} images, in refusals", scale=alt.Scale(nice=False, zero=True))
    colours = role_scale({}, SCALINGS)
    dashes = alt.Scale(domain=list(SPLITS), range=[[1, 0], [5, 4]])
    lines = (
        chart("lines")
        .mark_line(strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            color=alt.Color("scaling:N", scale=colours, legend=line_legend(SCALINGS)),
            strokeDash=alt.StrokeDash("split:N", scale=dashes, legend=None),
        )
    )
    chow = chart("chow").encode(x=x)
    points = (
        chart("points")
        .mark_point(size=200, filled=True, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color("scaling:N", scale=colours),
            shape=alt.Shape(
                "rule:N",
                scale=alt.Scale(domain=list(RULES), range=["circle", "diamond"]),
                legend=alt.Legend(orient="bottom", symbolFillColor=NEUTRAL, symbolStrokeColor=NEUTRAL),
            ),
            tooltip=[
                "rule:N",
                "scaling:N",
                alt.Tooltip("threshold:Q", format=".4f"),
                alt.Tooltip("cost:Q", format=".1f", title="refusals per 100 test images"),
                alt.Tooltip("coverage:Q", format=".1%"),
            ],
        )
    )
    return readable(
        alt.layer(
            lines,
            chow.mark_rule(strokeDash=[6, 4], strokeWidth=2, color=NEUTRAL, aria=False),
            chow.mark_text(align="right", baseline="bottom", dx=-6, fontSize=14, color=NEUTRAL).encode(
                y=alt.value(alt.ExprRef("height - 6")), text="text:N"
            ),
            points,
        ),
        460,
        "Does Chow's threshold lie in the valley?",
        "Solid: test. Dashed: validation. Points: on test",
    )
