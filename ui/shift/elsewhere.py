"""Out-of-distribution images: which score tells that they do not belong?"""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import sources
from core.metrics.decision import Decision
from core.metrics.detection import mixture, roc_curve
from core.metrics.scores import SCORES, Need
from core.metrics.selective import accuracy_coverage_curve
from core.training.runs import Run
from core.views import pictures
from core.views import shift as shift_charts
from ui import loaded, serving
from ui.components.controls import metrics, percent
from ui.components.offers import offer_passes
from ui.decision import choose_score, decide, offered_scores
from ui.loaded import evidence
from ui.shift import kinds
from ui.shift.detections import show_table
from ui.shift.own_images import own_images

MINE, NUM_THUMBNAILS = "mine", 14
COMPARED = ("Entropy", "Energy", "MC mutual information", "Mahalanobis", "Relative Mahalanobis")
MC_SCORES = tuple(label for label, row in SCORES.items() if Need.PASSES in row.needs)


class Shown(NamedTuple):
    """What is shown to the network.

    Attributes:
        kind: as `ui.loaded.evidence` names it, or MINE.
        name: on screen.
        images: (num_images, height, width, channels) uint8.
        ours, others: label of a score -> its values on the run's test images and on these images.
    """

    kind: str
    name: str
    images: NDArray[np.uint8]
    ours: dict[str, NDArray[np.floating]]
    others: dict[str, NDArray[np.floating]]


def show(run: Run) -> None:
    serving.warm(run)
    if loaded.images(run, "test") is None:
        return
    names = kinds.offered(run) | {MINE: "My own images"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            "Shown to it", list(names), format_func=lambda kind: names[kind], key="foreign", bind="query-params", width=240
        )  # fmt: skip
        score = choose_score(run, first="Entropy", help="What is drawn below; the table has all.")
    if absent := kinds.absent(run):
        st.caption(f"Not here, so not in the list: {', '.join(absent)}. Fetch them on Train.")
    ours = evidence.scores(run, evidence.TEST)
    if kind == MINE:
        images, others = own_images(run)
    else:
        images, others = evidence.images_of(kind, run.config.dataset), evidence.scores(run, kind)
    if not len(images):
        return
    shown = Shown(kind, names[kind], images, ours, others)
    decision = decide(run, score)
    if decision is not None and score in others:
        _show_decision(run, shown, decision)
    elif decision is not None:
        _offer_missing_passes(run, shown)
    show_table(run, kind, ours, others)
    if decision is not None and score in others:
        if not {*MC_SCORES} <= {*ours} & {*others} and {*MC_SCORES} <= {*offered_scores(run)}:
            _offer_missing_passes(run, shown)
        _show_mix(run, shown, decision)


def _offer_missing_passes(run: Run, shown: Shown) -> None:
    title = sources.source(run.config.dataset).title
    offer_passes(run, {evidence.TEST: f"{title} test"} | ({} if shown.kind == MINE else {shown.kind: shown.name}))


def _compared(shown: Shown, score: str) -> list[str]:
    both = shown.ours.keys() & shown.others.keys()
    return list(dict.fromkeys([score, *(other for other in COMPARED if other in both)]))


def _show_decision(run: Run, shown: Shown, decision: Decision) -> None:
    """How many of both the threshold refuses, and how well the score tells them apart."""
    title, score, others = sources.source(run.config.dataset).title, decision.score, shown.others[decision.score]
    st.image(
        [pictures.enlarged(image, max(1, 56 // image.shape[0])).squeeze() for image in shown.images[:NUM_THUMBNAILS]],
        caption=[f"{value:.3f}" for value in others[:NUM_THUMBNAILS]], width=56,
    )  # fmt: skip
    metrics(
        ("Own flagged", percent(decision.refused.mean()), f"{title} test images above the threshold"),
        ("Foreign flagged", percent((~decision.accepts(others)).mean()), f"of {len(others):,} foreign images"),
        width=176,
    )
    if score == "Entropy" and run.config.dataset == "mnist" and shown.kind == "fashion_mnist":
        st.caption(
            "The article 「MNISTを題材にしてモデル予測の不確実性を推定する」 at 0.02: 8.3 % of MNIST and 92.6 % of Fashion-MNIST "
            f"flagged. Here at 0.02: {percent((decision.test > 0.02).mean(), 1)} and {percent((others > 0.02).mean(), 1)}."
        )
    left, right = st.columns(2)
    two = {title: decision.test, shown.name: others}
    chart = shift_charts.two_histograms(two, decision.threshold, SCORES[score].axis)
    left.vega_lite_chart(spec=chart, alt="Both histograms of the score")
    ours = shown.ours | {score: decision.test}
    curves = {label: roc_curve(ours[label], shown.others[label]) for label in _compared(shown, score)}
    right.vega_lite_chart(spec=shift_charts.roc(curves), alt="Receiver operating characteristic")


def _show_mix(run: Run, shown: Shown, decision: Decision) -> None:
    """Errors and out-of-distribution images in one stream, refused by one threshold."""
    share = st.slider(
        "Foreign images in the mix (%)", 0, 95, 50, 5, key="share", bind="query-params",
        help="Of all images that come in; the first so many of each.",
    )  # fmt: skip
    correct, ours = loaded.predictions(run, "test").correct, shown.ours | {decision.score: decision.test}
    num_ours, num_others = mixture(len(correct), len(shown.images), share / 100)
    right = np.append(correct[:num_ours], np.zeros(num_others, bool))
    mixed = {
        label: np.append(ours[label][:num_ours], shown.others[label][:num_others])
        for label in _compared(shown, decision.score)
    }
    answered = decision.accepts(mixed[decision.score])
    metrics(
        ("Images", f"{num_ours + num_others:,}", f"{num_ours:,} own and {num_others:,} foreign"),
        ("Coverage", percent(answered.mean()), "share of all that is answered at the threshold"),
        ("Accuracy", percent(right[answered].mean() if answered.any() else float("nan")), "right among the answered; an answered foreign image is wrong"),
        ("Foreign answered", f"{int(answered[num_ours:].sum()):,}", "foreign images that slip through"),
        ("Own refused", f"{int((~answered[:num_ours]).sum()):,}", "own images refused"),
        width=150,
    )  # fmt: skip
    curves = {label: accuracy_coverage_curve(values, right) for label, values in mixed.items()}
    st.vega_lite_chart(
        spec=shift_charts.joint_curve(curves), alt="Accuracy against coverage over own and foreign images"
    )
