"""Charts of distribution shift: out-of-distribution (OOD) data, corrupted images, and two kinds of uncertainty."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.detection import RocCurve
from core.metrics.selective import AccuracyCoverageCurve
from core.views.charts import NEUTRAL, PERCENT, Spec, chart, readable, role_scale, stacked, table
from core.views.curves import thinned
from core.views.drawing import compact
from core.views.histograms import (
    NUM_BINS,
    REFUSED,
    bin_counts,
    binned,
    mirrored,
    shaded,
    shaded_side,
    split_at,
    up_and_down,
)

MOST_POINTS = 200  # of a curve


def _data_colours(names: Sequence[str]) -> alt.Scale:
    """Colours of data sets: the first is in-distribution, the last OOD; others are muted."""
    return role_scale(dict.fromkeys(names, "muted") | {names[-1]: "ood"} | {names[0]: "right"})


def two_histograms(
    scores: Mapping[str, NDArray[np.floating]], threshold: float, score_axis: str, num_bins: int = NUM_BINS
) -> Spec:
    """Histogram of one score on two data sets, as shares of each, with the threshold as a line.

    Args:
        scores: name of a data set -> (num_samples,); first the in-distribution data, drawn up, then the OOD data, drawn down.
        threshold: everything to the right of it is refused.
        score_axis: title of the horizontal axis, with its unit.
        num_bins: number of equally wide bins over both data sets, before the threshold splits one.
    """
    edges = split_at(np.histogram_bin_edges(np.concatenate(list(scores.values())), bins=num_bins), threshold)
    shares = {name: bin_counts(np.sort(values), edges) / len(values) for name, values in scores.items()}
    return _two_histograms_spec(tuple(scores), score_axis) | {
        "datasets": {
            "bars": binned(edges, shares, "share", "data"),
            "line": table(threshold=[threshold]),
            "refused": shaded_side(edges, threshold, "refused" if threshold < edges[-1] else ""),
        }
    }


@lru_cache(maxsize=32)
def _two_histograms_spec(names: tuple[str, ...], score_axis: str) -> Spec:
    y = alt.Y(
        "signed:Q",
        title="Share of its images (root scale)",
        scale=alt.Scale(type="sqrt", nice=False),
        axis=alt.Axis(
            values=up_and_down(0.05, 0.25, 0.5, 1), labelOverlap=False, labelExpr="format(abs(datum.value), '~%')"
        ),
    )
    bars = mirrored("share", "data", names[-1], score_axis, y, _data_colours(names), alt.Legend(values=list(names)))
    line = chart("line").mark_rule(strokeWidth=3, strokeDash=[6, 3], color=NEUTRAL).encode(x="threshold:Q")
    shade, label = shaded()
    return readable(alt.layer(shade, bars, line, label), 380, "Does the score separate them?", REFUSED)


def roc(curves: Mapping[str, RocCurve]) -> Spec:
    """ROC: the share of OOD images refused against the share of in-distribution images refused, one line per score.

    Args:
        curves: name of a score -> its curve.
    """
    lines = {name: _roc_points(curve) for name, curve in curves.items()}
    return _roc_spec(tuple(curves)) | {"datasets": {"lines": stacked(lines, "score")}}


def _roc_points(curve: RocCurve) -> dict[str, ArrayLike]:
    """The origin and at most twice MOST_POINTS further points, spread evenly over both axes."""
    wanted = np.linspace(0, 1, MOST_POINTS)
    places = np.union1d(np.searchsorted(curve.in_flagged, wanted), np.searchsorted(curve.out_flagged, wanted))
    places = places.clip(0, len(curve.threshold) - 1)
    return {
        "in_flagged": np.append(0, curve.in_flagged[places]),
        "out_flagged": np.append(0, curve.out_flagged[places]),
        "order": np.arange(len(places) + 1),
    }


@lru_cache(maxsize=16)
def _roc_spec(names: tuple[str, ...]) -> Spec:
    axis, scale = alt.Axis(format=PERCENT), alt.Scale(domain=[0, 1])
    lines = (
        chart("lines")
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("in_flagged:Q", title="False alarms (ID images refused)", axis=axis, scale=scale),
            y=alt.Y("out_flagged:Q", title="OOD images detected", axis=axis, scale=scale),
            order="order:Q",
            color=alt.Color("score:N", scale=role_scale({}, names), legend=alt.Legend(values=list(names), columns=2)),
        )
    )
    return readable(lines, 380, "ROC: detecting OOD images", "The further up and left, the better")


# Of the measures against strength: the others are scores, which have no role.
STRENGTH_ROLES = {"accuracy": "right", "refused": "refused"}


def against_strength(
    strengths: Sequence[float], lines: Mapping[str, NDArray[np.floating]], chosen: float, title: str, axis: str, *, percent: bool
) -> Spec:  # fmt: skip
    """Several measures against the strength of a corruption, with the chosen strength as a line.

    Args:
        strengths: (num_strengths,), ascending.
        lines: name -> (num_strengths,).
        chosen: the strength to mark.
        title: what to see.
        axis: title of the horizontal axis, with its unit.
        percent: whether the measures are fractions, shown in percent.
    """
    points: dict[str, dict[str, ArrayLike]] = {
        name: {"strength": strengths, "value": line} for name, line in lines.items()
    }
    return _against_strength_spec(tuple(lines), title, axis, percent) | {
        "datasets": {"points": stacked(points, "what"), "chosen": table(strength=[chosen])}
    }


@lru_cache(maxsize=64)
def _against_strength_spec(names: tuple[str, ...], title: str, axis: str, percent: bool) -> Spec:
    format_ = PERCENT if percent else ".2f"
    roles = {name: role for name, role in STRENGTH_ROLES.items() if name in names}
    x = alt.X("strength:Q", title=axis, scale=alt.Scale(nice=False))
    lines = (
        chart("points")
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=50, filled=True))
        .encode(
            x=x,
            y=alt.Y("value:Q", title=None, axis=alt.Axis(format=format_), scale=alt.Scale(zero=percent)),
            color=alt.Color(
                "what:N",
                scale=role_scale(roles, [name for name in names if name not in roles]),
                legend=alt.Legend(values=list(names), columns=2),
            ),
            tooltip=[
                "what:N",
                alt.Tooltip("strength:Q", format="~g"),
                alt.Tooltip("value:Q", format=".2%" if percent else ".4f"),
            ],
        )
    )
    mark = chart("chosen").mark_rule(strokeWidth=2, strokeDash=[6, 3], color=NEUTRAL, aria=False).encode(x=x)
    return compact(alt.layer(lines, mark), title, 260)


def joint_curve(curves: Mapping[str, AccuracyCoverageCurve]) -> Spec:
    """Accuracy against coverage over in-distribution and OOD images together, one line per score.

    An answer to an OOD image counts as wrong.

    Args:
        curves: name of a score -> its curve over all images.
    """
    lines = {}
    for name, curve in curves.items():
        points = thinned(curve, MOST_POINTS)
        lines[name] = {"coverage": curve.coverage[points], "accuracy": curve.accuracy[points]}
    return _joint_curve_spec(tuple(curves)) | {"datasets": {"lines": stacked(lines, "score")}}


@lru_cache(maxsize=16)
def _joint_curve_spec(names: tuple[str, ...]) -> Spec:
    x = alt.X(
        "coverage:Q",
        title="Coverage: share of all images answered",
        axis=alt.Axis(format=PERCENT),
        scale=alt.Scale(domain=[0, 1]),
    )
    lines = (
        chart("lines")
        .mark_line(strokeWidth=2.5)
        .encode(
            x=x,
            y=alt.Y(
                "accuracy:Q",
                title="Accuracy when answered",
                axis=alt.Axis(format=PERCENT),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=alt.Color("score:N", scale=role_scale({}, names), legend=alt.Legend(values=list(names), columns=3)),
        )
    )
    return readable(lines, 380, "Refuse errors and OOD images together", "An answer to an OOD image counts as wrong")


def two_doubts(
    doubts: Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating]]], shown: Mapping[str, NDArray[np.integer]]
) -> Spec:
    """Aleatoric against epistemic uncertainty, one point per image.

    A click sends {"data": ..., "sample": ...} as the selection "pick".

    Args:
        doubts: name of a data set -> expected entropy and mutual information, each (num_samples,), nats. The first data
            set is in-distribution, the last OOD.
        shown: name of a data set -> indices of the samples to draw.
    """
    points = {
        name: {"aleatoric": aleatoric[shown[name]], "epistemic": epistemic[shown[name]], "sample": shown[name]}
        for name, (aleatoric, epistemic) in doubts.items()
    }
    return _two_doubts_spec(tuple(doubts)) | {"datasets": {"points": stacked(points, "data")}}


@lru_cache(maxsize=8)
def _two_doubts_spec(names: tuple[str, ...]) -> Spec:
    pick = alt.selection_point("pick", on="click", nearest=True, fields=["data", "sample"], empty=False)
    points = (
        chart("points")
        .mark_circle(size=45, opacity=0.45)
        .encode(
            x=alt.X("aleatoric:Q", title="Aleatoric (nats) → ambiguous"),
            y=alt.Y("epistemic:Q", title="Epistemic (nats) → unfamiliar"),
            color=alt.Color("data:N", scale=_data_colours(names), legend=alt.Legend(values=list(names))),
            tooltip=[
                "data:N",
                "sample:Q",
                alt.Tooltip("aleatoric:Q", format=".3f"),
                alt.Tooltip("epistemic:Q", format=".3f"),
            ],
        )
        .add_params(pick)
    )
    return readable(points, 460, "Ambiguous, or unfamiliar?", "Click a point to see its image")
