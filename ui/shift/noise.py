"""The test images corrupted step by step: does the network refuse more of them?"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from core.data import corruptions
from core.metrics.calibration import expected_calibration_error
from core.metrics.decision import Decision
from core.metrics.evidence import Evidence
from core.metrics.predictions import Predictions
from core.metrics.scores import FROM_LOGITS, SCORES, labels_from
from core.training import runs
from core.training.runs import Run
from core.views import shift as shift_charts
from core.views.palette import WAKARANAI
from ui import loaded, serving
from ui.components.controls import choice, metrics, percent
from ui.components.gallery import answer_cards
from ui.components.plain_text import plain
from ui.components.score_names import score_name
from ui.decision import choose_score, decide
from ui.loaded import evidence
from ui.loaded.scores import reference_of_logits

# Label, and what the strength is, with its unit.
KINDS = {
    "Noise": (corruptions.noise_blend, "Share of noise"),
    "Shot noise": (corruptions.shot_noise, "Standard deviation of a white pixel before clipping"),
    "Blur": (corruptions.blur, "Standard deviation of the blur (pixels)"),
    "Contrast": (corruptions.contrast, "Contrast lost (share)"),
    "Rotation": (corruptions.rotation, "Angle (degrees)"),
    "Translation": (corruptions.translation, "Distance (share of the side)"),
    "Square": (corruptions.occluding_square, "Side of the square (share of the side)"),
}
BLEND = tuple(round(0.1 * step, 1) for step in range(11))
FEW = 1000
HEIGHT = 250  # pixels of the charts: a projector shows them whole
SEED = 0


def show(run: Run) -> None:
    serving.warm(run)
    if loaded.images(run, "test") is None:
        return
    story = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = choice(
            "Corruption",
            KINDS,
            key="kind",
            help="What is done to the test images. The random numbers are the same every time.",
        )
        axis, strengths = KINDS[kind][1], _strengths(kind)
        with st.container(width=260):
            default = 0.7 if kind == "Noise" else strengths[3]
            strength = st.select_slider(
                axis,
                strengths,
                default,
                key=f"strength_{kind.lower().replace(' ', '_')}",
                bind="query-params",
                help="0 leaves the images as they are.",
            )
        folded = st.popover("Threshold", icon=":material/tune:")
        with st.popover("Images", icon=":material/photo_library:"):
            shared = kind == "Noise" and st.toggle(
                "Same noise pattern for every image", True, key="shared", bind="query-params", help="As in the article. Otherwise each image has its own pattern."
            )  # fmt: skip
            everything = st.toggle(
                "All test images",
                key="all",
                bind="query-params",
                help=f"Otherwise at most the first {FEW:,}, which is faster.",
            )
    with folded:
        score = choose_score(run, supply=FROM_LOGITS, first="Entropy", help="What the threshold is set on.")
        decision = decide(run, score)
    if decision is None:
        return
    logits = _logits(run.name, run.done()["finished_at"], kind, shared, everything)
    test = loaded.predictions(run, "test")
    seen = [Predictions(array, test.labels[: len(array)], test.class_names) for array in logits]
    refused = np.array([(~decision.accepts(_values(run, score, said.logits))).mean() for said in seen])
    place = strengths.index(strength)
    _tell(story, seen[0], seen[place], decision.accepts(_values(run, score, logits[place])), f"{axis} {strength:g}")
    error = [expected_calibration_error(said.probs, said.labels) for said in seen]
    metrics(
        ("Images", f"{seen[0].num_samples:,}", "test images that were corrupted"),
        ("Accuracy", percent(seen[place].accuracy), f"without corruption: {percent(seen[0].accuracy)}"),
        (
            "Refused",
            percent(refused[place]),
            f"share above the threshold: it should rise as accuracy falls; without corruption: {percent(refused[0])}",
        ),
        (
            "ECE",
            percent(error[place]),
            "how far confidence is from accuracy: expected calibration error, the mean absolute gap between confidence and accuracy over 15 bins; lower is better",
        ),
    )
    shares = {"accuracy": np.array([said.accuracy for said in seen]), "refused": refused, "ECE": np.array(error)}
    _show_charts(run, seen, shares, strengths, strength, axis)
    _show_strip(run, decision, kind, shared)


def _tell(
    story: DeltaGenerator, clean: Predictions, corrupted: Predictions, answered: NDArray[np.bool_], severity: str
) -> None:
    """What is seen now, with its numbers, and what to try."""
    num_wrong = int((answered & ~corrupted.correct).sum())
    story.markdown(
        f"Without corruption this network is right on **{percent(clean.accuracy, 1)}** of {clean.num_samples:,} test images. "
        f"At *{severity}* it is right on **{percent(corrupted.accuracy, 1)}**; the classifier refuses "
        f"**{percent((~answered).mean(), 1)}** and answers **{num_wrong:,}** images wrongly. "
        "Change the severity: do refusals rise as fast as accuracy falls?"
    )


def _strengths(kind: str) -> tuple[float, ...]:
    return BLEND if kind == "Noise" else (0.0, *corruptions.SEVERITIES[KINDS[kind][0]])


@st.cache_resource(max_entries=12, show_spinner="Corrupting the images and asking the network…")
def _logits(name: str, finished_at: float, kind: str, shared: bool, everything: bool) -> list[NDArray[np.float32]]:
    run, strengths = runs.find(name), _strengths(kind)
    images = evidence.images_of(evidence.TEST, run.config.dataset)
    images = images if everything else images[:FEW]
    network, bar = serving.network(run), st.progress(0.0)
    answers = []
    for done, strength in enumerate(strengths, 1):
        answers.append(network.logits(_corrupted(images, kind, strength, shared)))
        bar.progress(done / len(strengths), f"{done} of {len(strengths)} strengths")
    bar.empty()
    return answers


def _corrupted(images: NDArray[np.uint8], kind: str, strength: float, shared: bool) -> NDArray[np.uint8]:
    if kind == "Noise":
        return corruptions.noise_blend(images, strength, SEED, shared=shared)
    return KINDS[kind][0](images, strength, SEED)


def _values(run: Run, score: str, logits: NDArray[np.float32]) -> NDArray[np.floating]:
    return SCORES[score].values(Evidence(logits), reference_of_logits(run))


def _show_charts(
    run: Run, seen: list[Predictions], shares: dict[str, NDArray[np.floating]], strengths: tuple[float, ...], strength: float,
    axis: str,
) -> None:  # fmt: skip
    labels = labels_from(FROM_LOGITS)
    means = {label: np.array([_values(run, label, said.logits).mean() for said in seen]) for label in labels}
    bounded = {score_name(label): line for label, line in means.items() if SCORES[label].bounded}
    unbounded = {label: line for label, line in means.items() if not SCORES[label].bounded}
    for column, lines, title, in_percent in zip(
        st.columns(3),
        (shares, bounded, unbounded),
        ("Accuracy and refusal against severity", "Mean of the scores from 0 to 1", "Mean of the other scores"),
        (True, False, False),
        strict=True,
    ):
        chart = shift_charts.against_strength(strengths, lines, strength, title, axis, percent=in_percent)
        column.vega_lite_chart(spec=chart, height=HEIGHT, alt=title)


def _show_strip(run: Run, decision: Decision, kind: str, shared: bool) -> None:
    """One image at every strength with its bars."""
    images, strengths = evidence.images_of(evidence.TEST, run.config.dataset), _strengths(kind)
    number = st.number_input("Test image", 0, len(images) - 1, 0, key="image", bind="query-params", width=150)
    # Among those before it, as in the numbers above: what becomes of an image does not depend on the images after it.
    before = images[: number + 1]
    shown = np.stack([_corrupted(before, kind, strength, shared)[number] for strength in strengths])
    answers = serving.answers_of(run, shown)
    accepted = decision.accepts(_values(run, decision.score, answers.logits))
    verdicts = [
        f"{strength:g}: {plain(answers.class_names[index]) if answered else WAKARANAI}"
        for strength, index, answered in zip(strengths, answers.predicted, accepted, strict=True)
    ]
    answer_cards(shown, answers, verdicts, accepted, key="strip")
