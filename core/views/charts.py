"""Charts: values in, Vega-Lite out.

A chart is a specification that Altair wrote, with its data beside it under "datasets". The specification depends on what
the chart looks like and is made once; the data depend on what was chosen. So a chart costs a millisecond instead of forty,
and the browser sees the same specification again and moves the marks instead of drawing anew.

A title says what to see, axes carry units, fractions are shown in percent. Colours come from the theme in a fixed order
(right is blue, wrong vermilion), so that light, dark and colour-blind readers see the same chart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.metrics.selective import AccuracyCoverageCurve

Spec = dict[str, Any]
OUTCOMES = alt.Scale(domain=["right", "wrong"])
ROLES = alt.Scale(domain=["true class", "predicted, wrong", "other"], range=["#0072b2", "#d55e00", "#8a949e"])
PERCENT = ".0%"
INK = "gray"  # reads on white and on black


def chart(data: str) -> alt.Chart:
    """The beginning of a chart whose data come later, under this name."""
    return alt.Chart(alt.NamedData(data))


def readable(drawn: alt.Chart | alt.LayerChart, height: int, title: str, subtitle: str = "") -> Spec:
    """The specification with a title, in letters that can be read from the back of a room; height in pixels."""
    return (
        drawn.properties(height=height, title=alt.TitleParams(title, subtitle=subtitle, anchor="start"))
        .configure_title(fontSize=17, subtitleFontSize=13, subtitleColor=INK, offset=12)
        .configure_axis(labelFontSize=13, titleFontSize=14, titleFontWeight=500)
        .configure_legend(labelFontSize=14, titleFontSize=14, symbolSize=160, orient="top", title=None, labelLimit=320)
        .to_dict()
    )


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


def score_histogram(
    uncertainty: NDArray[np.floating],
    correct: NDArray[np.bool_],
    threshold: float | None,
    score_axis: str,
    num_bins: int = 40,
) -> Spec:
    """How often each uncertainty occurs among the right and among the wrong, with the threshold as a line.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,).
        threshold: everything to the right of it is refused; None draws no line.
        score_axis: the title of the horizontal axis, with its unit.
        num_bins: number of equally wide bins between the smallest and the largest uncertainty.
    """
    line = pd.DataFrame({"threshold": [] if threshold is None else [threshold]}, dtype=float)
    return _score_histogram_spec(score_axis) | {
        "datasets": {"bars": score_bins(uncertainty, correct, num_bins), "line": line}
    }


def score_bins(uncertainty: NDArray[np.floating], correct: NDArray[np.bool_], num_bins: int) -> pd.DataFrame:
    """A histogram of right and wrong answers as bars: start, end, count and outcome; empty bars are left out.

    Two bars stand side by side in each bin: stacked ones cannot be read on a logarithmic axis.
    """
    edges = np.histogram_bin_edges(uncertainty, bins=num_bins)
    middle = (edges[:-1] + edges[1:]) / 2
    bars = pd.concat(
        pd.DataFrame({"start": start, "end": end, "count": np.histogram(uncertainty[of], edges)[0], "outcome": outcome})
        for outcome, of, start, end in (
            ("right", correct, edges[:-1], middle),
            ("wrong", ~correct, middle, edges[1:]),
        )
    )
    return bars[bars["count"] > 0]


@lru_cache(maxsize=64)
def _score_histogram_spec(score_axis: str) -> Spec:
    counts = alt.Axis(values=[0, 1, 10, 100, 1000, 10_000, 100_000], format=",d")
    return readable(
        alt.layer(
            chart("bars")
            .mark_bar()
            .encode(
                x=alt.X("start:Q", title=score_axis, scale=alt.Scale(zero=False, nice=False)),
                x2="end:Q",
                y=alt.Y("count:Q", title="Images (log scale)", scale=alt.Scale(type="symlog"), axis=counts),
                y2=alt.datum(0),
                color=alt.Color("outcome:N", scale=OUTCOMES),
                tooltip=[
                    alt.Tooltip("outcome:N"),
                    alt.Tooltip("count:Q", title="images", format=",d"),
                    alt.Tooltip("start:Q", title="from", format=".4f"),
                ],
            ),
            chart("line").mark_rule(strokeWidth=3, strokeDash=[6, 3], color=INK).encode(x="threshold:Q"),
        ),
        430,
        "Are the wrong ones the unsure ones?",
        "Right of the dashed line: refused",
    )


def class_bars(
    values: NDArray[np.floating], class_names: Sequence[str], label: int, title: str, axis: str, *, percent: bool
) -> Spec:
    """One value a class as horizontal bars: the true class blue, the predicted class vermilion if it is another.

    Args:
        values: (num_classes,), probabilities or logits of one sample.
        class_names: num_classes names.
        label: the true class.
        title: what to see.
        axis: the title of the horizontal axis, with its unit.
        percent: whether the values are fractions, to be shown in percent from 0 to 100.
    """
    predicted = int(np.argmax(values))
    roles = [
        "true class" if k == label else "predicted, wrong" if k == predicted else "other" for k in range(len(values))
    ]
    bars = pd.DataFrame({"class": list(class_names), "value": values, "role": roles})
    return _class_bars_spec(len(values), title, axis, percent) | {"datasets": {"bars": bars}}


@lru_cache(maxsize=64)
def _class_bars_spec(num_classes: int, title: str, axis: str, percent: bool) -> Spec:
    scale = alt.Scale(domain=[0, 1]) if percent else alt.Scale()
    bars = (
        chart("bars")
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=axis, axis=alt.Axis(format=PERCENT if percent else ".1f"), scale=scale),
            y=alt.Y("class:N", sort=None, title=None),
            color=alt.Color("role:N", scale=ROLES),
            tooltip=["class:N", alt.Tooltip("value:Q", format=".6%" if percent else ".4f")],
        )
    )
    return readable(bars, 26 * num_classes + 130, title)


def confusion_heatmap(matrix: NDArray[np.integer], class_names: Sequence[str], answers: Sequence[str]) -> Spec:
    """Counts of true class (rows) against given answer (columns), the last of which may be "don't know".

    Args:
        matrix: (num_classes, num_answers).
        class_names: of the rows.
        answers: of the columns.
    """
    counts = np.asarray(matrix).ravel()
    cells = pd.DataFrame(
        {
            "true": np.repeat(list(class_names), len(answers)),
            "answer": np.tile(list(answers), len(class_names)),
            "count": counts,
            "text": [f"{count:,}" if count else "" for count in counts],
            "on_dark": counts > max(counts.max(), 1) ** 0.4,
        }
    )
    return _confusion_heatmap_spec(len(class_names)) | {"datasets": {"cells": cells}}


@lru_cache(maxsize=16)
def _confusion_heatmap_spec(num_classes: int) -> Spec:
    base = chart("cells").encode(
        x=alt.X("answer:N", sort=None, title="Answer", axis=alt.Axis(orient="top", labelAngle=-45, labelOverlap=False)),
        y=alt.Y("true:N", sort=None, title="True class", axis=alt.Axis(labelOverlap=False)),
        tooltip=["true:N", "answer:N", alt.Tooltip("count:Q", format=",d", title="images")],
    )
    # The colour counts logarithmically: a handful of errors must not vanish beside a thousand right answers.
    colour = alt.Color("count:Q", scale=alt.Scale(type="symlog"), legend=None)
    return readable(
        alt.layer(
            base.mark_rect().encode(color=colour),
            base.transform_filter("datum.on_dark").mark_text(fontSize=12, color="white").encode(text="text:N"),
            base.transform_filter("!datum.on_dark").mark_text(fontSize=12, color=INK).encode(text="text:N"),
        ),
        34 * num_classes + 150,
        "What was answered, and what was not",
        "Right answers on the diagonal, refusals in the last column",
    )


def right_and_wrong(num_right: int, num_wrong: int, title: str) -> Spec:
    """Two bars: how many of some samples are right, how many wrong."""
    bars = pd.DataFrame({"outcome": ["right", "wrong"], "images": [num_right, num_wrong]})
    return _right_and_wrong_spec(title) | {"datasets": {"bars": bars}}


@lru_cache(maxsize=64)
def _right_and_wrong_spec(title: str) -> Spec:
    images = alt.X("images:Q", title="Images", axis=alt.Axis(tickMinStep=1))
    base = chart("bars").encode(y=alt.Y("outcome:N", title=None), x=images)
    return readable(
        alt.layer(
            base.mark_bar(height=26).encode(color=alt.Color("outcome:N", scale=OUTCOMES, legend=None)),
            base.mark_text(align="left", dx=6, fontSize=15, fontWeight=600, color=INK).encode(text="images:Q"),
        ),
        170,
        title,
    )
