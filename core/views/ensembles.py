"""Charts of deep ensembles beside the single networks that they consist of."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import altair as alt
import numpy as np

from core.metrics.selective import AccuracyCoverageCurve
from core.views.charts import NEUTRAL, PERCENT, Spec, chart, named, readable, role_scale, table

SINGLE, ENSEMBLE, INFORMATION = "single run", "ensemble", "by mutual information"
KINDS = (SINGLE, ENSEMBLE, INFORMATION)
SIGNS = dict(zip(KINDS, "●◆▲", strict=True))
NUM_POINTS = 200  # of a curve
ROW = 46  # pixels


class Marks(NamedTuple):
    """A measure of one recipe; NaN where there is none.

    Attributes:
        members: seed -> value of this single run.
        ensemble: of the ensemble.
        by_information: of the ensemble by mutual information; NaN if the measure does not depend on the uncertainty.
    """

    members: Mapping[int, float]
    ensemble: float
    by_information: float


def dots(recipes: Mapping[str, Marks], title: str, better: str, *, in_percent: bool) -> Spec:
    """A measure of the single runs as dots, and of their ensemble as a diamond: a row per recipe.

    Args:
        recipes: name of a recipe -> its values; at least one.
        title: of the measure.
        better: which way is better, in words.
        in_percent: whether the values are fractions, shown in percent.
    """
    names, rows = tuple(recipes), []
    for place, marks in enumerate(recipes.values()):
        rows += [(place, 0, f"seed {seed}", value) for seed, value in marks.members.items()]
        whole = f"{len(marks.members)} networks"
        rows += [(place, 1, whole, marks.ensemble), (place, 2, whole, marks.by_information)]
    rows = [row for row in rows if not np.isnan(row[3])]
    kinds = tuple(kind for number, kind in enumerate(KINDS) if any(row[1] == number for row in rows))
    return _dots_spec(names, kinds, title, better, in_percent) | {
        "datasets": {
            "dots": table(
                recipe=named(names, [row[0] for row in rows]),
                kind=named(KINDS, [row[1] for row in rows]),
                of=[row[2] for row in rows],
                value=np.array([row[3] for row in rows], np.float64),
            )
        }
    }


@lru_cache(maxsize=64)
def _dots_spec(names: tuple[str, ...], kinds: tuple[str, ...], title: str, better: str, in_percent: bool) -> Spec:
    shown = ".2%" if in_percent else ".4f"
    shapes = alt.Scale(domain=list(KINDS), range=["circle", "diamond", "triangle-up"])
    sizes = alt.Scale(domain=list(KINDS), range=[70, 260, 200])
    base = chart("dots").encode(
        x=alt.X(
            "value:Q",
            title=better,
            axis=alt.Axis(format=".1%" if in_percent else "~g", tickCount=4, labelOverlap=True),
            scale=alt.Scale(zero=False, padding=14),
        ),
        y=alt.Y("recipe:N", sort=None, title=None, scale=alt.Scale(domain=list(names)), axis=alt.Axis(labelLimit=110)),
        tooltip=["recipe:N", "kind:N", "of:N", alt.Tooltip("value:Q", title=title, format=shown)],
    )
    marks = base.mark_point(filled=True, opacity=0.85, stroke=NEUTRAL, strokeWidth=1).encode(
        color=alt.Color("recipe:N", scale=role_scale({}, names), legend=None),
        shape=alt.Shape("kind:N", scale=shapes, legend=None),
        size=alt.Size("kind:N", scale=sizes, legend=None),
    )
    signs = [f"{SIGNS[kind]} {kind}" for kind in kinds]
    # A narrow chart has room for two.
    return readable(marks, ROW * len(names) + 130, title, ["  ".join(signs[:2]), *signs[2:]])


def curves(
    members: Sequence[AccuracyCoverageCurve], ensemble: AccuracyCoverageCurve, by_information: AccuracyCoverageCurve
) -> Spec:
    """Accuracy of the answered test images against coverage: each single run thin, and their ensemble by both scores.

    Args:
        members: by least confidence.
        ensemble: by least confidence.
        by_information: by mutual information.
    """
    wanted = np.linspace(0, 1, NUM_POINTS + 1)[1:]
    lines = [*members, ensemble, by_information]
    values = [line.accuracy[np.searchsorted(line.coverage, wanted - 1e-12)].astype(np.float32) for line in lines]
    lowest = min(float(line[wanted >= 0.02].min()) for line in values)
    kinds = [0] * len(members) + [1, 2]
    points = table(
        coverage=np.float32(np.tile(wanted, len(lines))),
        accuracy=np.concatenate(values),
        kind=named(KINDS, np.repeat(kinds, NUM_POINTS)),
        line=np.repeat(np.arange(len(lines), dtype=np.int32), NUM_POINTS),
    )
    return _curves_spec(max(np.floor(100 * lowest - 0.2) / 100, 0.0)) | {"datasets": {"points": points}}


@lru_cache(maxsize=32)
def _curves_spec(lowest: float) -> Spec:
    base = chart("points").encode(
        x=alt.X(
            "coverage:Q",
            title="Coverage: share of the test images answered",
            axis=alt.Axis(format=PERCENT),
            scale=alt.Scale(domain=[0, 1], nice=False),
        ),
        y=alt.Y(
            "accuracy:Q",
            title="Selective accuracy",
            axis=alt.Axis(format=".1%" if lowest > 0.9 else PERCENT),
            scale=alt.Scale(domain=[lowest, 1], nice=False, clamp=True),
        ),
        color=alt.Color(
            "kind:N",
            scale=role_scale({SINGLE: "muted", ENSEMBLE: "right", INFORMATION: "refused"}),
            legend=alt.Legend(values=list(KINDS), columns=2, symbolType="stroke", symbolStrokeWidth=3),
        ),
        detail="line:N",
    )
    return readable(
        alt.layer(
            base.transform_filter(f"datum.kind == '{SINGLE}'").mark_line(strokeWidth=1.2, opacity=0.8, clip=True),
            base.transform_filter(f"datum.kind != '{SINGLE}'").mark_line(strokeWidth=3, clip=True),
            base.mark_point(size=60, opacity=0).encode(
                tooltip=[
                    "kind:N",
                    alt.Tooltip("coverage:Q", format=".1%"),
                    alt.Tooltip("accuracy:Q", format=".2%"),
                ]
            ),
        ),
        380,
        "Selective accuracy against coverage",
        "Single runs and ensemble by least confidence",
    )
