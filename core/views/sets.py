"""Charts of prediction sets: their sizes, coverage against difficulty, and coverage per class."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.conformal_coverage import GroupCoverage
from core.views.charts import MANY_CLASSES, NEUTRAL, PERCENT, Drawn, Spec, chart, named, readable, role_scale, table
from core.views.palette import DONT_KNOW

Array = NDArray[np.floating]
QUANTILES = {"one quantile for all classes": "muted", "one quantile per class (Mondrian)": "right"}
PROMISED = "Dashed: the coverage that is promised"  # as a subtitle


def set_sizes(sizes: Mapping[str, NDArray[np.integer]]) -> Spec:
    """How many test images have sets of 0, 1, ... classes, one bar per method.

    Args:
        sizes: method -> (num_classes + 1,) counts, of at least one image. Sizes that no method has are left out at the end.
    """
    counts = np.array(list(sizes.values()))
    largest = int(np.flatnonzero(counts.any(axis=0)).max())
    shown = counts[:, : largest + 1]
    num_methods, num_sizes = shown.shape
    bars = table(
        size=np.tile(np.arange(num_sizes), num_methods),
        images=shown.ravel(),
        share=np.float32((shown / counts.sum(axis=1, keepdims=True)).ravel()),
        method=named(tuple(sizes), np.repeat(np.arange(num_methods), num_sizes)),
    )
    return _set_sizes_spec(tuple(sizes)) | {"datasets": {"bars": bars}}


@lru_cache(maxsize=8)
def _set_sizes_spec(methods: tuple[str, ...]) -> Spec:
    bars = (
        chart("bars")
        .mark_bar()
        .encode(
            x=alt.X("size:O", title="Classes in the set", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            xOffset=alt.XOffset("method:N", scale=alt.Scale(domain=list(methods))),
            y=alt.Y("share:Q", title="Share of the test images", axis=alt.Axis(format=PERCENT)),
            color=_method_colour(methods),
            tooltip=[
                "method:N",
                alt.Tooltip("size:O", title="classes in the set"),
                alt.Tooltip("images:Q", format=",d"),
                alt.Tooltip("share:Q", format=".2%"),
            ],
        )
    )
    return readable(bars, 290, "How large are the sets?", f"0 classes: the empty set, an answer “{DONT_KNOW}”")


def size_by_difficulty(groups: Mapping[str, GroupCoverage]) -> Spec:
    """Mean size of the sets from the most certain test images to the least certain ones.

    Args:
        groups: method -> its sets in the groups of `core.metrics.conformal_coverage.uncertainty_groups`.
    """
    return _difficulty_spec(tuple(groups), "size") | {"datasets": {"points": _points(groups)}}


def coverage_by_difficulty(groups: Mapping[str, GroupCoverage], alpha: float) -> Spec:
    """Coverage of the sets from the most certain test images to the least certain ones.

    Args:
        groups: method -> its sets in the groups of `core.metrics.conformal_coverage.uncertainty_groups`.
        alpha: share of the sets that may miss the true class.
    """
    data = {"points": _points(groups), "promise": table(promised=[1 - alpha])}
    return _difficulty_spec(tuple(groups), "coverage") | {"datasets": data}


def _points(groups: Mapping[str, GroupCoverage]) -> bytes:
    there = np.flatnonzero(next(iter(groups.values())).num_samples)
    return table(
        group=np.tile(there + 1, len(groups)),
        images=np.concatenate([found.num_samples[there] for found in groups.values()]),
        coverage=np.float32(np.concatenate([found.coverage[there] for found in groups.values()])),
        size=np.float32(np.concatenate([found.mean_size[there] for found in groups.values()])),
        method=named(tuple(groups), np.repeat(np.arange(len(groups)), len(there))),
    )


@lru_cache(maxsize=16)
def _difficulty_spec(methods: tuple[str, ...], quantity: str) -> Spec:
    is_size = quantity == "size"
    y = alt.Y(
        f"{quantity}:Q",
        title="Mean number of classes" if is_size else "Coverage",
        axis=alt.Axis(format="~g" if is_size else PERCENT),
        scale=alt.Scale(zero=is_size),
    )
    lines: Drawn = (
        chart("points")
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=80, filled=True))
        .encode(
            x=alt.X(
                "group:O",
                title="Tenth of the test images, 1 = most certain",
                axis=alt.Axis(labelAngle=0),
            ),
            y=y,
            color=_method_colour(methods),
            tooltip=[
                "method:N",
                alt.Tooltip("group:O", title="tenth"),
                alt.Tooltip("images:Q", format=",d"),
                alt.Tooltip("coverage:Q", format=".2%"),
                alt.Tooltip("size:Q", title="mean size", format=".2f"),
            ],
        )
    )
    if is_size:
        return readable(lines, 330, "Do uncertain images get larger sets?", "Tenths by least confidence")
    return readable(alt.layer(_promise("y"), lines), 330, "Are uncertain images covered as often?", PROMISED)


def class_coverages(
    one_quantile: GroupCoverage, own_quantiles: GroupCoverage, class_names: Sequence[str], alpha: float
) -> Spec:
    """Coverage of the test images of each class, with one quantile for all classes and with one per class.

    Args:
        one_quantile: per class, with one quantile.
        own_quantiles: per class, with a quantile per class.
        class_names: num_classes names.
        alpha: share of the sets that may miss the true class.
    """
    there = np.flatnonzero(one_quantile.num_samples)
    both = (one_quantile, own_quantiles)
    points = table(
        **{"class": named(class_names, np.tile(there, 2))},
        images=np.tile(one_quantile.num_samples[there], 2),
        coverage=np.float32(np.concatenate([found.coverage[there] for found in both])),
        size=np.float32(np.concatenate([found.mean_size[there] for found in both])),
        kind=named(tuple(QUANTILES), np.repeat([0, 1], len(there))),
    )
    promise = table(promised=[1 - alpha])
    return _classes_spec(tuple(class_names[place] for place in there.tolist())) | {
        "datasets": {"points": points, "promise": promise}
    }


@lru_cache(maxsize=16)
def _classes_spec(names: tuple[str, ...]) -> Spec:
    x = alt.X("coverage:Q", title="Coverage of the class", axis=alt.Axis(format=PERCENT), scale=alt.Scale(zero=False))
    points = (
        chart("points")
        .mark_point(filled=True, size=130, opacity=0.95)
        .encode(
            x=x,
            y=alt.Y("class:N", title=None, scale=alt.Scale(domain=list(names)), axis=alt.Axis(labelLimit=180)),
            color=alt.Color(
                "kind:N", scale=role_scale(QUANTILES), legend=alt.Legend(values=list(QUANTILES), columns=1)
            ),
            shape=alt.Shape(
                "kind:N", scale=alt.Scale(domain=list(QUANTILES), range=["circle", "diamond"]), legend=None
            ),
            tooltip=[
                "class:N",
                "kind:N",
                alt.Tooltip("images:Q", format=",d"),
                alt.Tooltip("coverage:Q", format=".2%"),
                alt.Tooltip("size:Q", title="mean size", format=".2f"),
            ],
        )
    )
    height = (17 if len(names) > MANY_CLASSES else 26) * len(names) + 170
    return readable(alt.layer(_promise("x"), points), height, "Is every class covered?", PROMISED)


def _method_colour(methods: tuple[str, ...]) -> alt.Color:
    return alt.Color("method:N", scale=role_scale({}, methods), legend=alt.Legend(values=list(methods)))


def _promise(channel: str) -> alt.Chart:
    """A dashed line at the coverage that is promised, from the table "promise"."""
    rule = chart("promise").mark_rule(strokeWidth=2, strokeDash=[6, 4], color=NEUTRAL)
    promise: alt.Chart = rule.encode(**{channel: "promised:Q"})
    return promise
