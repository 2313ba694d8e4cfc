"""Error rate of the answered images against coverage, one curve per score; the area under a curve is its AURC."""

from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import numpy as np

from core.metrics.selective import AccuracyCoverageCurve
from core.views.charts import NEUTRAL, PERCENT, Spec, chart, readable, role_scale, stacked, table
from core.views.curves import thinned

NUM_POINTS = 200  # of a curve
BEST = "best possible order"
SETTLED = 0.02  # coverage: with fewer images the error rate jumps, and does not decide how high the chart is


def risk_coverage(curves: Mapping[str, AccuracyCoverageCurve]) -> Spec:
    """Error rate of the answered images against coverage, and that of an order in which all errors come last.

    Args:
        curves: name of a score -> its curve, all over the same images; at least one.
    """
    parts = {}
    for name, curve in curves.items():
        shown = thinned(curve, NUM_POINTS)
        parts[name] = {"coverage": curve.coverage[shown], "risk": 1 - curve.accuracy[shown]}
    highest = max(float(part["risk"][part["coverage"] >= SETTLED].max()) for part in parts.values())
    error_rate = 1 - float(next(iter(curves.values())).accuracy[-1])
    # Rounded up, so that there are few specifications to keep.
    top = max(np.ceil(1.05 * max(highest, error_rate) * 200) / 200, 0.005)
    coverage = np.linspace(1 - error_rate, 1, NUM_POINTS // 4)
    risk = np.divide(coverage - (1 - error_rate), coverage, out=np.ones_like(coverage), where=coverage > 0)
    return _risk_coverage_spec(tuple(curves), min(float(top), 1.0)) | {
        "datasets": {
            "curves": stacked(parts, "score"),
            "best": table(coverage=np.float32(np.append(0, coverage)), risk=np.float32(np.append(risk[0], risk))),
        }
    }


@lru_cache(maxsize=32)
def _risk_coverage_spec(names: tuple[str, ...], top: float) -> Spec:
    x = alt.X(
        "coverage:Q",
        title="Coverage: share of the images answered",
        axis=alt.Axis(format=PERCENT),
        scale=alt.Scale(domain=[0, 1], nice=False),
    )
    y = alt.Y(
        "risk:Q",
        title="Error rate of the answered",
        axis=alt.Axis(format=".1%" if top <= 0.1 else PERCENT),
        scale=alt.Scale(domain=[0, top], nice=False, clamp=True),
    )
    lines = chart("curves").encode(x=x, y=y)
    colour = alt.Color("score:N", scale=role_scale({}, names), legend=alt.Legend(values=list(names), columns=2))
    return readable(
        alt.layer(
            chart("best").mark_line(strokeWidth=2, strokeDash=[6, 4], color=NEUTRAL, opacity=0.7).encode(x=x, y=y),
            lines.mark_line(strokeWidth=2.5, clip=True).encode(color=colour),
            lines.mark_point(size=160, opacity=0, clip=True).encode(
                tooltip=[
                    alt.Tooltip("score:N", title="Score"),
                    alt.Tooltip("coverage:Q", format=".1%", title="Coverage"),
                    alt.Tooltip("risk:Q", format=".2%", title="Error rate"),
                ]
            ),
        ),
        420,
        "Which score keeps the error rate low?",
        ["The area under a curve is its AURC: lower is better", f"Dashed: {BEST}, all errors refused first"],
    )
