"""Confusion matrices, of classes and of superclasses."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.confusion import GroupConfusion, row_shares
from core.views.charts import MANY_CLASSES, NEUTRAL, Spec, chart, named, readable, role_scale, table
from core.views.palette import DONT_KNOW

OUTCOMES = {"right": "right", "wrong": "wrong", DONT_KNOW: "refused"}  # of a cell, with the role of each
UNIT = alt.Scale(domain=[0, 1])


def _squares(cells: alt.Chart, **mark: Any) -> alt.LayerChart:
    """The coloured squares of a matrix, the stronger the darker; in the column of what is refused in the colour of that."""
    answered = cells.transform_filter(alt.datum.answer != DONT_KNOW).mark_rect(**mark)
    refused = cells.transform_filter(alt.datum.answer == DONT_KNOW).mark_rect(**mark)
    return alt.layer(
        answered.encode(color=alt.Color("strength:Q", scale=UNIT, legend=None)),
        refused.encode(
            fill=alt.Fill("answer:N", scale=role_scale({DONT_KNOW: "refused"}), legend=None),
            opacity=alt.Opacity("strength:Q", scale=alt.Scale(domain=[0, 1], range=[0.08, 1]), legend=None),
        ),
    )


def confusion_heatmap(matrix: NDArray[np.integer], class_names: Sequence[str], answers: Sequence[str]) -> Spec:
    """Counts of true class (rows) against given answer (columns), the last of which may be DONT_KNOW.

    Args:
        matrix: (num_classes, num_answers).
        class_names: of the rows.
        answers: of the columns.
    """
    counts = np.asarray(matrix, dtype=np.int32).ravel()
    true, answer = np.divmod(np.arange(len(counts)), len(answers))
    cells = {
        "true": named(class_names, true),
        "answer": named(answers, answer),
        "count": counts,
        "text": [f"{count:,}" if count else "" for count in counts.tolist()],
        # The colour counts logarithmically: a handful of errors must not vanish beside a thousand right answers.
        "strength": np.float32(np.log1p(counts) / np.log1p(max(counts.max(), 1))),
        "on_dark": counts > max(counts.max(), 1) ** 0.4,
    }
    return _confusion_heatmap_spec(len(class_names)) | {"datasets": {"cells": table(**cells)}}


@lru_cache(maxsize=16)
def _confusion_heatmap_spec(num_classes: int) -> Spec:
    base = chart("cells").encode(
        x=alt.X("answer:N", sort=None, title="Answer", axis=alt.Axis(orient="top", labelAngle=-45, labelOverlap=False)),
        y=alt.Y("true:N", sort=None, title="True class", axis=alt.Axis(labelOverlap=False)),
        tooltip=["true:N", "answer:N", alt.Tooltip("count:Q", format=",d", title="images")],
    )
    return readable(
        alt.layer(
            _squares(base),
            base.transform_filter("datum.on_dark").mark_text(fontSize=12, color="white").encode(text="text:N"),
            base.transform_filter("!datum.on_dark").mark_text(fontSize=12, color=NEUTRAL).encode(text="text:N"),
        ),
        34 * num_classes + 150,
        "What was answered, and what was not",
        "Right on the diagonal, refused in the last column",
    )


def confusion_cells(
    matrix: NDArray[np.integer],
    class_names: Sequence[str],
    order: NDArray[np.integer],
    chosen: tuple[str, str] | None,
    *,
    shares: bool,
    mute_diagonal: bool,
) -> Spec:
    """A confusion matrix in which a click sends {"true": ..., "answer": ...} as the selection "pick".

    Args:
        matrix: (num_classes, num_classes) counts, or with a last column of what is refused.
        class_names: num_classes names.
        order: (num_classes,), the classes in the order of rows and columns.
        chosen: true class and answer of the cell to frame.
        shares: write percents of the row instead of counts.
        mute_diagonal: leave right answers and refusals without colour, so that the colours are those of the errors.
    """
    matrix, order = np.asarray(matrix), np.asarray(order)
    names = [class_names[place] for place in order]
    columns = np.append(order, range(len(order), matrix.shape[1])).astype(int)
    answers = [*names, DONT_KNOW][: matrix.shape[1]]
    counts = matrix[np.ix_(order, columns)].astype(np.int32)
    share = np.nan_to_num(row_shares(matrix)[np.ix_(order, columns)])
    # The colour counts logarithmically: a handful of errors must not vanish beside a thousand right answers.
    strength = np.log1p(1000 * share if shares else counts)
    if mute_diagonal:
        np.fill_diagonal(strength, 0)
        strength[:, len(order) :] = 0
    strength = _coloured(strength)
    written = [f"{100 * value:.{int(value < 0.0995)}f}" for value in share.flat] if shares else counts.flat
    true, answer = np.divmod(np.arange(counts.size), len(answers))
    cells = {
        "true": named(names, true),
        "answer": named(answers, answer),
        "count": counts.ravel(),
        "share": np.float32(share.ravel()),
        "strength": np.float32(strength.ravel()),
        "text": [str(text) if count else "" for text, count in zip(written, counts.flat, strict=True)],
        "coloured": strength.ravel() > 0,
    }
    framed = [chosen] if chosen and chosen[0] in names and chosen[1] in answers else []
    frame = {
        "true": named(names, [names.index(true) for true, _ in framed]),
        "answer": named(answers, [answers.index(answer) for _, answer in framed]),
        "outcome": [
            "right" if true == answer else DONT_KNOW if answer == DONT_KNOW else "wrong" for true, answer in framed
        ],
    }
    return _confusion_cells_spec(tuple(names), tuple(answers), shares) | {
        "datasets": {"cells": table(**cells), "frame": table(**frame)}
    }


@lru_cache(maxsize=32)
def _confusion_cells_spec(names: tuple[str, ...], answers: tuple[str, ...], shares: bool) -> Spec:
    many = len(names) > MANY_CLASSES
    letters = {"labelFlush": False, "labelLimit": 220, "labelFontSize": 10 if many else 13}
    # Of many names as many as there is room for: on a phone every other one.
    letters["labelOverlap"] = "parity" if many else False
    pick = alt.selection_point("pick", on="click", fields=["true", "answer"], empty=False)
    base = chart("cells").encode(
        x=alt.X(
            "answer:N",
            title="Answer",
            scale=alt.Scale(domain=list(answers)),
            axis=alt.Axis(orient="top", labelAngle=-90 if many else -45, **letters),
        ),
        y=alt.Y("true:N", title="True class", scale=alt.Scale(domain=list(names)), axis=alt.Axis(**letters)),
        tooltip=[
            alt.Tooltip("true:N", title="true class"),
            "answer:N",
            alt.Tooltip("count:Q", format=",d", title="images"),
            alt.Tooltip("share:Q", format=".2%", title="of the true class"),
        ],
    )
    # In the colour of its outcome, which may be the colour of the cell, too: a white line in the middle is seen on it.
    frame = chart("frame").encode(x=alt.X("answer:N"), y=alt.Y("true:N"))
    text = {"fontSize": 9 if many else 12}
    return readable(
        alt.layer(
            _squares(base, cursor="pointer").add_params(pick),
            base.transform_filter("datum.coloured")
            .mark_text(color="white", cursor="pointer", **text)
            .encode(text="text:N"),
            base.transform_filter("!datum.coloured")
            .mark_text(color=NEUTRAL, cursor="pointer", **text)
            .encode(text="text:N"),
            frame.mark_rect(fillOpacity=0, strokeWidth=5).encode(
                stroke=alt.Stroke("outcome:N", scale=role_scale(OUTCOMES), legend=None)
            ),
            frame.mark_rect(fillOpacity=0, strokeWidth=1.5, stroke="white"),
        ),
        (20 if many else 34) * len(names) + 150,
        "Who is taken for whom",
        "Percent of the true class. Click to see images" if shares else "Images. Click a cell to see them",
    )


def _coloured(strength: NDArray[np.floating]) -> NDArray[np.floating]:
    """Strengths as places on the theme's scale of colours: nothing at its end, the rest where white letters can be read."""
    return np.where(strength > 0, 0.6 + 0.4 * strength / max(strength.max(), 1e-12), 0.0)


def group_cells(confusion: GroupConfusion, *, refuses: bool) -> Spec:
    """Right answers, errors by superclass and refusals as counts and as shares of all images.

    Args:
        confusion: of superclasses.
        refuses: whether there is a column of what is refused.
    """
    columns = ["right", *(f"taken for {name}" for name in confusion.groups), *([DONT_KNOW] if refuses else [])]
    rows = []
    for number, name in enumerate(confusion.groups):
        counts = [confusion.right[number], *confusion.wrong[number], *([confusion.refused[number]] if refuses else [])]
        texts = ["right", *(f"another {name}" if other == name else f"{name} → {other}" for other in confusion.groups)]
        for column, what, count in zip(columns, [*texts, DONT_KNOW][: len(columns)], counts, strict=True):
            rows.append((name, column, what, int(count), count / confusion.num_samples))
    cells = dict(zip(("group", "column", "what", "count", "share"), zip(*rows, strict=True), strict=True))
    is_error = [column.startswith("taken for") for column in cells["column"]]
    cells["strength"] = _coloured(np.where(is_error, cells["count"], 0.0))
    cells["text"] = [f"{count:,}\n{share:.2%}" for count, share in zip(cells["count"], cells["share"], strict=True)]
    cells["coloured"] = cells["strength"] > 0
    return _group_cells_spec(confusion.groups, tuple(columns)) | {"datasets": {"cells": table(**cells)}}


@lru_cache(maxsize=16)
def _group_cells_spec(groups: tuple[str, ...], columns: tuple[str, ...]) -> Spec:
    base = chart("cells").encode(
        x=alt.X(
            "column:N",
            title=None,
            scale=alt.Scale(domain=list(columns)),
            axis=alt.Axis(orient="top", labelAngle=-20, labelOverlap=False, labelLimit=160),
        ),
        y=alt.Y("group:N", title="True superclass", scale=alt.Scale(domain=list(groups))),
        tooltip=[
            alt.Tooltip("group:N", title="true superclass"),
            alt.Tooltip("what:N", title="answer"),
            alt.Tooltip("count:Q", format=",d", title="images"),
            alt.Tooltip("share:Q", format=".2%", title="of all test images"),
        ],
    )
    text = {"fontSize": 14, "lineBreak": "\n", "lineHeight": 18, "baseline": "middle", "dy": -8}
    colour = alt.Color("strength:Q", scale=alt.Scale(domain=[0, 1]), legend=None)
    return readable(
        alt.layer(
            base.mark_rect().encode(color=colour),
            base.transform_filter("datum.coloured").mark_text(color="white", **text).encode(text="text:N"),
            base.transform_filter("!datum.coloured").mark_text(color=NEUTRAL, **text).encode(text="text:N"),
        ),
        64 * len(groups) + 170,
        "Taken for its own kind, or for another?",
        "Images and share of all; errors are coloured",
    )
