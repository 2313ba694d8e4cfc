"""Accuracy against coverage, with a preview under the pointer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.selective import AccuracyCoverageCurve
from core.views.charts import NEUTRAL, PERCENT, Spec, chart, marked, named, readable, role_scale, table

# The browser writes the text of the one point under the pointer: 200 texts would be most of what the chart sends.
PREVIEW_TEXT = (
    "'threshold ' + format(datum.threshold, '.4f')"
    " + '\\nvalidation: ' + format(datum.validation_coverage, '.1%') + ' answered, ' + format(datum.validation_accuracy, '.2%')"
    " + ' correct\\ntest: ' + format(datum.coverage, '.1%') + ' answered, ' + format(datum.accuracy, '.2%') + ' correct\\n'"
    " + (datum.refused ? 'refused: ' + format(datum.refused, ',d') + ', of which '"
    " + format((datum.refused - datum.caught) / datum.refused, '.1%') + ' correct' : 'nothing refused')"
    " + '\\nerrors: ' + format(datum.left, ',d') + ' answered, ' + format(datum.caught, ',d') + ' refused'"
)


@dataclass(frozen=True)
class ScoreCurves:
    """The curves of one score: on validation, where the threshold is chosen, and on test, where it is checked."""

    name: str
    validation: AccuracyCoverageCurve
    test: AccuracyCoverageCurve


class Band(NamedTuple):
    """A pointwise confidence band around a curve; fractions."""

    coverage: NDArray[np.floating]  # (num_points,)
    lower: NDArray[np.floating]
    upper: NDArray[np.floating]


def thinned(curve: AccuracyCoverageCurve, num_points: int, least_coverage: float = 0.0) -> NDArray[np.intp]:
    """Indices of at most num_points points of a curve, evenly spread over the shown range of coverage."""
    wanted = np.linspace(max(least_coverage, curve.coverage[0]), 1.0, num_points)
    return np.unique(np.searchsorted(curve.coverage, wanted - 1e-12).clip(0, len(curve.coverage) - 1))


def accuracy_coverage(scores: Sequence[ScoreCurves], num_test: int, least_coverage: float = 0.0) -> Spec:
    """Accuracy of the answered images against coverage, for several scores.

    Hovering shows the values of `curve_preview` in the browser; a click sends {"threshold": ...} as the selection "pick".
    `with_chosen` adds the mark of a threshold, `with_band` a band.

    Args:
        scores: the curves; the first score is the one whose threshold is being chosen.
        num_test: number of test samples.
        least_coverage: where the horizontal axis begins, a fraction.
    """
    names = tuple(score.name for score in scores)
    curves = [curve for score in scores for curve in (score.validation, score.test)]
    points = [thinned(curve, 240, least_coverage) for curve in curves]
    coverage = np.concatenate([curve.coverage[shown] for curve, shown in zip(curves, points, strict=True)])
    accuracy = np.concatenate([curve.accuracy[shown] for curve, shown in zip(curves, points, strict=True)])
    curve_of = np.repeat(np.arange(len(curves)), [len(shown) for shown in points])
    # With few images the curve jumps: this part does not decide where the axis begins.
    settled = accuracy[coverage >= max(least_coverage, 0.02)]
    lowest = float(np.floor(100 * settled.min() - 0.2) / 100)
    spec = _accuracy_coverage_spec(names, least_coverage, max(lowest, 0.0)) | {
        "datasets": {
            "curves": table(
                coverage=np.float32(coverage),
                accuracy=np.float32(accuracy),
                score=named(names, curve_of // 2),
                split=named(("validation", "test"), curve_of % 2),
            ),
            "preview": curve_preview(scores[0], num_test, least_coverage),
        }
    }
    return with_band(with_chosen(spec, None), Band(*np.empty((3, 0))))


def with_chosen(curves: Spec, chosen: tuple[float, float] | None, least_coverage: float = 0.0) -> Spec:
    """Accuracy-coverage curves with a mark at the chosen threshold's coverage and accuracy on test.

    None draws no mark, nor does a coverage left of where the horizontal axis begins: it would be drawn at the edge.
    """
    shown = [chosen] if chosen and chosen[0] >= least_coverage else []
    coverage, accuracy = np.array(shown, dtype=float).reshape(-1, 2).T
    return marked(curves, chosen=table(coverage=coverage, accuracy=accuracy))


def with_band(curves: Spec, band: Band, least_coverage: float = 0.0) -> Spec:
    """Accuracy-coverage curves with a band around the test curve of the first score, from this coverage on."""
    shown = band.coverage >= least_coverage
    return marked(curves, band=table(**{name: np.float32(values[shown]) for name, values in band._asdict().items()}))


def _accuracy_axis(field: str, lowest: float) -> alt.Y:
    return alt.Y(
        field,
        title="Selective accuracy",
        axis=alt.Axis(format=".1%" if lowest > 0.9 else PERCENT),
        scale=alt.Scale(domain=[lowest, 1.0], nice=False, clamp=True),
    )


@lru_cache(maxsize=64)
def _accuracy_coverage_spec(score_names: tuple[str, ...], least_coverage: float, lowest: float) -> Spec:
    x = alt.X(
        "coverage:Q",
        title="Coverage: share of the images answered",
        axis=alt.Axis(format=PERCENT),
        scale=alt.Scale(domain=[least_coverage, 1.0], nice=False, clamp=True),
    )
    y = _accuracy_axis("accuracy:Q", lowest)
    dashes = alt.Scale(domain=["test", "validation"], range=[[1, 0], [5, 4]])
    colours, first = role_scale({}, score_names), alt.datum(score_names[0])
    legend = alt.Legend(values=list(score_names), columns=3) if len(score_names) > 1 else None
    hover = alt.selection_point("hover", on="pointermove", nearest=True, encodings=["x"], empty=False)
    pick = alt.selection_point("pick", on="click", nearest=True, fields=["threshold"], empty=False)
    points = chart("preview").encode(x=x, y=y)
    return readable(
        alt.layer(
            chart("band")
            .mark_area(opacity=0.25, color=NEUTRAL, aria=False)
            .encode(x=x, y=_accuracy_axis("lower:Q", lowest), y2="upper:Q"),
            chart("curves")
            .mark_line(strokeWidth=2.5, clip=True)
            .encode(
                x=x,
                y=y,
                color=alt.Color("score:N", scale=colours, legend=legend),
                strokeDash=alt.StrokeDash("split:N", scale=dashes, legend=alt.Legend(orient="bottom")),
            ),
            points.mark_point(size=300, opacity=0).add_params(hover, pick),
            points.mark_rule(opacity=0.6, color=NEUTRAL, aria=False).encode(y=alt.Y()).transform_filter(hover),
            points.mark_point(size=110, filled=True, color=NEUTRAL, aria=False).transform_filter(hover),
            chart("preview")
            .transform_filter(hover)
            .transform_calculate(text=PREVIEW_TEXT)
            .mark_text(
                color=NEUTRAL, align="left", baseline="top", fontSize=14, fontWeight=500, lineBreak="\n", lineHeight=19
            )
            .encode(text="text:N", x=alt.value(14), y=alt.value(135)),
            chart("chosen")
            .mark_point(size=260, shape="diamond", filled=True, opacity=1, aria=False)
            .encode(x=x, y=y, color=first),
        ),
        360,  # with what is above it, it fits a projector of 1280 x 720
        "Selective accuracy against coverage",
        "Hover to preview; click or slider sets the threshold",
    )


def curve_preview(score: ScoreCurves, num_test: int, least_coverage: float = 0.0) -> bytes:
    """The preview under the pointer: thresholds from validation, and the result of each on test.

    Args:
        score: the curves of the score whose threshold is being chosen.
        num_test: number of test samples.
        least_coverage: where the horizontal axis begins, a fraction.

    Returns:
        A table of at most 200 points: the threshold in full, since a click sends it; coverage and accuracy on both splits;
        and the numbers of refused test images, of errors answered (left) and of errors refused (caught). See PREVIEW_TEXT.
    """
    validation, test = score.validation, score.test
    chosen = thinned(validation, 200, least_coverage)
    thresholds = validation.threshold[chosen]
    # The last test point at or below each threshold; below the first one nothing is answered, so nothing is shown.
    places = np.searchsorted(test.threshold, thresholds, side="right") - 1
    there = places >= 0
    chosen, thresholds, places = chosen[there], thresholds[there], places[there]
    coverage, accuracy = test.coverage[places], test.accuracy[places]
    accepted = np.rint(coverage * num_test)
    left = np.rint((1 - accuracy) * accepted)
    caught = np.rint((1 - test.accuracy[-1]) * num_test) - left
    refused = num_test - accepted
    return table(
        threshold=thresholds,
        coverage=np.float32(coverage),
        accuracy=np.float32(accuracy),
        validation_coverage=np.float32(validation.coverage[chosen]),
        validation_accuracy=np.float32(validation.accuracy[chosen]),
        refused=np.int32(refused),
        left=np.int32(left),
        caught=np.int32(caught),
    )
