"""Confusion matrices, of classes and of superclasses."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import altair as alt
import numpy as np
from altair.utils.schemapi import UndefinedType
from numpy.typing import NDArray

from core.metrics.confusion import GroupConfusion, row_shares
from core.views.charts import MANY_CLASSES, NEUTRAL, Drawn, Spec, chart, named, readable, role_scale, table
from core.views.palette import DONT_KNOW

WITHIN, ACROSS = "within the superclass", "across superclasses"
CELLS = {"right": "right", "wrong": "wrong", DONT_KNOW: "refused"}  # of a cell, with the role of each
Cursor = Literal["pointer"] | UndefinedType
STRENGTH = alt.Color("strength:Q", scale=alt.Scale(domain=[0, 1]), legend=None)
# Figures are readable on colours up to PALE in the colour of the page's text, and from DEEP to DEEPEST in white, in both
# themes. Between PALE and DEEP neither is, so no square has such a colour.
PALE, DEEP, DEEPEST = 0.55, 0.72, 0.9
FIGURES, FIGURE_WIDTH = 13, 6.5  # pixels: the letters of the numbers, and how wide one digit is
OPACITY = alt.Opacity(  # of refusals, whose colour is another one; the same holds for these
    "strength:Q", scale=alt.Scale(domain=[0, PALE, DEEP, DEEPEST], range=[0, 0.5, 0.75, 0.85]), legend=None
)


def shade(part: NDArray[np.floating]) -> NDArray[np.float64]:
    """Places on the colour scale for parts of the largest value, from 0 to 1, that leave out the range between PALE and DEEP."""
    return np.where(part < 0.5, 2 * PALE * part, DEEP + (DEEPEST - DEEP) * (2 * part - 1))


def _squares(cells: alt.Chart, *, cursor: Cursor = alt.Undefined) -> Drawn:
    """The coloured squares of a matrix; the column of what is refused has a colour of its own."""
    answered = cells.transform_filter(alt.datum.answer != DONT_KNOW).mark_rect(cursor=cursor)
    refused = cells.transform_filter(alt.datum.answer == DONT_KNOW).mark_rect(cursor=cursor, aria=False)
    return alt.layer(
        answered.encode(color=STRENGTH),
        refused.encode(
            fill=alt.Fill("answer:N", scale=role_scale({DONT_KNOW: "refused"}), legend=None),
            opacity=OPACITY,
        ),
    )


def _figures(cells: alt.Chart, *, cursor: Cursor = alt.Undefined) -> tuple[alt.Chart, alt.Chart]:
    """The numbers in the squares: white on deep colours, in the colour of the page's text elsewhere.

    A number wider than its square, on a phone for instance, is left out: its ends could not be read on the squares beside it.
    """
    cells = cells.encode(text="text:N")
    fits = alt.ExprRef(f"{FIGURE_WIDTH} * length(datum.text) <= bandwidth('x') ? 1 : 0")
    return (
        cells.transform_filter(f"datum.strength > {PALE}").mark_text(
            color="white", cursor=cursor, fontSize=FIGURES, opacity=fits
        ),
        cells.transform_filter(f"datum.strength <= {PALE}").mark_text(
            color=NEUTRAL, cursor=cursor, fontSize=FIGURES, opacity=fits
        ),
    )


def confusion_heatmap(matrix: NDArray[np.integer], class_names: Sequence[str], answers: Sequence[str]) -> Spec:
    """Counts of true class (rows) against given answer (columns), the last of which may be DONT_KNOW.

    Args:
        matrix: (num_classes, num_answers).
        class_names: num_classes names, of the rows.
        answers: num_answers names, of the columns.
    """
    counts = np.asarray(matrix, dtype=np.int32).ravel()
    true, answer = np.divmod(np.arange(len(counts)), len(answers))
    cells = {
        "true": named(class_names, true),
        "answer": named(answers, answer),
        "count": counts,
        "text": [str(count) if count else "" for count in counts.tolist()],
        # Logarithmic: a few errors must not vanish beside a thousand right answers.
        "strength": np.float32(shade(np.log1p(counts) / np.log1p(max(counts.max(), 1)))),
    }
    return _confusion_heatmap_spec(len(class_names), _short(class_names)) | {"datasets": {"cells": table(**cells)}}


@lru_cache(maxsize=16)
def _confusion_heatmap_spec(num_classes: int, short: bool) -> Spec:
    base = chart("cells").encode(
        x=alt.X("answer:N", sort=None, title="Answer", axis=_class_axis(many=False, short=short, on_top=True)),
        y=alt.Y("true:N", sort=None, title="True class", axis=_class_axis(many=False, short=short, on_top=False)),
        tooltip=["true:N", "answer:N", alt.Tooltip("count:Q", format=",d", title="images")],
    )
    return readable(
        alt.layer(
            _squares(base),
            *_figures(base),
        ),
        34 * num_classes + 150,
        "Answers and refusals per class",
        "Correct on the diagonal, refused in the last column",
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
        matrix: (num_classes, num_classes) counts, with or without a last column for refused images.
        class_names: num_classes names.
        order: (num_classes,), the classes in the order of rows and columns.
        chosen: true class and answer of the cell to frame; None frames no cell.
        shares: write percentages of the row instead of counts.
        mute_diagonal: leave right answers and refusals without colour, so that only errors are coloured.
    """
    matrix, order = np.asarray(matrix), np.asarray(order)
    names = [class_names[place] for place in order]
    columns = np.append(order, range(len(order), matrix.shape[1])).astype(int)
    answers = [*names, DONT_KNOW][: matrix.shape[1]]
    counts = matrix[np.ix_(order, columns)].astype(np.int32)
    share = np.nan_to_num(row_shares(matrix)[np.ix_(order, columns)])
    # Logarithmic: a few errors must not vanish beside a thousand right answers.
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


def _short(class_names: Sequence[str]) -> bool:
    """Whether the names, digits for instance, fit above a column without being turned."""
    return max(map(len, class_names)) <= 2


def _class_axis(*, many: bool, short: bool, on_top: bool) -> alt.Axis:
    """The axis of the rows of a matrix, or of its columns, with the name of each class."""
    angle = 0 if short else -90 if many else -45
    return alt.Axis(
        orient="top" if on_top else alt.Undefined,
        labelAngle=angle if on_top else alt.Undefined,
        labelFlush=False,
        labelLimit=220,
        labelFontSize=13,
        # The words of a refusal stand in two lines, which fit above their column.
        labelExpr="split(datum.label, ' ')" if short and on_top else alt.Undefined,
        # When there is no room for all of many names, on a phone for instance, every other one is shown.
        labelOverlap="parity" if many else False,
    )


@lru_cache(maxsize=32)
def _confusion_cells_spec(names: tuple[str, ...], answers: tuple[str, ...], shares: bool) -> Spec:
    many = len(names) > MANY_CLASSES
    pick = alt.selection_point("pick", on="click", fields=["true", "answer"], empty=False)
    base = chart("cells").encode(
        x=alt.X(
            "answer:N",
            title="Answer",
            scale=alt.Scale(domain=list(answers)),
            axis=_class_axis(many=many, short=_short(names), on_top=True),
        ),
        y=alt.Y(
            "true:N",
            title="True class",
            scale=alt.Scale(domain=list(names)),
            axis=_class_axis(many=many, short=_short(names), on_top=False),
        ),
        tooltip=[
            alt.Tooltip("true:N", title="true class"),
            "answer:N",
            alt.Tooltip("count:Q", format=",d", title="images"),
            alt.Tooltip("share:Q", format=".2%", title="of the true class"),
        ],
    )
    # In the colour of its outcome, with a white line in the middle: the cell may have the same colour.
    frame = chart("frame").encode(x=alt.X("answer:N"), y=alt.Y("true:N"))
    return readable(
        alt.layer(
            _squares(base, cursor="pointer").add_params(pick),
            *_figures(base, cursor="pointer"),
            frame.mark_rect(fillOpacity=0, strokeWidth=5, aria=False).encode(
                stroke=alt.Stroke("outcome:N", scale=role_scale(CELLS), legend=None)
            ),
            frame.mark_rect(fillOpacity=0, strokeWidth=1.5, stroke="white", aria=False),
        ),
        (20 if many else 34) * len(names) + 150,
        "Which classes are confused",
        "Percent of the true class. Click to see images" if shares else "Images. Click a cell to see them",
    )


def _coloured(strength: NDArray[np.floating]) -> NDArray[np.floating]:
    """Places on the colour scale: 0 for nothing, else such that the smallest value is seen."""
    return np.where(strength > 0, shade(0.15 + 0.85 * strength / max(strength.max(), 1e-12)), 0.0)


def group_cells(confusion: GroupConfusion, *, refuses: bool) -> Spec:
    """Right answers, errors by superclass and refusals as counts and as shares of all images.

    Args:
        confusion: of superclasses.
        refuses: whether there is a column for refused images.
    """
    columns = ["right", *(f"predicted as {name}" for name in confusion.groups), *([DONT_KNOW] if refuses else [])]
    groups, whats, counts = [], [], []
    for number, name in enumerate(confusion.groups):
        whats += ["right", *(f"another {name}" if other == name else f"{name} → {other}" for other in confusion.groups)]
        counts += [confusion.right[number], *confusion.wrong[number]]
        if refuses:
            whats.append(DONT_KNOW)
            counts.append(confusion.refused[number])
        groups += [name] * len(columns)
    images = np.array(counts, dtype=np.int64)
    share = images / confusion.num_samples
    is_error = [column.startswith("predicted as") for column in columns] * len(confusion.groups)
    # Errors across superclasses are the worse ones: vermilion, while those within are grey.
    across = [
        is_wrong and column != f"predicted as {group}"
        for group, column, is_wrong in zip(groups, columns * len(confusion.groups), is_error, strict=True)
    ]
    errors = np.where(is_error, images, 0)
    strength = np.where(errors > 0, 0.25 + 0.25 * errors / max(errors.max(), 1), 0.0)
    cells = {
        "group": groups,
        "column": columns * len(confusion.groups),
        "what": whats,
        "count": images,
        "share": share,
        "strength": strength,
        "text": [f"{count:,}\n{part:.2%}" for count, part in zip(images.tolist(), share.tolist(), strict=True)],
        "across": named((WITHIN, ACROSS), np.array(across, int)),
    }
    return _group_cells_spec(confusion.groups, tuple(columns)) | {"datasets": {"cells": table(**cells)}}


@lru_cache(maxsize=16)
def _group_cells_spec(groups: tuple[str, ...], columns: tuple[str, ...]) -> Spec:
    base = chart("cells").encode(
        x=alt.X(
            "column:N",
            title=None,
            scale=alt.Scale(domain=list(columns)),
            axis=alt.Axis(orient="top", labelAngle=-30, labelOverlap=False, labelLimit=160),
        ),
        y=alt.Y("group:N", title="True superclass", scale=alt.Scale(domain=list(groups))),
        tooltip=[
            alt.Tooltip("group:N", title="true superclass"),
            alt.Tooltip("what:N", title="answer"),
            alt.Tooltip("count:Q", format=",d", title="images"),
            alt.Tooltip("share:Q", format=".2%", title="of all test images"),
        ],
    )
    letters = base.mark_text(
        color=NEUTRAL, fontSize=14, lineBreak="\n", lineHeight=18, baseline="middle", dy=-8
    ).encode(text="text:N")
    squares = base.mark_rect().encode(
        fill=alt.Fill("across:N", scale=role_scale({WITHIN: "muted", ACROSS: "wrong"}), legend=None),
        opacity=alt.Opacity("strength:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None),
    )
    return readable(
        alt.layer(squares, letters),
        64 * len(groups) + 170,
        "Errors within and across superclasses",
        ["Images, and their share of all images", "Orange: errors across superclasses; grey: within"],
    )
