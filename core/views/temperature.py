"""Charts of one split at each temperature; a slider over the temperatures moves all of them in the browser."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.temperatures import AtTemperature
from core.views import at_stops
from core.views.charts import NEUTRAL, Spec, chart, readable, stacked, table
from core.views.stops import at_stop, by_stop, following

TEMPERATURE = "temperature"  # the slider's parameter
SHOWN, AS_TRAINED = "T shown", "T = 1"
HEIGHT = 320
MOST = 1e9  # nats that are drawn: of the largest logits there are more than a float32 can be


def first_place(found: Sequence[AtTemperature]) -> int:
    """The place of T = 1, which leaves the logits as they are."""
    return [each.temperature for each in found].index(1)


def accuracy_coverage(found: Sequence[AtTemperature]) -> Spec:
    """Accuracy of the answered images against coverage at the temperature shown, and dashed at T = 1.

    Args:
        found: one per temperature, T = 1 among them.
    """
    start = first_place(found)
    curves = [each.curve for each in found]
    return at_stops.accuracy_coverage(curves, TEMPERATURE, start, (SHOWN, AS_TRAINED), start, HEIGHT)


def reliability(found: Sequence[AtTemperature]) -> Spec:
    """Reliability diagram at the temperature shown.

    Args:
        found: one per temperature, T = 1 among them.
    """
    return at_stops.reliability([each.bins for each in found], TEMPERATURE, first_place(found), HEIGHT)


def confidences(found: Sequence[AtTemperature]) -> Spec:
    """Histogram of the confidence of right and wrong answers at the temperature shown.

    Args:
        found: one per temperature, T = 1 among them.
    """
    return at_stops.confidences([each.bins for each in found], TEMPERATURE, first_place(found), HEIGHT)


def likelihood(
    found: Sequence[AtTemperature], validation: NDArray[np.floating], fitted: float, num_images: Mapping[str, int]
) -> Spec:
    """Negative log-likelihood against the temperature, with a mark at the temperature shown and a line at the fitted one.

    Args:
        found: of the test images, one per temperature, T = 1 among them.
        validation: (num_temperatures,), of the validation images, in nats.
        fitted: the temperature with the lowest value on validation; 0 and infinity draw no line.
        num_images: "test" and "validation" -> how many there are.
    """
    temperatures = np.array([each.temperature for each in found])
    test = np.array([min(each.nll, MOST) for each in found])
    names = tuple(f"{split}, n = {num_images[split]:,}" for split in ("test", "validation"))
    lines: dict[str, dict[str, ArrayLike]] = {
        name: {"T": temperatures, "nll": values}
        for name, values in zip(names, (test, np.minimum(validation, MOST)), strict=True)
    }
    datasets = {
        "lines": stacked(lines, "split"),
        "now": by_stop([{"T": [T], "nll": [nll]} for T, nll in zip(temperatures, test, strict=True)]),
    }
    has_line = 0 < fitted < np.inf
    if has_line:
        datasets["fitted"] = table(T=[fitted])
    spec = _likelihood_spec(names, float(temperatures[0]), float(temperatures[-1]), has_line)
    return following(spec | {"datasets": datasets}, TEMPERATURE, first_place(found))


@lru_cache(maxsize=32)
def _likelihood_spec(names: tuple[str, ...], lowest: float, highest: float, has_line: bool) -> Spec:
    x = alt.X(
        "T:Q",
        title="Temperature T (log scale)",
        scale=alt.Scale(type="log", domain=[lowest, highest], nice=False),
        axis=alt.Axis(values=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20], format="~g", grid=False),
    )
    y = alt.Y("nll:Q", title="NLL (nats)", scale=alt.Scale(zero=False), axis=alt.Axis(format="~g"))
    dashes = alt.Scale(domain=list(names), range=[[1, 0], [5, 4]])
    lines = (
        chart("lines")
        .mark_line(strokeWidth=2.5)
        .encode(x=x, y=y, strokeDash=alt.StrokeDash("split:N", scale=dashes, legend=alt.Legend(values=list(names))))
    )
    over = chart("lines").mark_point(size=140, opacity=0, aria=False)
    now = chart("now").transform_calculate(**at_stop(TEMPERATURE, "T", "nll"))
    layers = [
        lines,
        over.encode(x=x, y=y, tooltip=["split:N", alt.Tooltip("T:Q", format=".3g"), alt.Tooltip("nll:Q", title="NLL", format=".4f")]),
        now.mark_rule(strokeWidth=2, strokeDash=[6, 3], color=NEUTRAL, aria=False).encode(x=x),
        now.mark_point(size=170, filled=True, opacity=1, color=NEUTRAL, aria=False).encode(x=x, y=y),
    ]  # fmt: skip
    if has_line:
        line = chart("fitted").encode(x=x)
        layers += [
            line.mark_rule(strokeWidth=1.5, color=NEUTRAL, opacity=0.5, aria=False),
            line.mark_text(baseline="bottom", dy=-3, fontSize=13, color=NEUTRAL, text="fitted on validation").encode(
                y=alt.value(0)
            ),
        ]
    return readable(
        alt.layer(*layers), HEIGHT, "Which temperature is most likely?", "Negative log-likelihood: lower is better"
    )
