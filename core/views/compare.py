"""Charts of recipes that were trained with several seeds: every seed, the differences, and the learning curves."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import altair as alt
import numpy as np
from numpy.typing import ArrayLike

from core.metrics.spreads import Spread
from core.views.charts import NEUTRAL, Spec, chart, named, readable, role_scale, table

MEAN, TRAINING, VALIDATION = "mean", "training", "validation"
SPLITS = (TRAINING, VALIDATION)
HEIGHT, BESIDE_PLAY = 300, 255  # pixels of a chart: a projector shows all of them, and the button below the curves
HOVER = (
    "95 % interval",
    "sign-flip p",
    "smallest p possible",
    "p by Holm over all",
    "seeds to settle it",
    "pairs of runs",
)
MANY = 12  # from this number of curves on, they are fainter


class Difference(NamedTuple):
    """A row of the forest plot.

    Attributes:
        name: of the row.
        said: the difference in words, with its unit.
        p: in words.
        hover: what is shown on hover, one text per title in HOVER.
        mean, low, high: where dot and interval stand; NaN where there are none.
        group: whose colour it has.
        settled: whether the dot is filled.
        chosen: whether its words are bold.
    """

    name: str
    said: str
    p: str
    hover: tuple[str, ...]
    mean: float
    low: float
    high: float
    group: str
    settled: bool
    chosen: bool


class Curve(NamedTuple):
    """The learning curve of one run; each is (num_points,)."""

    x: Sequence[float]
    training: Sequence[float]
    validation: Sequence[float]


def seeds(
    values: Mapping[str, Mapping[int, float]], measure: str, groups: str, better: str, *, in_percent: bool
) -> Spec:
    """One dot per seed over a box plot per group; a line joins the dots of the same seed.

    Args:
        values: group -> seed -> value of the measure; NaN where there is none, which is left out.
        measure: its name.
        groups: what differs between the groups, the title of the horizontal axis.
        better: which way is better, in words.
        in_percent: whether the values are fractions, shown in percent.
    """
    there = {group: {seed: v for seed, v in by_seed.items() if v == v} for group, by_seed in values.items()}
    names = tuple(values)
    filled = [place for place, group in enumerate(names) if there[group]]
    quartiles = np.array([np.quantile(list(there[names[place]].values()), np.linspace(0, 1, 5)) for place in filled])
    low, first, median, third, high = quartiles.reshape(-1, 5).T
    rows = [(place, seed, v) for place, group in enumerate(names) for seed, v in there[group].items()]
    many = max(map(len, values.values())) > MANY
    return _seeds_spec(names, measure, groups, better, in_percent, many) | {
        "datasets": {
            "boxes": table(
                group=named(names, filled), low=low, first=first, median=median, third=third, high=high
            ),
            "dots": table(
                group=named(names, [place for place, _, _ in rows]),
                seed=np.array([seed for _, seed, _ in rows], np.int64),
                value=np.array([v for _, _, v in rows], np.float64),
            ),
        }
    }  # fmt: skip


@lru_cache(maxsize=64)
def _seeds_spec(names: tuple[str, ...], measure: str, groups: str, better: str, in_percent: bool, many: bool) -> Spec:
    shown, axis = (".2%", ".1%") if in_percent else (".4f", "~g")
    scale = alt.Scale(zero=False, padding=12)
    # A label of several settings has one line per setting.
    several = any(", " in name for name in names)
    # Long labels are slanted, because side by side they would cover each other.
    angle = -30 if len(names) * max(map(len, names)) > 28 and not several else 0
    axis_of_groups = alt.Axis(
        labelAngle=angle,
        labelLimit=110,
        labelOverlap=False,
        labelFlush=False,
        ticks=False,
        domain=False,
        labelExpr="split(datum.label, ', ')" if several else alt.Undefined,
    )
    x = alt.X("group:N", sort=list(names), title=groups or None, axis=axis_of_groups)
    colour = alt.Color("group:N", scale=role_scale({}, names), legend=None)
    boxes, size = chart("boxes").encode(x=x), min(46, 230 // len(names))
    hover = [alt.Tooltip(f"{name}:Q", title=title, format=shown) for name, title in (
        ("high", "largest"), ("third", "upper quartile"), ("median", "median"), ("first", "lower quartile"), ("low", "smallest"),
    )]  # fmt: skip
    drawn = alt.layer(
        boxes.mark_rule(color=NEUTRAL, opacity=0.5, aria=False).encode(
            y=alt.Y("low:Q", title=None, axis=alt.Axis(format=axis), scale=scale), y2="high:Q"
        ),
        boxes.mark_bar(size=size, opacity=0.28).encode(
            y=alt.Y("first:Q", scale=scale), y2="third:Q", color=colour, tooltip=["group:N", *hover]
        ),
        boxes.mark_tick(size=size, thickness=3, aria=False).encode(y=alt.Y("median:Q", scale=scale), color=colour),
        chart("dots")
        .mark_line(color=NEUTRAL, opacity=0.15 if many else 0.35, strokeWidth=1.2, aria=False)
        .encode(x=x, y=alt.Y("value:Q", scale=scale), detail="seed:N"),
        chart("dots")
        .mark_point(size=70, filled=True, opacity=0.9, stroke=NEUTRAL, strokeWidth=0.6)
        .encode(
            x=x,
            y=alt.Y("value:Q", scale=scale),
            color=colour,
            tooltip=["group:N", "seed:N", alt.Tooltip("value:Q", title=measure, format=shown)],
        ),
    )
    return readable(drawn, HEIGHT, measure, [f"{better}. A dot is one run,", "a line joins equal seeds"])


def forest(rows: Sequence[Difference], names: Sequence[str], title: str, subtitle: list[str], axis: str) -> Spec:
    """Paired differences with their intervals: a row per measure, or per group. Each row also says its numbers.

    Args:
        rows: from top to bottom, at least one.
        names: the groups in the order of their colours, as in the other charts.
        title: what to see.
        subtitle: how to read it, in lines.
        axis: title of the horizontal axis; without a unit, if the rows have different scales.
    """
    columns = {name: np.array([getattr(row, name) for row in rows], np.float64) for name in ("mean", "low", "high")}
    ends = np.abs(np.stack(list(columns.values())))
    limit = float(np.nanmax(ends, initial=0.0)) or 1.0
    return _forest_spec(tuple(names), title, tuple(subtitle), axis, 1.08 * limit) | {
        "datasets": {
            "rows": table(
                row=np.arange(len(rows)),
                name=[row.name for row in rows],
                said=[f"{row.name}  {row.said}" for row in rows],
                p=[row.p for row in rows],
                **{title: [row.hover[place] for row in rows] for place, title in enumerate(HOVER)},
                group=[row.group for row in rows],
                settled=[row.settled for row in rows],
                weight=["bold" if row.chosen else "normal" for row in rows],
                **columns,
            )
        }
    }


@lru_cache(maxsize=64)
def _forest_spec(names: tuple[str, ...], title: str, subtitle: tuple[str, ...], axis: str, limit: float) -> Spec:
    # A row has its words above its interval.
    y = alt.Y("row:O", axis=None)
    scale = alt.Scale(domain=[-limit, limit], nice=False)
    x_axis = (
        alt.Axis(grid=False, format="+~g", tickCount=5)
        if limit != 1.08
        else alt.Axis(grid=False, labels=False, ticks=False)
    )
    x = alt.X("mean:Q", title=axis, scale=scale, axis=x_axis)
    rows = chart("rows").encode(
        y=y, tooltip=[alt.Tooltip("name:N", title="of"), *(alt.Tooltip(f"{title}:N") for title in HOVER)]
    )
    colour = alt.Color("group:N", scale=role_scale({}, names), legend=None)

    def words(align: Literal["left", "right"]) -> alt.Chart:
        bold = alt.expr("datum.weight")
        drawn: alt.Chart = rows.mark_text(align=align, fontSize=13, dy=-5, color=NEUTRAL, limit=260, fontWeight=bold)
        return drawn

    drawn = alt.layer(
        # Once, not once per row: it stays pale where words stand on it.
        chart("rows")
        .transform_filter("datum.row === 0")
        .mark_rule(color=NEUTRAL, opacity=0.4, strokeDash=[4, 3], aria=False)
        .encode(x=alt.datum(0)),
        rows.mark_rule(strokeWidth=3, yOffset=7, aria=False).encode(
            x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour
        ),
        rows.mark_point(size=90, strokeWidth=2.5, yOffset=7).encode(
            x=x,
            color=colour,
            fill=alt.condition("datum.settled", colour, alt.value("transparent")),
        ),
        words("left").encode(x=alt.value(0), text="said:N"),
        words("right").encode(x=alt.value("width"), text="p:N"),
    )
    return readable(drawn, HEIGHT, title, list(subtitle))


def curves(
    runs: Mapping[str, Sequence[Curve]],
    spreads: Mapping[str, Mapping[str, Spread]],
    quantity: str,
    against: str,
) -> Spec:
    """Learning curves of every run, thin, with mean and range per group; training dotted, validation solid.

    Args:
        runs: group -> a curve per run.
        spreads: group -> "training" or "validation" -> mean and range of its curves.
        quantity: "accuracy" (shown in percent) or "loss" (nats, logarithmic axis).
        against: title of the horizontal axis, with its unit.
    """
    names = tuple(runs)
    parts: dict[str, list[ArrayLike]] = {name: [] for name in ("x", "value", "group", "split", "run")}
    number = 0
    for place, group in enumerate(names):
        for run in runs[group]:
            for split, values in enumerate((run.training, run.validation)):
                length = len(run.x)
                for name, column in zip(
                    parts, (run.x, values, [place] * length, [split] * length, [number] * length), strict=True
                ):
                    parts[name].append(column)
            number += 1
    joined = {name: np.concatenate(columns) if columns else np.empty(0) for name, columns in parts.items()}
    last = float(joined["x"].max(initial=0)) or 1.0
    return _curves_spec(names, quantity, against, last, number > MANY) | {
        "datasets": {
            "lines": table(
                x=np.float32(joined["x"]),
                value=np.float32(joined["value"]),
                group=named(names, joined["group"].astype(int)),
                split=named(SPLITS, joined["split"].astype(int)),
                run=joined["run"].astype(np.int32),
            ),
            "spreads": _spread_table(names, spreads, {group: len(runs[group]) for group in names}),
        }
    }


def _spread_table(
    names: tuple[str, ...], spreads: Mapping[str, Mapping[str, Spread]], num_runs: Mapping[str, int]
) -> bytes:
    found = [
        (place, split, spreads[group][name])
        for place, group in enumerate(names)
        for split, name in enumerate(SPLITS)
        if group in spreads
    ]
    lengths = [len(each.x) for _, _, each in found]
    columns = {
        name: np.float32(np.concatenate([getattr(each, name) for _, _, each in found]))
        for name in ("x", "mean", "low", "high")
    }
    return table(
        **columns,
        group=named(names, np.repeat([place for place, _, _ in found], lengths)),
        split=named(SPLITS, np.repeat([split for _, split, _ in found], lengths)),
        runs=np.repeat([num_runs[names[place]] for place, _, _ in found], lengths),
    )


@lru_cache(maxsize=64)
def _curves_spec(names: tuple[str, ...], quantity: str, against: str, last: float, many: bool) -> Spec:
    is_loss = quantity == "loss"
    scale = alt.Scale(type="log", nice=False) if is_loss else alt.Scale(zero=False)
    shown = ".4f" if is_loss else ".2%"
    x = alt.X("x:Q", title=against, scale=alt.Scale(domain=[0, last], nice=False), axis=alt.Axis(grid=False))
    y_axis = alt.Axis(format=".3~g" if is_loss else ".0%", tickCount=4)
    title = "Loss (nats, log scale)" if is_loss else "Accuracy"
    legend = alt.Legend(
        values=list(names), columns=2, offset=2, symbolType="stroke", symbolSize=400, symbolStrokeWidth=4,
        symbolOpacity=1, rowPadding=0,
    )  # fmt: skip
    colour = alt.Color("group:N", scale=role_scale({}, names), legend=legend)
    dashes = alt.StrokeDash("split:N", scale=alt.Scale(domain=list(SPLITS), range=[[2, 3], [1, 0]]), legend=None)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=title, scale=scale, axis=y_axis)

    spreads = chart("spreads").encode(x=x, color=colour)
    drawn = alt.layer(
        spreads.mark_area(opacity=0.16, aria=False)
        .transform_filter(f"datum.split == '{VALIDATION}'")
        .encode(y=y("low"), y2="high:Q"),
        chart("lines")
        .mark_line(strokeWidth=1, opacity=0.25 if many else 0.5)
        .encode(x=x, y=y("value"), color=colour, strokeDash=dashes, detail="run:N"),
        spreads.mark_line(strokeWidth=3).encode(y=y("mean"), strokeDash=dashes),
        spreads.mark_point(size=120, opacity=0).encode(
            y=y("mean"),
            tooltip=[
                "group:N",
                "split:N",
                alt.Tooltip("x:Q", title=against, format=".4~g"),
                alt.Tooltip("mean:Q", title="mean", format=shown),
                alt.Tooltip("low:Q", title="smallest", format=shown),
                alt.Tooltip("high:Q", title="largest", format=shown),
                alt.Tooltip("runs:Q", title="runs"),
            ],
        ),
    )
    spec = readable(drawn, BESIDE_PLAY, f"Learning: {quantity}", "Solid: validation. Dotted: training. Thick: mean")
    # What plays the curves moves their elements, which a canvas does not have.
    return spec | {"usermeta": {"embedOptions": {"renderer": "svg"}}}
