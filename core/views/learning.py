"""Learning curves: loss and accuracy after each segment of training, on both splits."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt

from core.views.charts import Spec, chart, readable, role_scale, stacked

SPLITS = ["training", "validation"]
# Lines in the legend: dots with a dotted outline look like stars.
LEGEND = alt.Legend(values=SPLITS, symbolType="stroke", symbolSize=500, symbolStrokeWidth=3)


def learning_curve(
    history: Sequence[dict[str, float]], quantity: str, last_epoch: float, loss_terms: tuple[str, ...] = ()
) -> Spec:
    """Loss or accuracy against epochs, training dotted and validation solid.

    Both losses are cross-entropy, if that was recorded. The training loss of an older run may have other terms; then the
    subtitle says that the lines cannot be compared.

    Args:
        history: one dict per segment of training, as in `Run.history`; at least one.
        quantity: "loss" (nats, logarithmic axis) or "accuracy" (shown in percent).
        last_epoch: where the horizontal axis ends; epochs not yet trained stay empty.
        loss_terms: what the training loss has besides cross-entropy, in words.
    """
    subtitle = ["Training: average during the epoch, Dropout and", "augmentation on. Validation: after it, both off"]
    trained = quantity
    if quantity == "loss" and loss_terms:
        if all("cross_entropy" in line for line in history):
            trained = "cross_entropy"
            subtitle.append("Both lines: cross-entropy alone")
        else:
            subtitle += ["Not comparable with each other: training includes", " and ".join(loss_terms)]
    points = {
        split: {"epoch": [line["epoch"] for line in history], "value": [line[key] for line in history]}
        for split, key in zip(SPLITS, (trained, f"validation_{quantity}"), strict=True)
    }
    last = history[-1][f"validation_{quantity}"]
    value = f"{last:.4f}" if quantity == "loss" else f"{last:.2%}"
    return _learning_curve_spec(quantity, value, last_epoch, tuple(subtitle)) | {
        "datasets": {"points": stacked(points, "split")}
    }


@lru_cache(maxsize=64)
def _learning_curve_spec(quantity: str, value: str, last_epoch: float, subtitle: tuple[str, ...]) -> Spec:
    is_loss = quantity == "loss"
    base = chart("points").encode(
        x=alt.X(
            "epoch:Q", title="Epoch", axis=alt.Axis(tickMinStep=1), scale=alt.Scale(domain=[0, last_epoch], nice=False)
        ),
        y=alt.Y(
            "value:Q",
            title="Loss (nats, log scale)" if is_loss else "Accuracy",
            scale=alt.Scale(type="log", nice=False) if is_loss else alt.Scale(zero=False),
            axis=alt.Axis(format=".3~g" if is_loss else ".1%"),
        ),
        color=alt.Color("split:N", scale=role_scale({}, SPLITS), legend=LEGEND),
        tooltip=[
            "split:N",
            alt.Tooltip("epoch:Q", format=".2~f"),
            alt.Tooltip("value:Q", title=quantity, format=".4f" if is_loss else ".2%"),
        ],
    )
    dashes = alt.StrokeDash("split:N", scale=alt.Scale(domain=SPLITS, range=[[2, 3], [1, 0]]), legend=LEGEND)
    drawn = alt.layer(base.mark_line(strokeWidth=2.5).encode(strokeDash=dashes), base.mark_point(size=45, filled=True))
    # More lines of the subtitle leave the drawing as high as it is.
    return readable(drawn, 284 + 16 * len(subtitle), f"{quantity.capitalize()}: {value} on validation", list(subtitle))
