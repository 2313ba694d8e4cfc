"""Charts of a network beside people: the votes on one image, and whether both are unsure about the same images."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
from numpy.typing import NDArray

from core.metrics.agreement import vote_entropy
from core.metrics.uncertainty import normalized_entropy
from core.views.charts import PERCENT, Spec, chart, named, readable, role_scale, table

WHO = {"network": "right", "people": "human"}  # with the role of each


def votes_beside_network(
    probs: NDArray[np.floating], votes: NDArray[np.integer], class_names: Sequence[str], sample: int
) -> Spec:
    """One image: probabilities of the network and votes of people, two bars per class.

    Args:
        probs: (num_classes,) of the network.
        votes: (num_classes,) counts of people.
        class_names: num_classes names.
        sample: the image's index, for the title.
    """
    num_classes = len(class_names)
    bars = {
        "class": [*class_names, *class_names],
        "who": num_classes * ["network"] + num_classes * ["people"],
        "share": np.append(probs, np.asarray(votes) / np.sum(votes)),
        "votes": [*([""] * num_classes), *map(str, votes)],
    }
    return _votes_spec(tuple(class_names), f"Image {sample}: network and {np.sum(votes)} people") | {
        "datasets": {"bars": table(**bars)}
    }


@lru_cache(maxsize=64)
def _votes_spec(class_names: tuple[str, ...], title: str) -> Spec:
    bars = (
        chart("bars")
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="Probability, or share of the votes", axis=alt.Axis(format=PERCENT), scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("class:N", title=None, scale=alt.Scale(domain=list(class_names))),
            yOffset=alt.YOffset("who:N", scale=alt.Scale(domain=list(WHO))),
            color=alt.Color("who:N", scale=role_scale(WHO), legend=alt.Legend(values=list(WHO))),
            tooltip=["who:N", "class:N", alt.Tooltip("share:Q", format=".2%"), "votes:N"],
        )
    )  # fmt: skip
    return readable(bars, 30 * len(class_names) + 120, title)


def doubt_beside_people(
    probs: NDArray[np.floating], votes: NDArray[np.integer], width: float = 0.05, least: int = 30
) -> Spec:
    """Mean entropy of the network against mean entropy of people's votes, in bins of the latter.

    Args:
        probs: (num_samples, num_classes) of the network.
        votes: (num_samples, num_classes) counts of people.
        width: of the bins; images on which all people agree are a bin of their own.
        least: bins with fewer images are left out.
    """
    people, network = vote_entropy(votes), normalized_entropy(probs)
    right = probs.argmax(axis=1) == votes.argmax(axis=1)
    place = np.ceil(people / width - 1e-9).astype(int)
    bins = [place == number for number in range(place.max() + 1)]
    bins = [b for b in bins if b.sum() >= least]
    points = table(
        people=np.array([people[b].mean() for b in bins]),
        network=np.array([network[b].mean() for b in bins]),
        images=np.array([b.sum() for b in bins]),
        agree=np.array([right[b].mean() for b in bins]),
    )
    return _doubt_spec() | {"datasets": {"points": points}}


@lru_cache(maxsize=1)
def _doubt_spec() -> Spec:
    lines = (
        chart("points")
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=90, filled=True))
        .encode(
            x=alt.X("people:Q", title="Mean entropy of the votes (0 to 1)"),
            y=alt.Y("network:Q", title="Mean entropy of the network (0 to 1)"),
            tooltip=[
                alt.Tooltip("images:Q", format=",d"),
                alt.Tooltip("people:Q", format=".3f"),
                alt.Tooltip("network:Q", format=".3f"),
                alt.Tooltip("agree:Q", format=".1%", title="network gives the most chosen class"),
            ],
        )
    )
    return readable(
        lines,
        380,
        "Are both unsure about the same images?",
        "First point: images on which people agree",
    )


def errors_by_class(network: NDArray[np.floating], people: NDArray[np.floating], class_names: Sequence[str]) -> Spec:
    """Error rates of the network and of people, two bars per class; the classes that people find hardest come first.

    Args:
        network: (num_classes,), share of the images of a class that the network gets wrong.
        people: (num_classes,), as `core.metrics.agreement.people_error`.
        class_names: num_classes names.
    """
    names = tuple(class_names[k] for k in np.argsort(-people, kind="stable"))
    bars = {
        "class": [*class_names, *class_names],
        "error": np.float32(np.append(network, people)),
        "who": named(tuple(WHO), np.repeat([0, 1], len(class_names))),
    }
    return _errors_by_class_spec(names) | {"datasets": {"bars": table(**bars)}}


@lru_cache(maxsize=16)
def _errors_by_class_spec(names: tuple[str, ...]) -> Spec:
    bars = (
        chart("bars")
        .mark_bar()
        .encode(
            x=alt.X("error:Q", title="Errors: share of the class", axis=alt.Axis(format="~%")),
            y=alt.Y("class:N", title=None, scale=alt.Scale(domain=list(names)), axis=alt.Axis(labelOverlap=False)),
            yOffset=alt.YOffset("who:N", scale=alt.Scale(domain=list(WHO))),
            color=alt.Color("who:N", scale=role_scale(WHO), legend=alt.Legend(values=list(WHO))),
            tooltip=["who:N", "class:N", alt.Tooltip("error:Q", format=".2%")],
        )
    )
    return readable(
        bars, 380, "Which classes are hard for people?", "Network: wrong images. People: votes for another class"
    )
