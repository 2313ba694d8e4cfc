"""Charts of how far a saliency map can be trusted."""

from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.views.charts import PERCENT, Spec, chart, readable, role_scale, stacked

RANDOM = "random ranking"


def pixel_curves(fraction: NDArray[np.floating], curves: Mapping[str, NDArray[np.floating]], *, inserts: bool) -> Spec:
    """The probability of the class while pixels are inserted or deleted in the order of each map, against a random order.

    Args:
        fraction: (num_points,), of the pixels, in [0, 1].
        curves: name of a method, or RANDOM -> (num_points,), mean probability.
        inserts: whether pixels are inserted; else they are deleted.
    """
    lines = {name: {"fraction": fraction, "probability": line} for name, line in curves.items()}
    return _pixel_curves_spec(tuple(curves), inserts) | {"datasets": {"lines": stacked(lines, "ranking")}}


@lru_cache(maxsize=32)
def _pixel_curves_spec(names: tuple[str, ...], inserts: bool) -> Spec:
    dashes = [[5, 4] if name == RANDOM else [1, 0] for name in names]
    legend = alt.Legend(values=list(names), columns=2)
    colours = role_scale({RANDOM: "muted"}, [name for name in names if name != RANDOM])
    lines = (
        chart("lines")
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X(
                "fraction:Q", title=f"Pixels {'inserted' if inserts else 'deleted'}", axis=alt.Axis(format=PERCENT)
            ),
            y=alt.Y(
                "probability:Q",
                title="Mean probability of the class",
                axis=alt.Axis(format=PERCENT),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=alt.Color("ranking:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("ranking:N", scale=alt.Scale(domain=list(names), range=dashes), legend=legend),
            tooltip=["ranking:N", alt.Tooltip("fraction:Q", format=".0%"), alt.Tooltip("probability:Q", format=".1%")],
        )
    )
    title = "Insertion: faster rise = better" if inserts else "Deletion: faster drop = better"
    return readable(lines, 430, title, "Pixels in the order of each map")


def beats_random(areas: NDArray[np.floating], random_areas: NDArray[np.floating], *, inserts: bool) -> bool:
    """Whether a method ranks pixels better than a random ranking does, on average over the images.

    Args:
        areas, random_areas: (num_samples,), under the curves of insertion (larger is better) or deletion (smaller is better).
        inserts: whether pixels are inserted; else they are deleted.
    """
    gain = float(np.mean(areas) - np.mean(random_areas))
    return gain > 0 if inserts else gain < 0


def broken_network(correlations: Mapping[str, NDArray[np.floating]], layers: tuple[str, ...]) -> Spec:
    """Rank correlation of each map with that of the trained network, while layers get random weights from the logits down.

    Args:
        correlations: name of a method -> (num_layers + 1,), mean rank correlation; NaN is left out.
        layers: num_layers names, in the order in which they get random weights.
    """
    steps = ["none", *layers]
    points = {}
    for name, values in correlations.items():
        there = ~np.isnan(values)
        points[name] = {"layers": np.asarray(steps)[there], "correlation": values[there]}
    return _broken_network_spec(tuple(correlations), tuple(steps)) | {"datasets": {"points": stacked(points, "method")}}


@lru_cache(maxsize=32)
def _broken_network_spec(names: tuple[str, ...], steps: tuple[str, ...]) -> Spec:
    lines = (
        chart("points")
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=60, filled=True))
        .encode(
            x=alt.X(
                "layers:O", sort=list(steps), title="Re-initialised down to this layer", axis=alt.Axis(labelAngle=-30)
            ),
            y=alt.Y("correlation:Q", title="Rank correlation with the trained map", scale=alt.Scale(domain=[-1, 1])),
            color=alt.Color("method:N", scale=role_scale({}, names), legend=alt.Legend(values=list(names), columns=2)),
            tooltip=["method:N", "layers:O", alt.Tooltip("correlation:Q", format=".2f")],
        )
    )
    return readable(
        lines,
        360,
        "Parameter randomisation: does the map change?",
        "The map of a method that explains the network must change",
    )
