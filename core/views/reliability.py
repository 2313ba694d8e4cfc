"""Reliability diagrams and histograms of the confidence, over the same bins of equal width.

The diagram has a bar of accuracy per bin, with the gap to the mean confidence; perfect calibration puts every bar on the
dashed diagonal. The histogram counts right answers up and wrong answers down.
"""

from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.calibration import ReliabilityBins
from core.views.charts import NEUTRAL, OUTCOMES, PERCENT, Spec, chart, named, readable, role_scale, table

GAP = "gap to the confidence"
CONFIDENCE = "Confidence: the largest probability"
HEIGHT, COUNTS_HEIGHT = 350, 260
EDGE = 64  # pixels left of both charts, so that their bins stand below each other
AXIS, SCALE = alt.Axis(format=PERCENT), alt.Scale(domain=[0, 1], nice=False)


def diagram(bins: ReliabilityBins, chosen: int | None) -> Spec:
    """Reliability diagram in which a click on a bin sends {"bin": ...} as the selection "pick".

    Args:
        bins: of the answers.
        chosen: the bin whose images are shown, from 0 on; None marks no bin.
    """
    data = {"bin": np.arange(len(bins.count)), "lower": bins.lower, "upper": bins.upper, **bars_of(bins)}
    return _diagram_spec() | {
        "datasets": {"bars": table(**data), "diagonal": diagonal(), "chosen": _chosen(bins, chosen)}
    }


def bars_of(bins: ReliabilityBins) -> dict[str, NDArray[np.generic]]:
    """Columns of the bars; each (num_bins,)."""
    return {"count": bins.count.astype(np.int32), "confidence": bins.confidence, "accuracy": bins.accuracy}


def diagonal() -> bytes:
    """The line of perfect calibration."""
    return table(confidence=[0.0, 1.0], accuracy=[0.0, 1.0])


def _chosen(bins: ReliabilityBins, chosen: int | None) -> bytes:
    shown = [] if chosen is None else [chosen]
    return table(lower=bins.lower[shown], upper=bins.upper[shown])


@lru_cache(maxsize=1)
def _diagram_spec() -> Spec:
    rows = chart("bars")
    return readable(
        alt.layer(*diagram_layers(rows), frame(), hits(rows)),
        HEIGHT,
        "Are 80 % right where it says 80 %?",
        "Click a bar to see its images. Dashed line: perfect",
    )


def hits(rows: alt.Chart) -> alt.Chart:
    """What a click meets: the whole height of each bin that has images."""
    pick = alt.selection_point("pick", on="click", fields=["bin"], empty=False)
    hit: alt.Chart = (
        _explained(rows.transform_filter("datum.count > 0"))
        .mark_rect(opacity=0, cursor="pointer")
        .encode(x=alt.X("lower:Q", title=CONFIDENCE, axis=AXIS, scale=SCALE), x2="upper:Q")
        .add_params(pick)
    )
    return hit


def frame() -> alt.Chart:
    """A frame around the chosen bin."""
    framed: alt.Chart = (
        chart("chosen")
        .mark_rect(fillOpacity=0, stroke=NEUTRAL, strokeWidth=2, aria=False)
        .encode(x=alt.X("lower:Q", title=CONFIDENCE, axis=AXIS, scale=SCALE), x2="upper:Q")
    )
    return framed


def _explained(rows: alt.Chart) -> alt.Chart:
    explained: alt.Chart = rows.transform_calculate(gap="datum.accuracy - datum.confidence").encode(
        tooltip=[
            alt.Tooltip("lower:Q", title="confidence above", format=".1%"),
            alt.Tooltip("upper:Q", title="up to", format=".1%"),
            alt.Tooltip("count:Q", title="images", format=",d"),
            alt.Tooltip("accuracy:Q", format=".2%"),
            alt.Tooltip("confidence:Q", title="mean confidence", format=".2%"),
            alt.Tooltip("gap:Q", title="accuracy minus confidence", format="+.2%"),
        ]
    )
    return explained


def diagram_layers(rows: alt.Chart) -> tuple[alt.Chart, alt.Chart, alt.Chart]:
    """Bars of accuracy, the diagonal, and the gaps.

    Args:
        rows: a chart of the table "bars", with the fields lower, upper, count, confidence and accuracy.
    """
    colour = alt.Color(
        "what:N",
        scale=role_scale({"accuracy": "right", GAP: "wrong"}),
        legend=alt.Legend(values=["accuracy", GAP]),
    )
    explained = _explained(rows)
    y = alt.Y(
        "accuracy:Q", title="Accuracy", axis=alt.Axis(format=PERCENT, minExtent=EDGE, maxExtent=EDGE), scale=SCALE
    )
    return (
        explained.transform_calculate(what="'accuracy'").mark_bar(opacity=0.55).encode(
            x=alt.X("lower:Q", title=CONFIDENCE, axis=AXIS, scale=SCALE), x2="upper:Q", y=y, y2=alt.datum(0),
            color=colour,
        ),
        chart("diagonal")
        .mark_line(strokeDash=[6, 4], color=NEUTRAL, opacity=0.7, aria=False)
        .encode(x=alt.X("confidence:Q"), y=y),
        explained.transform_calculate(what=f"'{GAP}'").mark_rule(strokeWidth=4).encode(
            x=alt.X("confidence:Q"), y=y, y2="confidence:Q",
            color=colour,
        ),
    )  # fmt: skip


def counts(bins: ReliabilityBins, chosen: int | None) -> Spec:
    """How many answers each bin has, right ones up and wrong ones down; the bins are those of `diagram`, and so is the click.

    Args:
        bins: of the answers.
        chosen: the bin whose images are shown, from 0 on; None marks no bin.
    """
    numbers = counts_of(bins)
    places = np.arange(len(bins.count))
    hit = {"bin": places, "lower": bins.lower, "upper": bins.upper, **bars_of(bins)}
    return _counts_spec(most_of(numbers)) | {
        "datasets": {
            "counts": table(count=numbers, **histogram_rows(bins)),
            "bars": table(**hit),
            "chosen": _chosen(bins, chosen),
        }
    }


def counts_of(bins: ReliabilityBins) -> NDArray[np.int32]:
    """(2 num_bins,): the numbers of right answers and then those of wrong ones."""
    right = np.rint(bins.count * np.nan_to_num(bins.accuracy)).astype(np.int32)
    return np.concatenate([right, bins.count.astype(np.int32) - right])


def histogram_rows(bins: ReliabilityBins) -> dict[str, ArrayLike]:
    """The columns beside `counts_of`: the ends of each bin, and the outcome."""
    outcome = named(("right", "wrong"), np.repeat([0, 1], len(bins.count)))
    return {"lower": np.tile(bins.lower, 2), "upper": np.tile(bins.upper, 2), "outcome": outcome}


def most_of(numbers: NDArray[np.integer]) -> int:
    """The end of the axis of a histogram: the next power of ten, so that there are few different charts."""
    return int(10 ** np.ceil(np.log10(max(int(numbers.max(initial=0)), 10))))


@lru_cache(maxsize=16)
def _counts_spec(most: int) -> Spec:
    return readable(
        alt.layer(histogram_layer(chart("counts"), most), frame(), hits(chart("bars"))),
        COUNTS_HEIGHT,
        "How many answers are that confident?",
    )


def histogram_layer(rows: alt.Chart, most: int) -> alt.Chart:
    """Bars of right answers up and of wrong answers down, on a logarithmic scale.

    Args:
        rows: a chart of a table with the fields lower, upper, outcome and count.
        most: the end of the vertical axis, in both directions.
    """
    ticks = [10**power for power in range(1, 7) if 10**power <= most]
    y = alt.Y(
        "signed:Q",
        title="Images (log scale)",
        scale=alt.Scale(type="symlog", domain=[-most, most], nice=False),
        axis=alt.Axis(
            values=[*(-tick for tick in reversed(ticks)), 0, *ticks],
            labelExpr="format(abs(datum.value), ',d')",
            minExtent=EDGE,
            maxExtent=EDGE,
        ),
    )
    bars: alt.Chart = (
        rows.transform_calculate(signed="datum.outcome === 'wrong' ? -datum.count : datum.count")
        .mark_bar(strokeWidth=1)
        .encode(
            x=alt.X("lower:Q", title=CONFIDENCE, axis=AXIS, scale=SCALE),
            x2="upper:Q",
            y=y,
            y2=alt.datum(0),
            color=alt.Color("outcome:N", scale=OUTCOMES, legend=alt.Legend(values=["right", "wrong"])),
            tooltip=[
                "outcome:N",
                alt.Tooltip("count:Q", title="images", format=",d"),
                alt.Tooltip("lower:Q", title="confidence above", format=".1%"),
                alt.Tooltip("upper:Q", title="up to", format=".1%"),
            ],
        )
    )
    return bars
