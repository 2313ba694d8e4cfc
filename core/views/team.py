"""Accuracy of a network and people together against the share of the images that people must answer."""

from functools import lru_cache

import altair as alt
import numpy as np

from core.metrics.team import Division, TeamCurve
from core.views.charts import NEUTRAL, Spec, chart, line_legend, named, readable, role_scale, stacked, table

TEAM, NETWORK, PEOPLE = "network and people", "network alone", "people alone"
ROLES = {NETWORK: "right", PEOPLE: "human", TEAM: "indigo"}  # name of a line -> its role
NUM_POINTS = 400


def team_accuracy(curve: TeamCurve, chosen: Division) -> Spec:
    """The team's accuracy over people's share of the work, beside the network alone and people alone.

    Args:
        curve: of the test images.
        chosen: a division of labour on them, marked by a point.
    """
    # The points ascend in what the network answers, so people's share descends.
    wanted = np.linspace(0, 1, NUM_POINTS)
    places = np.unique(np.searchsorted(-curve.people_share, -wanted).clip(0, len(curve.people_share) - 1))
    share, accuracy, ends = curve.people_share[places], curve.accuracy[places], np.array([0.0, 1.0])
    lines = {
        NETWORK: {"share": ends, "accuracy": np.full(2, curve.network_alone)},
        PEOPLE: {"share": ends, "accuracy": np.full(2, curve.people_alone)},
        TEAM: {"share": share, "accuracy": accuracy},
    }
    return _team_spec() | {
        "datasets": {
            "lines": stacked(lines, "who"),
            "better": table(
                share=np.float32(share),
                accuracy=np.float32(np.where(curve.beats_both[places], accuracy, np.nan)),
                floor=np.full(len(share), max(curve.network_alone, curve.people_alone), np.float32),
                shade=named((TEAM,), np.zeros(len(share), int)),
            ),
            "chosen": table(
                share=[chosen.people_share],
                accuracy=[chosen.accuracy],
                threshold=[chosen.threshold if np.isfinite(chosen.threshold) else float("nan")],
            ),
        }
    }


@lru_cache(maxsize=1)
def _team_spec() -> Spec:
    x = alt.X(
        "share:Q", title="Share of the images that people answer", axis=alt.Axis(format=".0%"),
        scale=alt.Scale(domain=[0, 1], nice=False),
    )  # fmt: skip
    y = alt.Y("accuracy:Q", title="Accuracy", axis=alt.Axis(format=".1%"), scale=alt.Scale(zero=False))
    colours = role_scale({NETWORK: ROLES[NETWORK], PEOPLE: ROLES[PEOPLE], TEAM: ROLES[TEAM]})
    better = (
        chart("better")
        .mark_area(opacity=0.22, aria=False)
        .encode(x=x, y=y, y2="floor:Q", fill=alt.Fill("shade:N", scale=colours, legend=None))
    )
    lines = (
        chart("lines")
        .mark_line(strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            color=alt.Color("who:N", scale=colours, legend=line_legend(tuple(ROLES), 2)),
            tooltip=["who:N", alt.Tooltip("share:Q", format=".1%"), alt.Tooltip("accuracy:Q", format=".2%")],
        )
    )
    chosen = (
        chart("chosen")
        .mark_point(size=240, shape="diamond", filled=True, opacity=1, color=NEUTRAL)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("share:Q", format=".1%"),
                alt.Tooltip("accuracy:Q", format=".2%"),
                alt.Tooltip("threshold:Q", format=".4f"),
            ],
        )
    )
    return readable(
        alt.layer(better, lines, chosen),
        440,
        "Together better than each alone?",
        "Shaded: better than both. Diamond: the division chosen",
    )
