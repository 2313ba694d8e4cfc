"""Accuracy against coverage, with what the pointer meets on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.metrics.selective import AccuracyCoverageCurve
from core.views.charts import INK, PERCENT, Spec, chart, readable


@dataclass(frozen=True)
class ScoreCurves:
    """One score's curve on the split that chooses and on the split that verifies."""

    name: str
    validation: AccuracyCoverageCurve
    test: AccuracyCoverageCurve


def thinned(curve: AccuracyCoverageCurve, num_points: int, least_coverage: float = 0.0) -> NDArray[np.intp]:
    """Indices of at most num_points points of a curve, evenly spread over the coverage that is shown."""
    wanted = np.linspace(max(least_coverage, curve.coverage[0]), 1.0, num_points)
    return np.unique(np.searchsorted(curve.coverage, wanted - 1e-12).clip(0, len(curve.coverage) - 1))


def accuracy_coverage(
    scores: Sequence[ScoreCurves],
    num_test: int,
    chosen: tuple[float, float] | None,
    *,
    least_coverage: float = 0.0,
    bands: Mapping[str, NDArray[np.floating]] | None = None,
) -> Spec:
    """Accuracy of what is answered against how much is answered, for several scores.

    Hovering shows the numbers of `curve_preview` in the browser; a click sends {"threshold": ...} as the selection "pick".

    Args:
        scores: the curves; the first score is the one whose threshold is being chosen.
        num_test: number of test samples.
        chosen: coverage and accuracy of the chosen threshold on test, None if nothing is accepted.
        least_coverage: where the horizontal axis begins, a fraction.
        bands: coverage, lower and upper of a pointwise band round the first score's test curve.
    """
    drawn = []
    for score in scores:
        for split, curve in (("validation", score.validation), ("test", score.test)):
            points = thinned(curve, 240, least_coverage)
            values = {"coverage": curve.coverage[points], "accuracy": curve.accuracy[points]}
            drawn.append(pd.DataFrame({**values, "score": score.name, "split": split}))
    curves = pd.concat(drawn, ignore_index=True)
    # The first few images make the curve jump; they do not decide where the axis begins.
    settled = curves.accuracy[curves.coverage >= max(least_coverage, 0.02)]
    lowest = float(np.floor(100 * settled.min() - 0.2) / 100)
    band = pd.DataFrame(dict(bands or {"coverage": [], "lower": [], "upper": []}), dtype=float)
    spec = _accuracy_coverage_spec(tuple(score.name for score in scores), least_coverage, max(lowest, 0.0))
    return spec | {
        "datasets": {
            "curves": curves,
            "preview": curve_preview(scores[0], num_test, least_coverage),
            "chosen": pd.DataFrame([chosen] if chosen else [], columns=["coverage", "accuracy"], dtype=float),
            "band": band[band.coverage >= least_coverage],
        }
    }


@lru_cache(maxsize=64)
def _accuracy_coverage_spec(score_names: tuple[str, ...], least_coverage: float, lowest: float) -> Spec:
    accuracy = {
        "title": "Accuracy of the answered",
        "axis": alt.Axis(format=".1%" if lowest > 0.9 else PERCENT),
        "scale": alt.Scale(domain=[lowest, 1.0], nice=False, clamp=True),
    }
    x = alt.X(
        "coverage:Q",
        title="Coverage: share of the images answered",
        axis=alt.Axis(format=PERCENT),
        scale=alt.Scale(domain=[least_coverage, 1.0], nice=False, clamp=True),
    )
    y = alt.Y("accuracy:Q", **accuracy)
    dashes = alt.Scale(domain=["test", "validation"], range=[[1, 0], [5, 4]])
    legend = alt.Legend(columns=3) if len(score_names) > 1 else None
    hover = alt.selection_point("hover", on="pointermove", nearest=True, encodings=["x"], empty=False)
    pick = alt.selection_point("pick", on="click", nearest=True, fields=["threshold"], empty=False)
    points = chart("preview").encode(x=x, y=y)
    text = {"align": "left", "baseline": "top", "fontSize": 14, "fontWeight": 500, "lineBreak": "\n", "lineHeight": 19}
    return readable(
        alt.layer(
            chart("band").mark_area(opacity=0.18).encode(x=x, y=alt.Y("lower:Q", **accuracy), y2="upper:Q"),
            chart("curves")
            .mark_line(strokeWidth=2.5, clip=True)
            .encode(
                x=x,
                y=y,
                color=alt.Color("score:N", scale=alt.Scale(domain=list(score_names)), legend=legend),
                strokeDash=alt.StrokeDash("split:N", scale=dashes, legend=alt.Legend(orient="bottom")),
            ),
            points.mark_point(size=300, opacity=0).add_params(hover, pick),
            points.mark_rule(opacity=0.6, color=INK).encode(y=alt.Y()).transform_filter(hover),
            points.mark_point(size=110, filled=True, color=INK).transform_filter(hover),
            chart("preview")
            .mark_text(color=INK, **text)
            .encode(text="text:N", x=alt.value(14), y=alt.value(135))
            .transform_filter(hover),
            chart("chosen").mark_point(size=260, shape="diamond", filled=True, opacity=1).encode(x=x, y=y),
        ),
        460,
        "Answer less, be right more often",
        "Hover to preview, click to fix the threshold",
    )


def curve_preview(score: ScoreCurves, num_test: int, least_coverage: float = 0.0) -> pd.DataFrame:
    """What the pointer meets on a test curve: the thresholds that validation offers, and what each does to the test split.

    Args:
        score: the curves of the score whose threshold is being chosen.
        num_test: number of test samples.
        least_coverage: where the horizontal axis begins, a fraction.

    Returns:
        One row a point, at most 200: threshold, coverage and accuracy on test, and text.
    """
    validation, test = score.validation, score.test
    chosen = thinned(validation, 200, least_coverage)
    thresholds = validation.threshold[chosen]
    # The last test point at or below each threshold; below the first one nothing is accepted and nothing is shown.
    places = np.searchsorted(test.threshold, thresholds, side="right") - 1
    chosen, thresholds, places = (values[places >= 0] for values in (chosen, thresholds, places))
    coverage, accuracy = test.coverage[places], test.accuracy[places]
    accepted = np.rint(coverage * num_test)
    left = np.rint((1 - accuracy) * accepted)
    caught = np.rint((1 - test.accuracy[-1]) * num_test) - left
    refused = num_test - accepted
    accuracy_refused = np.divide(refused - caught, refused, out=np.full(len(refused), np.nan), where=refused > 0)
    text = [
        f"threshold {t:.4f}\nvalidation: {vc:.1%} answered, {va:.2%} right\ntest: {c:.1%} answered, {a:.2%} right\n"
        + (f"refused: {r:,.0f}, of which {ar:.1%} right\n" if r else "nothing refused\n")
        + f"errors: {e:,.0f} left, {k:,.0f} caught"
        for t, vc, va, c, a, r, ar, e, k in zip(
            thresholds, validation.coverage[chosen], validation.accuracy[chosen], coverage, accuracy, refused,
            accuracy_refused, left, caught, strict=True,
        )
    ]  # fmt: skip
    return pd.DataFrame({"threshold": thresholds, "coverage": coverage, "accuracy": accuracy, "text": text})
