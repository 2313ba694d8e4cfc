"""Charts of hierarchical refusal: an image gets its class, its superclass, or is refused."""

from functools import lru_cache

import altair as alt
import numpy as np

from core.metrics.hierarchy import HierarchicalCurve
from core.views.charts import NEUTRAL, PERCENT, Spec, chart, readable, role_scale, stacked, table
from core.views.palette import DONT_KNOW

ANSWERS = {"class": "right", "superclass": "teal", DONT_KNOW: "refused"}  # with the role of each
LEAST_SHARE = 0.005


def hierarchical_shares(curve: HierarchicalCurve, chosen: float) -> Spec:
    """Shares of the images that get a class, only a superclass, or no answer.

    Args:
        curve: the shares, fractions.
        chosen: the share of images with a class at the threshold, marked by a line.
    """
    shares = (curve.class_share, curve.group_share, curve.refused_share)
    bands = {
        answer: {"coverage": curve.class_share, "share": share, "rank": np.full(len(share), rank)}
        for rank, (answer, share) in enumerate(zip(ANSWERS, shares, strict=True))
    }
    return _hierarchical_shares_spec() | {
        "datasets": {"bands": stacked(bands, "answer"), "chosen": table(coverage=[chosen])}
    }


def _class_coverage() -> alt.X:
    return alt.X("coverage:Q", title="Share of the images whose class is answered", axis=alt.Axis(format=PERCENT), scale=alt.Scale(nice=False, zero=False))  # fmt: skip


@lru_cache(maxsize=1)
def _hierarchical_shares_spec() -> Spec:
    areas = (
        chart("bands")
        .mark_area(opacity=0.85)
        .encode(
            x=_class_coverage(),
            y=alt.Y(
                "share:Q", title="Share of the images", axis=alt.Axis(format=PERCENT), scale=alt.Scale(domain=[0, 1])
            ),
            color=alt.Color("answer:N", scale=role_scale(ANSWERS), legend=alt.Legend(values=list(ANSWERS))),
            order=alt.Order("rank:Q"),
            tooltip=["answer:N", alt.Tooltip("share:Q", format=".1%")],
        )
    )
    line = (
        chart("chosen")
        .mark_rule(strokeWidth=3, strokeDash=[6, 3], color=NEUTRAL, aria=False)
        .encode(x=_class_coverage())
    )
    return readable(alt.layer(areas, line), 360, "Class, superclass or no answer", "The dashed line: the threshold")


def hierarchical_accuracy(curve: HierarchicalCurve, chosen: float) -> Spec:
    """Accuracy of the answered classes and of the answered superclasses.

    An accuracy over less than LEAST_SHARE of the images is left out: it jumps with every image.

    Args:
        curve: accuracies and shares, fractions.
        chosen: the share of images with a class at the threshold, marked by a line.
    """
    lines = {}
    for answer, accuracy, share in (
        ("class", curve.class_accuracy, curve.class_share),
        ("superclass", curve.group_accuracy, curve.group_share),
    ):
        often = share >= LEAST_SHARE
        lines[answer] = {"coverage": curve.class_share[often], "accuracy": accuracy[often], "share": share[often]}
    return _hierarchical_accuracy_spec() | {
        "datasets": {"lines": stacked(lines, "answer"), "chosen": table(coverage=[chosen])}
    }


@lru_cache(maxsize=1)
def _hierarchical_accuracy_spec() -> Spec:
    lines = (
        chart("lines")
        .mark_line(strokeWidth=2.5)
        .encode(
            x=_class_coverage(),
            y=alt.Y(
                "accuracy:Q", title="Accuracy of the answers", axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False)
            ),
            color=alt.Color("answer:N", scale=role_scale(ANSWERS), legend=alt.Legend(values=["class", "superclass"])),
            tooltip=[
                "answer:N",
                alt.Tooltip("accuracy:Q", format=".2%"),
                alt.Tooltip("share:Q", format=".1%", title="of all images"),
            ],
        )
    )
    line = (
        chart("chosen")
        .mark_rule(strokeWidth=3, strokeDash=[6, 3], color=NEUTRAL, aria=False)
        .encode(x=_class_coverage())
    )
    return readable(
        alt.layer(lines, line), 360, "How often each kind of answer is right", "Measured on the test images"
    )
