"""Out-of-distribution (OOD) images: which score detects them?"""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

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
from ui.components.offers import offer_feature_scores, offer_passes
from ui.components.score_names import score_name
from ui.decision import choose_score, decide, offered_scores
from ui.loaded import evidence
from ui.shift import kinds
from ui.shift.detections import show_table
from ui.shift.kinds import MINE
from ui.shift.own_images import own_images

NUM_THUMBNAILS = 6
HEIGHT = 360  # pixels of the charts: a projector shows them whole
COMPARED = ("Entropy", "Energy", "MC mutual information", "Mahalanobis", "Relative Mahalanobis")
MC_SCORES = {label for label, row in SCORES.items() if Need.PASSES in row.needs}


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
    story = st.container()
    beside = st.container(horizontal=True, vertical_alignment="bottom")
    with beside:
        kind = st.selectbox(
            "Data shown", list(names), format_func=lambda kind: names[kind], key="foreign", bind="query-params", width=240
        )  # fmt: skip
        score = choose_score(run, first="Entropy", help="The score of the charts below. The table has all scores.")
    if absent := kinds.absent(run):
        st.caption(f"Not here, so not in the list: {', '.join(absent)}. Fetch them on Train.")
    ours = evidence.scores(run, evidence.TEST)
    if kind == MINE:
        images, others = own_images(run)
    else:
        images, others = evidence.images_of(kind, run.config.dataset), evidence.scores(run, kind)
        if score in evidence.FROM_FEATURES and score in ours and score not in others:
            # Whoever chose this score has asked for it.
            evidence.compute_feature_scores(run, kind)
            others = evidence.scores(run, kind)
    if not len(images):
        return
    shown = Shown(kind, names[kind], images, ours, others)
    with beside, st.container(width=300):
        decision = decide(run, score)
    if decision is not None and score in others:
        _tell(story, run, shown, decision)
        _show_decision(run, shown, decision)
        _show_mix(run, shown, decision)
    if decision is not None:
        _offer_missing(run, shown)
    # Last, because its intervals, on request, take seconds.
    show_table(run, kind, ours, others)


def _tell(story: DeltaGenerator, run: Run, shown: Shown, decision: Decision) -> None:
    """What is seen now, with its numbers, and what to try."""
    flagged, false_alarms = (~decision.accepts(shown.others[decision.score])).mean(), decision.refused.mean()
    story.markdown(
        f"The network never saw {shown.name} in training. With this threshold the classifier refuses "
        f"**{percent(flagged, 1)}** of it, at the price of **{percent(false_alarms, 1)}** false alarms on "
        f"{sources.source(run.config.dataset).title}. Try another score, or other data."
    )


def _offer_missing(run: Run, shown: Shown) -> None:
    """Offers to compute the scores that take long and are not here yet."""
    title = sources.source(run.config.dataset).title
    kinds = {evidence.TEST: f"{title} test"} | ({} if shown.kind == MINE else {shown.kind: shown.name})
    both = shown.ours.keys() & shown.others.keys()
    if not both >= MC_SCORES and {*offered_scores(run)} >= MC_SCORES:
        offer_passes(run, kinds)
    if not both >= {*evidence.FROM_FEATURES} and evidence.has_training_images(run):
        offer_feature_scores(run, kinds)


def _compared(shown: Shown, score: str) -> list[str]:
    both = shown.ours.keys() & shown.others.keys()
    return list(dict.fromkeys([score, *(other for other in COMPARED if other in both)]))


def _show_decision(run: Run, shown: Shown, decision: Decision) -> None:
    """How many of both the threshold refuses, and how well the score tells them apart."""
    title, score, others = sources.source(run.config.dataset).title, decision.score, shown.others[decision.score]
    left, right, numbers = st.columns([1.5, 1.5, 1])
    with numbers:
        metrics(
            (
                "False alarms (ID refused)",
                percent(decision.refused.mean()),
                f"the price: share of the {title} test images above the threshold; lower is better",
            ),
            (
                "OOD detected",
                percent((~decision.accepts(others)).mean()),
                f"share of {len(others):,} OOD images above the threshold; higher is better",
            ),
            width=150,
        )
    numbers.image(
        [pictures.enlarged(image, max(1, 56 // image.shape[0])).squeeze() for image in shown.images[:NUM_THUMBNAILS]],
        caption=[f"{value:.3f}" for value in others[:NUM_THUMBNAILS]], width=56, alt=[f"image of {shown.name}"] * len(others[:NUM_THUMBNAILS]),
    )  # fmt: skip
    two = {title: decision.test, shown.name: others}
    chart = shift_charts.two_histograms(two, decision.threshold, SCORES[score].axis)
    left.vega_lite_chart(spec=chart, height=HEIGHT, alt="Both histograms of the score")
    ours = shown.ours | {score: decision.test}
    curves = {score_name(label): roc_curve(ours[label], shown.others[label]) for label in _compared(shown, score)}
    right.vega_lite_chart(spec=shift_charts.roc(curves), height=HEIGHT, alt="Receiver operating characteristic")
    if score == "Entropy" and run.config.dataset == "mnist" and shown.kind == "fashion_mnist":
        st.caption(
            "The article 「MNISTを題材にしてモデル予測の不確実性を推定する」 at 0.02: 8.3 % of MNIST and 92.6 % of Fashion-MNIST "
            f"refused. Here at 0.02: {percent((decision.test > 0.02).mean(), 1)} and {percent((others > 0.02).mean(), 1)}."
        )


def _show_mix(run: Run, shown: Shown, decision: Decision) -> None:
    """Errors and out-of-distribution images in one stream, refused by one threshold."""
    share = st.slider(
        "Share of OOD (%)", 0, 95, 50, 5, key="share", bind="query-params",
        help="Among all images that are shown, in data set order.",
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
        ("Images", f"{num_ours + num_others:,}", f"{num_ours:,} in-distribution and {num_others:,} OOD"),
        ("Coverage", percent(answered.mean()), "share of all images that is answered"),
        ("Accuracy", percent(right[answered].mean() if answered.any() else float("nan")), "share of the answered images that is correct; an answer to an OOD image is wrong"),
        ("OOD answered", f"{int(answered[num_ours:].sum()):,}", "OOD images that are answered although they have no correct class"),
        ("ID refused", f"{int((~answered[:num_ours]).sum()):,}", "in-distribution images that are refused"),
        width=150,
    )  # fmt: skip
    curves = {score_name(label): accuracy_coverage_curve(values, right) for label, values in mixed.items()}
    st.vega_lite_chart(
        spec=shift_charts.joint_curve(curves), alt="Accuracy against coverage over in-distribution and OOD images"
    )
