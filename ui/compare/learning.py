"""The learning curves of all compared runs, with mean and range per group."""

from collections.abc import Sequence
from typing import NamedTuple

from core.metrics.spreads import Spread, spread
from core.views import compare as charts
from core.views.charts import Spec
from ui.compare.choice import Compared, History

QUANTITIES = ("accuracy", "loss")
AXES = {"epochs": ("epoch", "Epoch"), "seconds": ("seconds", "Training time (s)")}


class Learned(NamedTuple):
    """The chart of the learning curves.

    Attributes:
        chart: the chart.
        last: where its horizontal axis ends.
        axis: what its horizontal axis shows.
    """

    chart: Spec
    last: float
    axis: str


def learning_curves(compared: Compared, quantity: str, axis: str) -> Learned | None:
    """The curves of every run that has any; None if no run has.

    Args:
        compared: the runs.
        quantity: of QUANTITIES.
        axis: a key of AXES.
    """
    field, title = AXES[axis]
    curves = {
        name: [_curve(history, quantity, field) for history in histories if history]
        for name, histories in compared.histories.items()
    }
    last = max((curve.x[-1] for found in curves.values() for curve in found), default=0.0)
    if not last:
        return None
    spreads = {name: _spreads(found) for name, found in curves.items() if found}
    return Learned(charts.curves(curves, spreads, quantity, title), last, title)


def _curve(history: History, quantity: str, field: str) -> charts.Curve:
    # Comparable with the validation loss, if it was recorded.
    has_cross_entropy = quantity == "loss" and all("cross_entropy" in line for line in history)
    trained = "cross_entropy" if has_cross_entropy else quantity
    return charts.Curve(*([line[name] for line in history] for name in (field, trained, f"validation_{quantity}")))


def _spreads(curves: Sequence[charts.Curve]) -> dict[str, Spread]:
    return {
        charts.TRAINING: spread([(curve.x, curve.training) for curve in curves]),
        charts.VALIDATION: spread([(curve.x, curve.validation) for curve in curves]),
    }
