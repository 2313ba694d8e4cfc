"""Charts: values in, Altair out.

A title says what to see, axes carry units, fractions are shown in percent. Colours come from the theme in a fixed
order (right is blue, wrong vermilion), so that light, dark and colour-blind readers see the same chart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.metrics.selective import AccuracyCoverageCurve

OUTCOMES = alt.Scale(domain=["right", "wrong"])
PERCENT = ".0%"
ACCURACY_TITLE = "Accuracy of the answered"


def readable(chart: alt.Chart | alt.LayerChart, title: str, subtitle: str = "") -> alt.Chart | alt.LayerChart:
    """The chart with a title, in letters that can be read from the back of a room."""
    return (
        chart.properties(title=alt.TitleParams(title, subtitle=subtitle, anchor="start"))
        .configure_title(fontSize=17, subtitleFontSize=13, subtitleColor="gray", offset=12)
        .configure_axis(labelFontSize=13, titleFontSize=14, titleFontWeight=500)
        .configure_legend(labelFontSize=14, titleFontSize=14, symbolSize=160, orient="top", title=None, labelLimit=320)
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
    preview: pd.DataFrame,
    chosen: tuple[float, float] | None,
    *,
    least_coverage: float = 0.0,
    bands: Mapping[str, NDArray[np.floating]] | None = None,
) -> alt.LayerChart:
    """Accuracy of what is answered against how much is answered, for several scores.

    Args:
        scores: the curves; the first score is the one whose threshold is being chosen.
        preview: one row a point that the pointer can meet: threshold, coverage, accuracy, and text, the lines to show
            there. The pointer is answered in the browser; a click sends {"threshold": ...} as the selection "pick".
        chosen: coverage and accuracy of the chosen threshold on test, None if nothing is accepted.
        least_coverage: where the horizontal axis begins, a fraction.
        bands: coverage, lower and upper of a pointwise band round the first score's test curve.
    """
    rows = []
    for score in scores:
        for split, curve in (("validation", score.validation), ("test", score.test)):
            points = thinned(curve, 240, least_coverage)
            rows.append(
                pd.DataFrame(
                    {
                        "coverage": curve.coverage[points],
                        "accuracy": curve.accuracy[points],
                        "score": score.name,
                        "split": split,
                    }
                )
            )
    data = pd.concat(rows, ignore_index=True)
    settled = data.accuracy[data.coverage >= max(least_coverage, 0.02)]
    lowest = np.floor(100 * settled.min() - 0.2) / 100 if len(settled) else 0.0
    accuracy_scale = alt.Scale(domain=[lowest, 1.0], nice=False, clamp=True)
    x = alt.X(
        "coverage:Q",
        title="Coverage: share of the images answered",
        axis=alt.Axis(format=PERCENT),
        scale=alt.Scale(domain=[least_coverage, 1.0], nice=False, clamp=True),
    )
    y = alt.Y(
        "accuracy:Q",
        title=ACCURACY_TITLE,
        axis=alt.Axis(format=".1%" if lowest > 0.9 else PERCENT),
        scale=accuracy_scale,
    )
    lines = (
        alt.Chart(data)
        .mark_line(strokeWidth=2.5, clip=True)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "score:N",
                scale=alt.Scale(domain=[score.name for score in scores]),
                legend=alt.Legend(columns=3) if len(scores) > 1 else None,
            ),
            strokeDash=alt.StrokeDash(
                "split:N",
                scale=alt.Scale(domain=["test", "validation"], range=[[1, 0], [5, 4]]),
                legend=alt.Legend(orient="bottom"),
            ),
        )
    )
    hover = alt.selection_point("hover", on="pointermove", nearest=True, encodings=["x"], empty=False)
    pick = alt.selection_point("pick", on="click", nearest=True, fields=["threshold"], empty=False)
    points = alt.Chart(preview).encode(x=x, y=y)
    layers = [
        lines,
        points.mark_point(size=300, opacity=0).add_params(hover, pick),
        points.mark_rule(strokeWidth=1, opacity=0.6, color="gray").encode(y=alt.Y()).transform_filter(hover),
        points.mark_point(size=110, filled=True, color="gray").transform_filter(hover),
        alt.Chart(preview)
        .mark_text(
            align="left",
            baseline="top",
            fontSize=14,
            lineBreak="\n",
            lineHeight=19,
            fontWeight=500,
            color="gray",
        )
        .encode(text="text:N", x=alt.value(14), y=alt.value(135))
        .transform_filter(hover),
    ]
    if bands is not None:
        shown = bands["coverage"] >= least_coverage
        area = alt.Chart(pd.DataFrame({name: values[shown] for name, values in bands.items()})).mark_area(opacity=0.18)
        layers.insert(0, area.encode(x=x, y=alt.Y("lower:Q", title=ACCURACY_TITLE, scale=accuracy_scale), y2="upper:Q"))
    if chosen is not None:
        here = alt.Chart(pd.DataFrame({"coverage": [chosen[0]], "accuracy": [chosen[1]]}))
        layers.append(
            here.mark_point(size=260, strokeWidth=3, shape="diamond", filled=True, opacity=1).encode(x=x, y=y)
        )
    chart = alt.layer(*layers).properties(height=460)
    return readable(chart, "Answer less, be right more often", "Hover to preview, click to fix the threshold")


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
    score_name: str,
    num_bins: int = 40,
) -> alt.LayerChart:
    """How often each uncertainty occurs among the right and among the wrong, with the threshold as a line.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,).
        threshold: everything to the right of it is refused; None draws no line.
        score_name: the title of the horizontal axis, with its unit.
        num_bins: number of equally wide bins between the smallest and the largest uncertainty.
    """
    edges = np.histogram_bin_edges(uncertainty, bins=num_bins)
    middle = (edges[:-1] + edges[1:]) / 2
    # Two bars side by side in each bin: stacked bars cannot be read on a logarithmic axis.
    data = pd.concat(
        [
            pd.DataFrame(
                {
                    "start": start,
                    "end": end,
                    "count": np.histogram(uncertainty[mask], edges)[0],
                    "outcome": outcome,
                }
            )
            for outcome, mask, start, end in (
                ("right", correct, edges[:-1], middle),
                ("wrong", ~correct, middle, edges[1:]),
            )
        ]
    )
    bars = (
        alt.Chart(data[data["count"] > 0])
        .mark_bar()
        .encode(
            x=alt.X("start:Q", title=score_name, scale=alt.Scale(zero=False, nice=False)),
            x2="end:Q",
            y2=alt.datum(0),
            y=alt.Y(
                "count:Q",
                title="Images (log scale)",
                scale=alt.Scale(type="symlog"),
                axis=alt.Axis(values=[0, 1, 10, 100, 1000, 10000, 100000], format=",d"),
            ),
            color=alt.Color("outcome:N", scale=OUTCOMES),
            tooltip=[
                alt.Tooltip("outcome:N"),
                alt.Tooltip("count:Q", title="images", format=",d"),
                alt.Tooltip("start:Q", title="from", format=".4f"),
            ],
        )
    )
    chart = bars
    if threshold is not None:
        line = alt.Chart(pd.DataFrame({"threshold": [threshold]})).mark_rule(strokeWidth=3, strokeDash=[6, 3])
        chart = alt.layer(bars, line.encode(x="threshold:Q", color=alt.value("gray")))
    return readable(
        chart.properties(height=430),
        "Are the wrong ones the unsure ones?",
        "Right of the dashed line: refused",
    )


def class_bars(
    values: NDArray[np.floating],
    class_names: Sequence[str],
    label: int,
    title: str,
    axis_title: str,
    *,
    percent: bool,
) -> alt.Chart:
    """One value a class as horizontal bars: the true class blue, the predicted class vermilion if it is another.

    Args:
        values: (num_classes,), probabilities or logits of one sample.
        label: the true class.
    """
    predicted = int(np.argmax(values))
    role = [
        "true class" if k == label else "predicted, wrong" if k == predicted else "other" for k in range(len(values))
    ]
    data = pd.DataFrame({"class": list(class_names), "value": values, "role": role})
    chart = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X(
                "value:Q",
                title=axis_title,
                axis=alt.Axis(format=PERCENT if percent else ".1f"),
                scale=alt.Scale(domain=[0, 1]) if percent else alt.Scale(),
            ),
            y=alt.Y("class:N", sort=None, title=None),
            color=alt.Color(
                "role:N",
                scale=alt.Scale(
                    domain=["true class", "predicted, wrong", "other"],
                    range=["#0072b2", "#d55e00", "#8a949e"],
                ),
            ),
            tooltip=["class:N", alt.Tooltip("value:Q", format=".6%" if percent else ".4f")],
        )
        .properties(height=26 * len(values) + 10)
    )
    return readable(chart, title)


def confusion_heatmap(
    matrix: NDArray[np.integer], class_names: Sequence[str], columns: Sequence[str]
) -> alt.LayerChart:
    """Counts of true (rows) against given answers (columns), the last of which may be "don't know".

    Args:
        matrix: (num_classes, num_columns).
        class_names: of the rows.
        columns: of the answers; as many as the matrix has columns.
    """
    data = pd.DataFrame(
        {
            "true": np.repeat(list(class_names), len(columns)),
            "answer": np.tile(list(columns), len(class_names)),
            "count": np.asarray(matrix).ravel(),
        }
    )
    base = alt.Chart(data).encode(
        x=alt.X(
            "answer:N",
            sort=None,
            title="Answer",
            axis=alt.Axis(orient="top", labelAngle=-45, labelOverlap=False),
        ),
        y=alt.Y("true:N", sort=None, title="True class", axis=alt.Axis(labelOverlap=False)),
        tooltip=["true:N", "answer:N", alt.Tooltip("count:Q", format=",d", title="images")],
    )
    # The colour counts logarithmically: a handful of errors must not vanish beside a thousand right answers.
    cells = base.mark_rect().encode(color=alt.Color("count:Q", scale=alt.Scale(type="symlog"), legend=None))
    text = base.mark_text(fontSize=12).encode(
        text=alt.condition("datum.count > 0", alt.Text("count:Q", format="d"), alt.value("")),
        color=alt.condition(
            f"datum.count > {max(int(np.max(matrix)), 1) ** 0.4:.0f}", alt.value("white"), alt.value("gray")
        ),
    )
    chart = alt.layer(cells, text).properties(height=34 * len(class_names) + 150)
    return readable(
        chart,
        "What was answered, and what was not",
        "Right answers on the diagonal, refusals in the last column",
    )


def right_and_wrong(num_right: int, num_wrong: int, title: str) -> alt.LayerChart:
    """Two bars: how many of some samples are right, how many wrong."""
    data = pd.DataFrame({"outcome": ["right", "wrong"], "images": [num_right, num_wrong]})
    base = alt.Chart(data).encode(
        y=alt.Y("outcome:N", title=None), x=alt.X("images:Q", title="Images", axis=alt.Axis(tickMinStep=1))
    )
    bars = base.mark_bar(height=26).encode(color=alt.Color("outcome:N", scale=OUTCOMES, legend=None))
    text = base.mark_text(align="left", dx=6, fontSize=15, fontWeight=600).encode(
        text="images:Q", color=alt.value("gray")
    )
    return readable(alt.layer(bars, text).properties(height=170), title)
