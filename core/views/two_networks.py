"""Charts of two trained networks on the same images: their accuracy-coverage curves, and where only one of them is right."""

from functools import lru_cache
from typing import NamedTuple

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.selective import AccuracyCoverageCurve
from core.metrics.two_networks import Disagreement
from core.views.charts import NEUTRAL, PERCENT, Spec, chart, named, readable, role_scale, table

NUM_POINTS = 200  # of a curve
SPLITS = ("test", "validation")
BOTH, SAME_ERROR, DIFFERENT_ERRORS = "both right", "none right, same answer", "none right, different answers"
CURVES_HEIGHT, CASES_HEIGHT = 400, 300
PREVIEW_TEXT = "format(datum.coverage, '.1%') + ' answered, share correct on test and validation:'" + "".join(
    f" + '\\n' + datum.{run} + ': ' + format(datum.{run}_test, '.2%') + ' and ' + format(datum.{run}_validation, '.2%')"
    for run in ("first", "second")
)


class NetworkCurves(NamedTuple):
    """The curves of one network by the same score."""

    name: str
    test: AccuracyCoverageCurve
    validation: AccuracyCoverageCurve


def two_curves(first: NetworkCurves, second: NetworkCurves) -> Spec:
    """Accuracy of the answered images against coverage, for two networks; test solid, validation dashed.

    Hovering shows the accuracies of both networks at the coverage under the pointer.
    """
    wanted = np.linspace(0, 1, NUM_POINTS + 1)[1:]
    networks = (first, second)
    accuracy = {(place, split): _accuracy_at(getattr(network, split), wanted) for place, network in enumerate(networks) for split in SPLITS}  # fmt: skip
    lines = list(accuracy.values())
    lowest = min(float(values[wanted >= 0.02].min()) for values in lines)
    of_network, of_split = np.divmod(np.repeat(np.arange(len(lines)), NUM_POINTS), len(SPLITS))
    preview = {
        f"{run}_{split}": accuracy[place, split] for place, run in enumerate(("first", "second")) for split in SPLITS
    }
    names = (first.name, second.name)
    return _two_curves_spec(names, max(np.floor(100 * lowest - 0.2) / 100, 0.0)) | {
        "datasets": {
            "curves": table(
                coverage=np.float32(np.tile(wanted, len(lines))),
                accuracy=np.concatenate(lines),
                network=named(names, of_network),
                split=named(SPLITS, of_split),
            ),
            "preview": table(
                coverage=np.float32(wanted),
                first=named((first.name,), np.zeros(NUM_POINTS, int)),
                second=named((second.name,), np.zeros(NUM_POINTS, int)),
                **preview,
            ),
        }
    }


def _accuracy_at(curve: AccuracyCoverageCurve, wanted: NDArray[np.float64]) -> NDArray[np.float32]:
    """Accuracy at the smallest coverage of the curve that is at least the wanted one."""
    return curve.accuracy[np.searchsorted(curve.coverage, wanted - 1e-12)].astype(np.float32)


@lru_cache(maxsize=64)
def _two_curves_spec(names: tuple[str, str], lowest: float) -> Spec:
    x = alt.X(
        "coverage:Q",
        title="Coverage: share of the images answered",
        axis=alt.Axis(format=PERCENT),
        scale=alt.Scale(domain=[0, 1], nice=False),
    )
    scale = alt.Scale(domain=[lowest, 1.0], nice=False, clamp=True)
    axis = alt.Axis(format=".1%" if lowest > 0.9 else PERCENT)
    hover = alt.selection_point("hover", on="pointermove", nearest=True, encodings=["x"], empty=False)
    dashes = alt.Scale(domain=list(SPLITS), range=[[1, 0], [5, 4]])
    preview = chart("preview").encode(x=x)
    return readable(
        alt.layer(
            chart("curves")
            .mark_line(strokeWidth=2.5, clip=True)
            .encode(
                x=x,
                y=alt.Y("accuracy:Q", title="Selective accuracy", axis=axis, scale=scale),
                color=alt.Color(
                    "network:N", scale=role_scale({}, names), legend=alt.Legend(values=list(names), columns=1)
                ),
                strokeDash=alt.StrokeDash("split:N", scale=dashes, legend=alt.Legend(orient="bottom")),
            ),
            preview.mark_point(size=300, opacity=0, tooltip=None)
            .encode(y=alt.Y("first_test:Q", scale=scale, title="Selective accuracy"))
            .add_params(hover),
            preview.mark_rule(opacity=0.6, color=NEUTRAL, aria=False).transform_filter(hover),
            chart("preview")
            .transform_filter(hover)
            .transform_calculate(text=PREVIEW_TEXT)
            .mark_text(
                color=NEUTRAL,
                align="left",
                baseline="top",
                fontSize=14,
                fontWeight=500,
                lineBreak="\n",
                lineHeight=19,
            )
            .encode(text="text:N", x=alt.value(14), y=alt.value(alt.ExprRef("height - 66"))),
        ),
        CURVES_HEIGHT,
        "Selective accuracy against coverage",
        "By least confidence. Hover to read both networks",
    )


def case_names(first: str, second: str) -> tuple[str, ...]:
    """The five cases of two networks' answers in words, in the order of `Disagreement`.

    Example:
        >>> case_names("A", "B")
        ('both right', 'only A right', 'only B right', 'none right, same answer', 'none right, different answers')
    """
    return BOTH, f"only {first} right", f"only {second} right", SAME_ERROR, DIFFERENT_ERRORS


def cases(found: Disagreement, first: str, second: str, chosen: str) -> Spec:
    """How many images both networks get right, only one, and none.

    A click sends {"case": ...}, one of `case_names`, as the selection "pick".

    Args:
        found: of the same images.
        first, second: names of the networks.
        chosen: the case whose images are shown, which is framed.
    """
    names = case_names(first, second)
    counts = [
        int(case.sum())
        for case in (found.both_right, found.only_first, found.only_second, found.same_error, found.different_errors)
    ]
    num_images = len(found.both_right)
    rows = {
        "case": list(names),
        "count": np.array(counts, np.int32),
        "share": np.float32(np.array(counts) / num_images),
        "who": ["both", first, second, "none", "none "],
        "text": [f"{count:,}" for count in counts],
        "chosen": [name == chosen for name in names],
    }
    return _cases_spec((first, second), float(f"{1.6 * max(counts):.1g}")) | {"datasets": {"cases": table(**rows)}}


@lru_cache(maxsize=64)
def _cases_spec(names: tuple[str, str], most: float) -> Spec:
    pick = alt.selection_point("pick", on="click", fields=["case"], empty=False)
    base = chart("cases").encode(
        y=alt.Y("case:N", sort=None, title=None, axis=alt.Axis(labelLimit=190)),
        tooltip=[
            "case:N",
            alt.Tooltip("count:Q", format=",d", title="images"),
            alt.Tooltip("share:Q", format=".2%", title="of the test images"),
        ],
    )
    x = alt.X(
        "count:Q", title="Test images (root scale)", scale=alt.Scale(type="sqrt", nice=False, domain=[0, most]),
        axis=alt.Axis(format=",d", tickCount=3, labelOverlap=True),
    )  # fmt: skip
    colours = role_scale({"both": "right", "none": "wrong", "none ": "muted"}, names)
    return readable(
        alt.layer(
            base.mark_bar(cursor="pointer", strokeWidth=2.5)
            .encode(
                x=x,
                color=alt.Color("who:N", scale=colours, legend=None),
                stroke=alt.condition("datum.chosen", alt.value(NEUTRAL), alt.value("transparent")),
            )
            .add_params(pick),
            base.mark_text(align="left", dx=6, fontSize=14, fontWeight=600, color=NEUTRAL, cursor="pointer").encode(
                x=x, text="text:N"
            ),
        ),
        CASES_HEIGHT,
        "Where do they disagree?",
        "Click a bar to see its images",
    )
