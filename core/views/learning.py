"""Learning curves: loss and accuracy after each segment of training, on both splits."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.views.charts import readable

SPLITS = alt.Scale(domain=["training", "validation"])


def learning_curve(history: Sequence[dict[str, float]], quantity: str, last_epoch: float) -> alt.LayerChart:
    """One quantity against epochs, training dotted and validation solid.

    Args:
        history: a dict a segment, as `Run.history` gives it, at least one.
        quantity: "loss" (nats, logarithmic axis) or "accuracy" (shown in percent).
        last_epoch: where the horizontal axis ends, so that what is still to come is seen as empty.
    """
    data = pd.concat(
        pd.DataFrame(
            {"epoch": [line["epoch"] for line in history], "value": [line[key] for line in history], "split": split}
        )
        for split, key in (("training", quantity), ("validation", f"validation_{quantity}"))
    )
    is_loss = quantity == "loss"
    base = alt.Chart(data).encode(
        x=alt.X("epoch:Q", title="Epoch", scale=alt.Scale(domain=[0, last_epoch], nice=False)),
        y=alt.Y(
            "value:Q",
            title="Loss (nats, log scale)" if is_loss else "Accuracy",
            scale=alt.Scale(type="log", nice=False) if is_loss else alt.Scale(zero=False),
            axis=alt.Axis(format=".3~g" if is_loss else ".1%"),
        ),
        color=alt.Color("split:N", scale=SPLITS),
        strokeDash=alt.StrokeDash("split:N", scale=alt.Scale(domain=SPLITS.domain, range=[[2, 3], [1, 0]]), legend=None),
        tooltip=["split:N", alt.Tooltip("epoch:Q", format=".2~f"), alt.Tooltip("value:Q", title=quantity, format=".4f" if is_loss else ".2%")],
    )  # fmt: skip
    last = history[-1][f"validation_{quantity}"]
    value = f"{last:.4f}" if is_loss else format(last, ".2%")
    chart = alt.layer(base.mark_line(strokeWidth=2.5), base.mark_point(size=45, filled=True)).properties(height=360)
    return readable(
        chart,
        f"{quantity.capitalize()}: {value} on validation",
        "Training is measured with Dropout, validation without",
    )
