"""Charts of many re-splits: the coverage with few and with many calibration images, measured beside what is exact."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.conformal_coverage import CoverageLaw
from core.views.charts import NEUTRAL, PERCENT, Spec, chart, named, readable, role_scale, table

RANKS = {"with the + 1": "right", "without the + 1": "wrong"}
LAW = "exact law"
NUM_BINS = 30
LEAST_WIDTH = 0.01  # of all bins together: coverages may be all equal


def mean_coverages(
    sizes: Sequence[int],
    measured: NDArray[np.floating],
    expected: NDArray[np.floating],
    chosen: int,
    alpha: float,
    num_splits: int,
) -> Spec:
    """Mean coverage against the number of calibration images, with the + 1 and without: points measured, lines exact.

    Args:
        sizes: numbers of calibration images, ascending.
        measured: (num_sizes, 2), with the + 1 and without; fractions.
        expected: (num_sizes, 2), exact.
        chosen: the number of calibration images that is marked.
        alpha: share of the sets that may miss the true class.
        num_splits: how many splits were averaged.
    """
    names = [f"{size:,}" for size in sizes]
    points = table(
        size=named(names, np.repeat(np.arange(len(sizes)), 2)),
        measured=np.float32(measured.ravel()),
        expected=np.float32(expected.ravel()),
        kind=named(tuple(RANKS), np.tile([0, 1], len(sizes))),
    )
    here, promise = table(size=[f"{chosen:,}"]), table(promised=[1 - alpha])
    return _mean_coverages_spec(tuple(names), num_splits) | {
        "datasets": {"points": points, "here": here, "promise": promise}
    }


@lru_cache(maxsize=16)
def _mean_coverages_spec(sizes: tuple[str, ...], num_splits: int) -> Spec:
    x = alt.X("size:N", title="Calibration images", scale=alt.Scale(domain=list(sizes)), axis=alt.Axis(labelAngle=0))
    colour = alt.Color("kind:N", scale=role_scale(RANKS), legend=alt.Legend(values=list(RANKS)))
    base = chart("points").encode(
        x=x,
        color=colour,
        tooltip=[
            alt.Tooltip("size:N", title="calibration images"),
            "kind:N",
            alt.Tooltip("measured:Q", format=".2%", title="mean coverage, measured"),
            alt.Tooltip("expected:Q", format=".2%", title="exact expectation"),
        ],
    )
    title = alt.Y("expected:Q", title="Mean coverage", axis=alt.Axis(format=PERCENT), scale=alt.Scale(zero=False))
    layers = alt.layer(
        chart("here").mark_bar(opacity=0.18, color=NEUTRAL, aria=False, width=alt.RelativeBandSize(0.9)).encode(x=x),
        chart("promise").mark_rule(strokeWidth=2, strokeDash=[6, 4], color=NEUTRAL).encode(y="promised:Q"),
        base.mark_line(strokeWidth=2.5).encode(y=title),
        base.mark_point(size=110, filled=True, opacity=1).encode(y="measured:Q"),
    )
    said = [f"Points: mean of {num_splits:,} re-splits. Lines: exact", "Dashed: the coverage that is promised"]
    return readable(layers, 400, "Why the + 1?", said)


def split_coverages(coverages: NDArray[np.floating], law: CoverageLaw, alpha: float) -> Spec:
    """Histogram of the coverage in many splits, and the exact law of it in the same bins.

    Args:
        coverages: (num_splits,), fractions.
        law: of the same numbers of images.
        alpha: share of the sets that may miss the true class.
    """
    edges = coverage_edges(coverages, law)
    counts, _ = np.histogram(coverages, edges)
    exact, _ = np.histogram(law.coverage, edges, weights=law.probability)
    bars = table(
        start=edges[:-1],
        end=edges[1:],
        middle=(edges[:-1] + edges[1:]) / 2,
        splits=counts,
        share=np.float32(counts / len(coverages)),
        exact=np.float32(exact),
        kind=named((_splits(len(coverages)), LAW), np.zeros(len(counts), dtype=int)),
        law=named((_splits(len(coverages)), LAW), np.ones(len(counts), dtype=int)),
    )
    promise = table(promised=[1 - alpha])
    return _split_coverages_spec(len(coverages)) | {"datasets": {"bars": bars, "promise": promise}}


def coverage_edges(coverages: NDArray[np.floating], law: CoverageLaw) -> NDArray[np.floating[Any]]:
    """(num_bins + 1,): edges of equally wide bins around all measured coverages and nearly all of the law.

    They lie halfway between coverages that are possible, of which each bin has equally many.
    """
    num_test = len(law.coverage) - 1
    total = law.probability.cumsum()
    low = min(int(np.searchsorted(total, 0.0005)), round(float(coverages.min()) * num_test))
    high = max(int(np.searchsorted(total, 0.9995)), round(float(coverages.max()) * num_test))
    width = max(int(np.ceil(max(high - low + 1, LEAST_WIDTH * num_test) / NUM_BINS)), 1)
    return (np.arange(low, high + width + 1, width) - 0.5) / num_test


def _splits(number: int) -> str:
    return f"{number:,} re-splits"


@lru_cache(maxsize=16)
def _split_coverages_spec(num_splits: int) -> Spec:
    roles = {_splits(num_splits): "muted", LAW: "right"}
    colours, legend = role_scale(roles), alt.Legend(values=list(roles))
    base = chart("bars").encode(
        tooltip=[
            alt.Tooltip("start:Q", title="coverage from", format=".2%"),
            alt.Tooltip("end:Q", title="to", format=".2%"),
            alt.Tooltip("splits:Q", format=",d", title="re-splits"),
            alt.Tooltip("share:Q", format=".2%", title="share of the re-splits"),
            alt.Tooltip("exact:Q", format=".2%", title="by the exact law"),
        ]
    )
    axis = alt.Axis(format=".1%", labelOverlap=True, tickCount=5)
    x = alt.X("start:Q", title="Coverage of the other images", axis=axis, scale=alt.Scale(zero=False, nice=False))
    y = alt.Y("share:Q", title="Share of the re-splits", axis=alt.Axis(format=PERCENT))
    layers = alt.layer(
        base.mark_bar(opacity=0.75).encode(x=x, x2="end:Q", y=y, y2=alt.datum(0), color=alt.Color("kind:N", scale=colours, legend=legend)),
        base.mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=50, filled=True)).encode(
            x="middle:Q", y="exact:Q", color=alt.Color("law:N", scale=colours)
        ),
        chart("promise").mark_rule(strokeWidth=2, strokeDash=[6, 4], color=NEUTRAL).encode(x="promised:Q"),
    )  # fmt: skip
    said = ["Line: the exact law (beta-binomial)", "Dashed: the coverage that is promised"]
    return readable(layers, 400, "How much does the coverage vary?", said)
