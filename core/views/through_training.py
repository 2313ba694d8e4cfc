"""Charts of one split after each epoch of a training; a slider over the epochs chooses in the browser what is drawn.

Each takes the values of all epochs. The parameter EPOCH is the place of an epoch, from 0 on; at first it is the last one.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import altair as alt
import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.calibration import ReliabilityBins
from core.metrics.selective import AccuracyCoverageCurve
from core.views import at_stops, bars, matrices
from core.views.charts import NEUTRAL, Spec, chart, named, readable, role_scale, stacked
from core.views.stops import at_stop, by_stop, following

EPOCH = "epoch"
SHOWN, LAST = "epoch shown", "last epoch"
HEIGHT = 330


def accuracy_coverage(curves: Sequence[AccuracyCoverageCurve]) -> Spec:
    """Accuracy of the answered images against coverage after the epoch shown, with the last epoch's curve dashed.

    Args:
        curves: one per epoch, at least one.
    """
    last = len(curves) - 1
    return at_stops.accuracy_coverage(curves, EPOCH, last, (SHOWN, LAST), last, HEIGHT)


def reliability(bins: Sequence[ReliabilityBins]) -> Spec:
    """Reliability diagram after the epoch shown: accuracy per bin of confidence, with the number of images in each bin.

    Args:
        bins: one per epoch, at least one.
    """
    return at_stops.reliability(bins, EPOCH, len(bins) - 1, HEIGHT)


def confusion(counts: NDArray[np.integer], class_names: Sequence[str]) -> Spec:
    """Confusion matrix after the epoch shown; the colours mean the same number of images in every epoch.

    Args:
        counts: (num_epochs, num_classes, num_classes), true class (rows) against answer (columns).
        class_names: num_classes names.
    """
    num_epochs, num_classes = counts.shape[:2]
    cells = counts.reshape(num_epochs, -1).astype(np.int32)
    strength = matrices.shade(np.log1p(cells) / np.log1p(max(cells.max(), 1)))
    true, answer = np.divmod(np.arange(num_classes**2), num_classes)
    data = by_stop(
        [{"count": each, "strength": shade} for each, shade in zip(cells, strength, strict=True)],
        true=named(class_names, true),
        answer=named(class_names, answer),
    )
    spec = matrices.confusion_heatmap(counts[-1], class_names, class_names)
    title = spec["title"] | {"text": "Which classes are confused", "subtitle": "Correct on the diagonal"}
    computed = at_stop(EPOCH, "count", "strength") | {"text": "datum.count ? '' + datum.count : ''"}
    spec = spec | {"title": title, "transform": _calculated(computed), "datasets": {"cells": data}}
    return following(spec, EPOCH, num_epochs - 1)


def _calculated(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Name -> expression as transforms of a chart, in this order."""
    return [{"calculate": expression, "as": name} for name, expression in values.items()]


def class_bars(probs: NDArray[np.floating], class_names: Sequence[str], label: int) -> Spec:
    """The probability of each class for one image after the epoch shown.

    Args:
        probs: (num_epochs, num_classes).
        class_names: num_classes names.
        label: the true class.
    """
    spec = bars.class_bars(probs[-1], class_names, label, "One image", "Probability", percent=True)
    classes = np.arange(len(class_names))
    right, wrong, other = range(3)  # in the order of BARS
    roles = [np.where(classes == label, right, np.where(classes == each.argmax(), wrong, other)) for each in probs]
    names = tuple(bars.BARS)
    data = by_stop(
        [{"value": each, "role": np.take(names, role)} for each, role in zip(probs, roles, strict=True)],
        **{"class": named(class_names, classes)},
    )
    chosen = {"transform": _calculated(at_stop(EPOCH, "value", "role")), "datasets": {"bars": data}}
    return following(spec | chosen, EPOCH, len(probs) - 1)


class Line(NamedTuple):
    """A measure of one run after each epoch; each is (num_epochs,)."""

    epochs: ArrayLike
    values: ArrayLike


def measure(lines: Mapping[str, Line], title: str, subtitle: str, *, in_percent: bool) -> Spec:
    """One measure against epochs, a line per run; a vertical line marks the epoch shown, of the first run.

    Args:
        lines: name of a run -> its values; at least one.
        title: what to see.
        subtitle: which way is better.
        in_percent: whether the values are fractions, shown in percent.
    """
    names, first = tuple(lines), next(iter(lines.values()))
    parts: dict[str, dict[str, ArrayLike]] = {
        name: {"epoch": np.asarray(line.epochs), "value": np.asarray(line.values)} for name, line in lines.items()
    }
    epochs = np.asarray(first.epochs, np.float64)
    spec = _measure_spec(names, title, subtitle, in_percent) | {
        "datasets": {"points": stacked(parts, "run"), "now": by_stop([{"epoch": [epoch]} for epoch in epochs])}
    }
    return following(spec, EPOCH, len(epochs) - 1)


@lru_cache(maxsize=64)
def _measure_spec(names: tuple[str, ...], title: str, subtitle: str, in_percent: bool) -> Spec:
    x = alt.X(
        "epoch:Q", title="Epoch", axis=alt.Axis(tickMinStep=1, grid=False), scale=alt.Scale(zero=True, nice=False)
    )
    shown = ".2%" if in_percent else ".4f"
    legend = alt.Legend(values=list(names), columns=1, symbolType="stroke", symbolStrokeWidth=3)
    lines = (
        chart("points")
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45, filled=True))
        .encode(
            x=x,
            y=alt.Y(
                "value:Q",
                title=None,
                axis=alt.Axis(format=".0%" if in_percent else "~g"),
                scale=alt.Scale(zero=not in_percent),
            ),
            color=alt.Color("run:N", scale=role_scale({}, names), legend=legend if len(names) > 1 else None),
            tooltip=[
                *(["run:N"] if len(names) > 1 else []),
                alt.Tooltip("epoch:Q", format=".2~f"),
                alt.Tooltip("value:Q", title=title, format=shown),
            ],
        )
    )
    now = (
        chart("now")
        .transform_calculate(**at_stop(EPOCH, "epoch"))
        .mark_rule(strokeWidth=2, strokeDash=[6, 3], color=NEUTRAL, aria=False)
        .encode(x=x)
    )
    # The lines of the legend leave the drawing as high as it is.
    height = 230 + (22 * len(names) + 12 if len(names) > 1 else 0)
    return readable(alt.layer(lines, now), height, title, subtitle)
