"""Bar charts: values per class, counts."""

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
    named,
    readable,
    role_scale,
    table,
)
from core.views.palette import DONT_KNOW

BARS = {"true class": "right", "predicted, wrong": "wrong", "other": "muted"}
# What happens to an image, with the role of each. As in the matrix of superclasses, the worse of the two kinds of error is
# vermilion and the milder one grey.
KINDS = {"right": "right", "its own superclass": "muted", "another superclass": "wrong", DONT_KNOW: "refused"}


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
    ticks = alt.Axis(format=PERCENT) if percent else alt.Axis(format="~g", tickCount=6)
    bars = (
        chart("bars")
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=axis, axis=ticks, scale=scale),
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
    columns = 1 if many else 2  # many classes have long names, which leave little room on a phone
    bars = (
        chart("bars")
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="Share of the images of the class", axis=alt.Axis(format="~%"), stack="zero"),
            y=alt.Y(
                "class:N",
                title=None,
                scale=alt.Scale(domain=list(names)),
                axis=alt.Axis(labelOverlap=False, labelFlush=False, labelLimit=220),
            ),
            color=alt.Color("kind:N", scale=role_scale(KINDS), legend=alt.Legend(values=list(kinds), columns=columns)),
            order=alt.Order("rank:Q"),
            tooltip=[
                "class:N",
                alt.Tooltip("group:N", title="superclass"),
                alt.Tooltip("kind:N", title="predicted as"),
                alt.Tooltip("share:Q", format=".2%", title="of the class"),
            ],
        )
    )
    height = (17 if many else 26) * len(names) + 170
    return readable(bars, height, "Which classes are hard?", "And what their images are predicted as")


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
