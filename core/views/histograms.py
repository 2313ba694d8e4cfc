"""Histograms of a score, mirrored at the horizontal axis: one kind of image up, the other down, the threshold as a line.

An image is answered when its score is at most the threshold. Bins are (lower, upper], and the bin that the threshold lies
in is split there: all bars left of the line are answered images, all bars right of it refused ones.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

import altair as alt
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.views.charts import NEUTRAL, OUTCOMES, Spec, chart, named, readable, role_scale, stacked, table

Array = NDArray[np.floating]
NUM_BINS = 40
REFUSED = "Shaded: refused, above the threshold"  # as a subtitle


class ScoreBins(NamedTuple):
    """What the bars of any threshold are counted from."""

    edges: Array  # (num_bins + 1,), of equally wide bins from the smallest to the largest score
    right: Array  # the scores of the right answers, ascending
    wrong: Array  # the scores of the wrong answers, ascending


def score_bins(uncertainty: Array, correct: NDArray[np.bool_], num_bins: int = NUM_BINS) -> ScoreBins:
    """Equally wide bins over an uncertainty or a logit, and what falls into them.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,).
        num_bins: before a threshold splits one of them.
    """
    edges = np.histogram_bin_edges(uncertainty, bins=num_bins)
    return ScoreBins(edges, np.sort(uncertainty[correct]), np.sort(uncertainty[~correct]))


def score_histogram(
    bins: ScoreBins,
    threshold: float | None,
    score_axis: str,
    title: str = "Are errors more uncertain?",
    subtitle: str = REFUSED,
) -> Spec:
    """Histogram of a score: right answers up, wrong answers down, with the threshold as a line.

    Args:
        bins: of the score.
        threshold: everything to the right of it is refused; None draws no line.
        score_axis: the title of the horizontal axis, with its unit.
        title: what to see.
        subtitle: how to read it.
    """
    data = {"bars": score_bars(bins, threshold)}
    if threshold is not None:
        data |= {"line": table(threshold=[float(threshold)]), "refused": refused_side(bins, threshold)}
    return _score_histogram_spec(score_axis, title, subtitle, threshold is not None) | {"datasets": data}


def refused_side(bins: ScoreBins, threshold: float) -> bytes:
    """What is shaded, from start to end, and its label: how many images are refused, and how many of them are wrong.

    One row; none where nothing is refused.
    """
    right, wrong = (int((values > threshold).sum()) for values in (bins.right, bins.wrong))
    return shaded_side(bins.edges, threshold, f"refused {right + wrong:,} ({wrong:,} wrong)" if right + wrong else "")


def shaded_side(edges: Array, threshold: float, label: str) -> bytes:
    """The table of `shaded`: from the threshold to the last edge of the bins; no row without a label."""
    labels = [label] if label else []
    return table(
        start=np.array([max(float(edges[0]), threshold)] * len(labels), float),
        end=np.array([float(edges[-1])] * len(labels), float),
        text=pa.array(labels, pa.string()),
        side=named(("refused",), [0] * len(labels)),
    )


def shaded() -> tuple[alt.Chart, alt.Chart]:
    """The shade behind the bars and the label above them, from the table "refused", as `shaded_side` makes it."""
    refused = chart("refused")
    shade = refused.mark_rect(opacity=0.16, aria=False).encode(
        x="start:Q", x2="end:Q", fill=alt.Fill("side:N", scale=role_scale({"refused": "refused"}), legend=None)
    )
    # Above the bars, and from the right end on: the shaded side may be narrower than the words.
    label = refused.mark_text(
        align="right", baseline="bottom", dy=-4, fontSize=15, fontWeight=600, color=NEUTRAL
    ).encode(x="end:Q", y=alt.value(0), text="text:N")
    return shade, label


def score_bars(bins: ScoreBins, threshold: float | None) -> bytes:
    """The bars of a histogram of right and wrong answers: start, end, count and outcome; empty bars are left out."""
    edges = split_at(bins.edges, threshold)
    counts = {"right": bin_counts(bins.right, edges), "wrong": bin_counts(bins.wrong, edges)}
    return binned(edges, counts, "count", "outcome")


def split_at(edges: Array, threshold: float | None) -> Array:
    """The edges, and the threshold as one more if it lies between them."""
    if threshold is None or not edges[0] < threshold < edges[-1]:
        return edges
    # In the type of the scores, in which they are compared with the threshold when images are answered or refused.
    return np.union1d(edges, edges.dtype.type(threshold))


def bin_counts(ascending: Array, edges: Array) -> NDArray[np.intp]:
    """Number of values in each bin (lower, upper]; the first bin has its lower edge, too.

    Args:
        ascending: (num_values,), none outside of the edges.
        edges: (num_bins + 1,), ascending.
    """
    up_to = np.searchsorted(ascending, edges[1:], side="right")
    return np.diff(up_to, prepend=0)


def binned(
    edges: Array,
    heights: Mapping[str, NDArray[np.intp] | NDArray[np.float64]],
    height: Literal["count", "share"],
    name: Literal["outcome", "data"],
) -> bytes:
    """The bars of several histograms over the same bins as one table: start, end, height and name; empty bars are left out.

    Args:
        edges: (num_bins + 1,).
        heights: name -> (num_bins,).
        height: the column of the heights.
        name: the column of the names.
    """
    bars = {}
    for each, values in heights.items():
        there = values > 0
        bars[each] = {"start": edges[:-1][there], "end": edges[1:][there], height: values[there]}
    return stacked(bars, name)


def up_and_down(*ticks: float) -> list[float]:
    """Ticks of an axis that counts upwards and downwards from zero."""
    return [*(-tick for tick in reversed(ticks)), 0, *ticks]


def mirrored(
    height: Literal["count", "share"],
    name: Literal["outcome", "data"],
    down: str,
    score_axis: str,
    y: alt.Y,
    colours: alt.Scale,
    legend: alt.Legend | None,
) -> alt.Chart:
    """Bars from the table "bars", as `binned` makes it; those of one name are drawn down from the horizontal axis.

    Args:
        height: the column of the heights.
        name: the column of the names.
        down: the name whose bars are drawn down.
        score_axis: title of the horizontal axis.
        y: the vertical axis, of the field "signed".
        colours: of the names.
        legend: of the names; None shows none.
    """
    signed = f"datum.{name} === {json.dumps(down)} ? -datum.{height} : datum.{height}"
    bars: alt.Chart = (
        chart("bars")
        .transform_calculate(signed=signed)
        # The stroke keeps a bar visible that is narrower than a pixel, for instance between an edge and a threshold near it.
        .mark_bar(strokeWidth=1)
        .encode(
            x=alt.X("start:Q", title=score_axis, scale=alt.Scale(zero=False, nice=False)),
            x2="end:Q",
            y=y,
            y2=alt.datum(0),
            color=alt.Color(f"{name}:N", scale=colours, legend=legend),
            stroke=alt.Stroke(f"{name}:N", scale=colours, legend=None),
            tooltip=[
                f"{name}:N",
                alt.Tooltip(f"{height}:Q", title="images", format=",d" if height == "count" else ".2%"),
                alt.Tooltip("start:Q", title="above", format=".4f"),
                alt.Tooltip("end:Q", title="up to", format=".4f"),
            ],
        )
    )
    return bars


@lru_cache(maxsize=64)
def _score_histogram_spec(score_axis: str, title: str, subtitle: str, has_threshold: bool) -> Spec:
    counts = alt.Axis(
        values=up_and_down(10, 100, 1000, 10_000, 100_000),
        labelOverlap=False,
        labelExpr="format(abs(datum.value), ',d')",
    )
    y = alt.Y(
        "signed:Q",
        title="Images (log scale): right up, wrong down",
        scale=alt.Scale(type="symlog", nice=False),
        axis=counts,
    )
    bars = mirrored("count", "outcome", "wrong", score_axis, y, OUTCOMES, alt.Legend())
    # A line without data would be a mark without a name for screen readers.
    if not has_threshold:
        return readable(alt.layer(bars), 430, title, subtitle)
    line = chart("line").mark_rule(strokeWidth=3, strokeDash=[6, 3], color=NEUTRAL).encode(x="threshold:Q")
    shade, label = shaded()
    return readable(alt.layer(shade, bars, line, label), 430, title, subtitle)
