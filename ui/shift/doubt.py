"""Two kinds of uncertainty: is the image ambiguous, or is it unfamiliar?"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import sources
from core.metrics.corners import corners
from core.metrics.passes import PassSummary
from core.training.runs import Run
from core.views import drawing, pictures
from core.views import shift as shift_charts
from ui import loaded, serving
from ui.components.addresses import numbered
from ui.components.controls import percent
from ui.components.offers import offer_passes
from ui.components.plain_text import plain, quoted
from ui.loaded import evidence
from ui.shift import kinds

NUM_DRAWN, NUM_EXTREMES = 1500, 10
HEIGHT = 345  # pixels of the chart: a projector shows it whole
# Name and meaning, in the order of the fields of Corners.
MEANINGS = (
    ("Clear", "Little of both. The dropout passes are sure, and agree."),
    ("Ambiguous", "Much aleatoric, little epistemic. The passes hesitate alike, between the same classes."),
    ("Unfamiliar", "Little aleatoric, much epistemic. Single passes are surer, but contradict each other."),
    ("Both", "Much of both. The passes hesitate, and contradict each other."),
)


def show(run: Run) -> None:
    serving.warm(run)
    if loaded.images(run, "test") is None:
        return
    others = kinds.offered(run)
    other = next(iter(others))
    title = sources.source(run.config.dataset).title
    noised = f"{title} with {100 * evidence.ARTICLE_NOISE:.0f} % noise"
    names = {evidence.TEST: title, evidence.NOISED: noised, other: others[other]}
    st.markdown(
        "**Aleatoric** uncertainty: the image itself is ambiguous, and every network with random dropout hesitates. "
        "**Epistemic** uncertainty: the image is unlike the training images, and the networks contradict each other. Click a point."
    )
    if not offer_passes(run, names):
        return
    found = {name: evidence.kept_passes(run, kind) for kind, name in names.items()}
    kept = {name: summary for name, summary in found.items() if summary is not None}
    st.markdown(_story(kept[title], title, kept[noised], noised, kept[others[other]], others[other]))
    left, right = st.columns([1.6, 1])
    with left:
        doubts = {name: (summary.expected_entropy, summary.mutual_information) for name, summary in kept.items()}
        # Not all of them: more points than that only hide each other.
        shown = {name: np.arange(min(NUM_DRAWN, len(summary.mean_probs))) for name, summary in kept.items()}
        event = st.vega_lite_chart(
            spec=shift_charts.two_doubts(doubts, shown), height=HEIGHT, key="doubts", on_select="rerun", selection_mode=["pick"],
            alt="Aleatoric against epistemic uncertainty",
        )  # fmt: skip
        st.caption(
            f"The first {NUM_DRAWN:,} images of each data set. All numbers: aleatoric, epistemic, in nats. Means: {_means(kept)}."
        )
    if picked := event.selection.get("pick"):
        kind = next(kind for kind, name in names.items() if name == picked[0]["data"])
        st.query_params["opened"] = f"{kind} {int(picked[0]['sample'])}"
    opened = _opened(names, kept)
    with right:
        if opened is None:
            _show_corners(run, names, kept)
        else:
            kind, sample = opened
            _show_one(run, kind, names[kind], sample, kept[names[kind]])
    with st.expander("The most epistemic, the most aleatoric and the most certain images"):
        for kind, name in names.items():
            _show_rows(run, kind, name, kept[name])


def _story(
    own: PassSummary, own_name: str, noised: PassSummary, noised_name: str, other: PassSummary, other_name: str
) -> str:
    """Whether dropout finds noise as unfamiliar as it should."""
    shares = (
        f"{percent(epistemic_share(own), 0)} on {own_name} and {percent(epistemic_share(other), 0)} on {other_name}"
    )
    under_noise = f"**{percent(epistemic_share(noised), 0)}** of the uncertainty under noise epistemic"
    if epistemic_share(noised) >= min(epistemic_share(own), epistemic_share(other)):
        return f"No training image was as noisy as {noised_name}: dropout calls {under_noise}, against {shares}."
    return (
        f"Do not trust the names blindly: no training image was that noisy, and yet dropout calls only {under_noise}, against "
        f"{shares}. It takes strong noise for familiar but ambiguous."
    )


def _means(kept: dict[str, PassSummary]) -> str:
    return "; ".join(
        f"{name} {summary.expected_entropy.mean():.3f}, {summary.mutual_information.mean():.3f}"
        for name, summary in kept.items()
    )


def epistemic_share(summary: PassSummary) -> float:
    """The epistemic part of the mean predictive entropy, in [0, 1]; 0 where there is no uncertainty."""
    total = float(summary.predictive_entropy.mean())
    return float(summary.mutual_information.mean()) / total if total else 0.0


def _opened(names: dict[str, str], kept: dict[str, PassSummary]) -> tuple[str, int] | None:
    """The image in the address, as its kind and number; None if there is none, or it does not exist."""
    wanted = st.query_params.get("opened")
    if wanted is None:
        return None
    kind, _, number = wanted.rpartition(" ")
    sample = numbered(number, len(kept[names[kind]].mean_probs)) if kind in names else None
    if sample is None:
        st.toast(f"There is no image {quoted(wanted)} here; showing the four corners.", icon=":material/warning:")
        del st.query_params["opened"]
        return None
    return kind, sample


def _show_corners(run: Run, names: dict[str, str], kept: dict[str, PassSummary]) -> None:
    """For each corner of the chart, the image of all data sets that is most typical of it."""
    summaries = list(kept.values())
    found = corners(
        np.concatenate([summary.expected_entropy for summary in summaries]),
        np.concatenate([summary.mutual_information for summary in summaries]),
    )
    ends = np.cumsum([len(summary.mean_probs) for summary in summaries])
    for (corner, meaning), place in zip(MEANINGS, found, strict=True):
        which = int(np.searchsorted(ends, place, side="right"))
        sample = place - (int(ends[which - 1]) if which else 0)
        kind, summary = list(names)[which], summaries[which]
        with st.container(horizontal=True, gap="small"):
            st.image(_enlarged(run, kind, sample, 56), width=56, alt=f"{corner}: {names[kind]}, image {sample}")
            with st.container(gap=None):
                st.markdown(f"**{corner}**: {meaning}")
                st.caption(
                    f"{names[kind]} {sample}: {summary.expected_entropy[sample]:.3f}, {summary.mutual_information[sample]:.3f}"
                )


def _enlarged(run: Run, kind: str, sample: int, side: int) -> NDArray[np.uint8]:
    image = evidence.images_of(kind, run.config.dataset)[sample]
    return pictures.enlarged(image, max(1, side // image.shape[0])).squeeze()


def _show_one(run: Run, kind: str, name: str, sample: int, summary: PassSummary) -> None:
    seen, said = st.columns(2)
    seen.image(_enlarged(run, kind, sample, 112), caption=f"{name}, image {sample}")
    said.metric(
        "Aleatoric",
        f"{summary.expected_entropy[sample]:.3f}",
        help="Expected entropy, nats: high for an ambiguous image.",
    )
    said.metric(
        "Epistemic",
        f"{summary.mutual_information[sample]:.3f}",
        help="Mutual information, nats: high for an unfamiliar image.",
    )
    mc_probs = serving.passes_of(run, evidence.images_of(kind, run.config.dataset)[sample])
    if mc_probs is None:
        return
    chart = drawing.passes_strip(mc_probs, sources.source(run.config.dataset).class_names)
    st.vega_lite_chart(spec=chart, alt="Probability of each class in every pass")


def _show_rows(run: Run, kind: str, name: str, summary: PassSummary) -> None:
    images, names = evidence.images_of(kind, run.config.dataset), sources.source(run.config.dataset).class_names
    st.markdown(f"**{name}**")
    for column, title, doubt in zip(
        st.columns(3),
        ("Most epistemic", "Most aleatoric", "Most certain: least of both"),
        (-summary.mutual_information, -summary.expected_entropy, summary.predictive_entropy),
        strict=True,
    ):
        found = np.argsort(doubt, kind="stable")[:NUM_EXTREMES]
        column.caption(title, help="Below each image: the class with the highest mean probability over the passes.")
        column.image(
            [pictures.enlarged(images[sample], 2).squeeze() for sample in found],
            caption=[
                f"{plain(names[summary.mean_probs[s].argmax()])} {percent(summary.mean_probs[s].max(), 0)}"
                for s in found
            ],
            width=52,
        )
