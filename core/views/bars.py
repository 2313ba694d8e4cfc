"""Bar charts: histograms of scores, values per class, counts."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.confusion import row_shares
from core.views.charts import (
    MANY_CLASSES,
    NEUTRAL,
    OUTCOMES,
    PERCENT,
    Spec,
    chart,
    marked,
    named,
    readable,
    role_scale,
    stacked,
    table,
)
from core.views.palette import DONT_KNOW

BARS = {"true class": "right", "predicted, wrong": "wrong", "other": "muted"}
# What happens to an image, with the colour of each: the worse of the two kinds of error is brown.
KINDS = {"right": "right", "its own superclass": "wrong", "another superclass": "brown", DONT_KNOW: "refused"}


def score_histogram(
    uncertainty: NDArray[np.floating],
    correct: NDArray[np.bool_],
    threshold: float | None,
    score_axis: str,
    title: str = "Are the wrong ones the unsure ones?",
    subtitle: str = "Right of the dashed line: refused",
    num_bins: int = 40,
) -> Spec:
    """Histogram of an uncertainty or a logit over right and over wrong answers, with the threshold as a line.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,).
        threshold: everything to the right of it is refused; None draws no line.
        score_axis: the title of the horizontal axis, with its unit.
        title: what to see.
        subtitle: how to read it.
        num_bins: number of equally wide bins between the smallest and the largest uncertainty.
    """
    spec = _score_histogram_spec(score_axis, title, subtitle)
    return with_threshold(spec | {"datasets": {"bars": score_bins(uncertainty, correct, num_bins)}}, threshold)


def with_threshold(histogram: Spec, threshold: float | None) -> Spec:
    """The same histogram with its dashed line at another threshold; None draws no line."""
    return marked(histogram, line=table(threshold=np.array([] if threshold is None else [threshold], dtype=float)))


def score_bins(uncertainty: NDArray[np.floating], correct: NDArray[np.bool_], num_bins: int) -> bytes:
    """The bars of a histogram of right and wrong answers: start, end, count and outcome; empty bars are left out.

    Two bars stand side by side in each bin: stacked ones cannot be read on a logarithmic axis.
    """
    edges = np.histogram_bin_edges(uncertainty, bins=num_bins)
    middle = (edges[:-1] + edges[1:]) / 2
    halves = {}
    for outcome, chosen, start, end in (("right", correct, edges[:-1], middle), ("wrong", ~correct, middle, edges[1:])):
        count = np.histogram(uncertainty[chosen], edges)[0]
        there = count > 0
        halves[outcome] = {"start": start[there], "end": end[there], "count": count[there]}
    return stacked(halves, "outcome")


@lru_cache(maxsize=64)
def _score_histogram_spec(score_axis: str, title: str, subtitle: str) -> Spec:
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
            chart("line").mark_rule(strokeWidth=3, strokeDash=[6, 3], color=NEUTRAL).encode(x="threshold:Q"),
        ),
        430,
        title,
        subtitle,
    )


def class_bars(
    values: NDArray[np.floating], class_names: Sequence[str], label: int, title: str, axis: str, *, percent: bool
) -> Spec:
    """One value per class as horizontal bars: the true class blue, a wrong prediction vermilion.

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
    bars = {"class": list(class_names), "value": values, "role": roles}
    return _class_bars_spec(len(values), title, axis, percent) | {"datasets": {"bars": table(**bars)}}


@lru_cache(maxsize=64)
def _class_bars_spec(num_classes: int, title: str, axis: str, percent: bool) -> Spec:
    scale = alt.Scale(domain=[0, 1]) if percent else alt.Scale()
    bars = (
        chart("bars")
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=axis, axis=alt.Axis(format=PERCENT if percent else ".1f"), scale=scale),
            y=alt.Y("class:N", sort=None, title=None),
            color=alt.Color("role:N", scale=role_scale(BARS), legend=alt.Legend(values=list(BARS))),
            tooltip=["class:N", alt.Tooltip("value:Q", format=".6%" if percent else ".4f")],
        )
    )
    return readable(bars, 26 * num_classes + 130, title)


def hard_classes(matrix: NDArray[np.integer], class_names: Sequence[str], groups: Sequence[str]) -> Spec:
    """Shares of the images of each class that are misclassified or refused, as stacked bars.

    Args:
        matrix: (num_classes, num_classes) counts, with or without a last column for refused images.
        class_names: num_classes names.
        groups: num_classes names, the superclass of each class; classes of one superclass stand together, the hardest first.
    """
    shares, group_of = np.nan_to_num(row_shares(matrix)), np.asarray(groups)
    num_classes = len(group_of)
    errors = shares[:, :num_classes] * (1 - np.eye(num_classes))
    same = group_of[:, None] == group_of
    names = tuple(KINDS)
    kinds = {names[1]: (errors * same).sum(axis=1), names[2]: (errors * ~same).sum(axis=1)}
    if shares.shape[1] > num_classes:
        kinds[DONT_KNOW] = shares[:, -1]
    place = np.array([list(dict.fromkeys(groups)).index(group) for group in groups])
    order = np.lexsort((-sum(kinds.values()), place))
    each = np.tile(np.arange(num_classes), len(kinds))
    rank = np.repeat([names.index(kind) for kind in kinds], num_classes)
    bars = {
        "class": named(class_names, each),
        "group": named(groups, each),
        "kind": named(names, rank),
        "share": np.float32(np.concatenate(list(kinds.values()))),
        "rank": rank,
    }
    spec = _hard_classes_spec(tuple(class_names[place] for place in order), tuple(kinds))
    return spec | {"datasets": {"bars": table(**bars)}}


@lru_cache(maxsize=16)
def _hard_classes_spec(names: tuple[str, ...], kinds: tuple[str, ...]) -> Spec:
    many = len(names) > MANY_CLASSES
    bars = (
        chart("bars")
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="Share of the images of the class", axis=alt.Axis(format="~%"), stack="zero"),
            y=alt.Y(
                "class:N",
                title=None,
                scale=alt.Scale(domain=list(names)),
                axis=alt.Axis(labelOverlap=False, labelFlush=False, labelLimit=220, labelFontSize=11 if many else 13),
            ),
            color=alt.Color("kind:N", scale=role_scale(KINDS), legend=alt.Legend(values=list(kinds), columns=2)),
            order=alt.Order("rank:Q"),
            tooltip=[
                "class:N",
                alt.Tooltip("group:N", title="superclass"),
                alt.Tooltip("kind:N", title="taken for"),
                alt.Tooltip("share:Q", format=".2%", title="of the class"),
            ],
        )
    )
    height = (17 if many else 26) * len(names) + 170
    return readable(bars, height, "Which classes are hard?", "And what their images are taken for")


def right_and_wrong(num_right: int, num_wrong: int, title: str) -> Spec:
    """Two bars: the number of right and of wrong answers."""
    bars = table(outcome=["right", "wrong"], images=[num_right, num_wrong])
    return _right_and_wrong_spec(title) | {"datasets": {"bars": bars}}


@lru_cache(maxsize=64)
def _right_and_wrong_spec(title: str) -> Spec:
    images = alt.X("images:Q", title="Images", axis=alt.Axis(tickMinStep=1))
    base = chart("bars").encode(y=alt.Y("outcome:N", title=None), x=images)
    return readable(
        alt.layer(
            base.mark_bar(height=26).encode(color=alt.Color("outcome:N", scale=OUTCOMES, legend=None)),
            base.mark_text(align="left", dx=6, fontSize=15, fontWeight=600, color=NEUTRAL).encode(text="images:Q"),
        ),
        170,
        title,
    )
