"""The probability of the class while pixels are deleted or inserted in the order of each map."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.views import trust as trust_charts
from core.views.charts import Spec
from ui.explain.scope import Scope
from ui.explain.trial import FILLS, Trial

HEIGHT = 330  # pixels of the charts: a projector shows them whole
LOSES = "✗ no better than random"


def show_curves(trials: dict[str, Trial], scope: Scope, fill: str) -> None:
    """Both charts, and the areas under their curves.

    Args:
        trials: label of a method -> what was measured of it; at least one.
        scope: the images that were measured.
        fill: a label of FILLS, what replaced pixels.
    """
    is_mean = scope.num_images is not None
    table: dict[str, list[str]] = {"Method": [*trials, trust_charts.RANDOM]}
    for column, inserts in zip(st.columns(2), (False, True), strict=True):
        curves = {method: trial.insertion if inserts else trial.deletion for method, trial in trials.items()}
        lines = {method: curve.probs[scope.counted].mean(axis=0) for method, curve in curves.items()}
        first = next(iter(curves.values()))
        lines[trust_charts.RANDOM] = first.random_probs[scope.counted].mean(axis=0)
        chart = trust_charts.pixel_curves(first.fraction, lines, inserts=inserts)
        if not is_mean:
            chart = _with_y_title(chart, "Probability of the class")
        column.vega_lite_chart(spec=chart, height=HEIGHT, alt="Insertion" if inserts else "Deletion")
        random = first.random_auc[scope.counted]
        table["Insertion AUC" if inserts else "Deletion AUC"] = [
            *(
                _area(curve.auc[scope.counted])
                + ("" if trust_charts.beats_random(curve.auc[scope.counted], random, inserts=inserts) else f" {LOSES}")
                for curve in curves.values()
            ),
            _area(random),
        ]
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Deletion AUC": st.column_config.TextColumn(help=_help("Smaller", is_mean)),
            "Insertion AUC": st.column_config.TextColumn(help=_help("Larger", is_mean)),
        },
    )
    mean, over = ("Mean probability", " over the") if is_mean else ("Probability", ",")
    images = f"first {scope.num_images} test images" if is_mean else f"test image {scope.number} alone"
    st.caption(f"{mean} of the predicted class{over} {images}. Replaced pixels become {FILLS[fill].text}.")


def _area(area: NDArray[np.floating]) -> str:
    return f"{area.mean():.3f}" + (f" ± {area.std(ddof=1):.3f}" if len(area) > 1 else "")


def _help(better: str, is_mean: bool) -> str:
    """What a column of areas says; `better` is "Smaller" or "Larger"."""
    direction = f"{better} is better. {LOSES}: no evidence that the map ranks pixels by importance."
    return f"Mean ± standard deviation over the images. {direction}" if is_mean else direction


def _with_y_title(chart: Spec, title: str) -> Spec:
    """The same chart with another title at its y axis."""
    encoding = chart["encoding"]
    return chart | {"encoding": encoding | {"y": encoding["y"] | {"title": title}}}
