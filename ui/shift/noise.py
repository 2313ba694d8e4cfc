"""The test images spoiled more and more: does the network notice that it knows less?"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import ui
from core.data import corruptions
from core.metrics.calibration import expected_calibration_error
from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve
from core.training import runs
from core.training.runs import Run
from core.views import shift as shift_charts
from ui import evidence, judge, network
from ui.gallery import answer_cards
from ui.scores import SCORES
from ui.threshold import threshold_slider

# Label, and what the strength is, with its unit.
KINDS = {
    "Noise": (corruptions.noise_blend, "Share of noise"),
    "Shot noise": (corruptions.shot_noise, "Deviation of a white pixel"),
    "Blur": (corruptions.blur, "Deviation of the blur (pixels)"),
    "Contrast": (corruptions.contrast, "Contrast lost (share)"),
    "Rotation": (corruptions.rotation, "Angle (degrees)"),
    "Translation": (corruptions.translation, "Distance (share of the side)"),
    "Square": (corruptions.occluding_square, "Side of the square (share of the side)"),
}
BLEND = tuple(round(0.1 * step, 1) for step in range(11))
FEW = 1000
SEED = 0


def show(run: Run) -> None:
    network.warm(run)
    if ui.images(run, "test") is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = ui.choice("Spoil by", KINDS, key="kind", help="What is done to the test images; the same every time.")
        spoil, axis = KINDS[kind]
        strengths = BLEND if kind == "Noise" else (0.0, *corruptions.SEVERITIES[spoil])
        shared = kind == "Noise" and st.toggle(
            "One noise for all", True, key="shared", bind="query-params", help="As in the article; else each image its own."
        )  # fmt: skip
        everything = st.toggle(
            "All test images", key="all", bind="query-params", help=f"Else the first {FEW:,}, in a tenth of the time."
        )
        name = ui.choice("Score", SCORES, key="score", default="Entropy", help="What the threshold is set on.")
    left, right = st.columns(2)
    with left:
        default = 0.7 if kind == "Noise" else strengths[3]
        strength = st.select_slider(axis, strengths, default, key=f"strength_{kind}", help="0 leaves the images alone.")
    with right:
        validation = ui.predictions(run, "validation")
        curve = accuracy_coverage_curve(SCORES[name].of(validation), validation.correct)
        threshold = threshold_slider(curve, f"{run.name} {name}")
    logits = _logits(run.name, run.done()["finished_at"], kind, shared, everything)
    test = ui.predictions(run, "test")
    seen = [Predictions(of, test.labels[: len(of)], test.class_names) for of in logits]
    refused = np.array([(SCORES[name].of(said) > threshold).mean() for said in seen])
    place = strengths.index(strength)
    error = [expected_calibration_error(said.probs, said.labels) for said in seen]
    ui.metrics(
        ("Images", f"{seen[0].num_samples:,}", "test images that were spoiled"),
        ("Accuracy", ui.percent(seen[place].accuracy), f"unspoiled: {ui.percent(seen[0].accuracy)}"),
        ("Refused", ui.percent(refused[place]), f"score above the threshold; unspoiled: {ui.percent(refused[0])}"),
        ("ECE", ui.percent(error[place]), "expected calibration error over 15 bins: confidence minus accuracy"),
    )
    _charts(
        seen,
        {"accuracy": [said.accuracy for said in seen], "refused": refused, "ECE": error},
        strengths,
        strength,
        axis,
    )
    _strip(run, kind, shared, strengths, name, threshold)


@st.cache_resource(max_entries=12, show_spinner="Spoiling the images and asking the network…")
def _logits(name: str, finished_at: float, kind: str, shared: bool, everything: bool) -> list[NDArray[np.float32]]:
    run = runs.find(name)
    images = evidence.images_of(evidence.OWN, run.config.dataset)
    images = images if everything else images[:FEW]
    strengths = BLEND if kind == "Noise" else (0.0, *corruptions.SEVERITIES[KINDS[kind][0]])
    asked, bar = network.network(run), st.progress(0.0)
    answers = []
    for done, strength in enumerate(strengths, 1):
        answers.append(asked.logits(_spoiled(images, kind, strength, shared)))
        bar.progress(done / len(strengths), f"{done} of {len(strengths)} strengths")
    bar.empty()
    return answers


def _spoiled(images: NDArray[np.uint8], kind: str, strength: float, shared: bool) -> NDArray[np.uint8]:
    spoil = KINDS[kind][0]
    return spoil(images, strength, SEED, shared=shared) if kind == "Noise" else spoil(images, strength, SEED)


def _charts(seen: list[Predictions], shares: dict, strengths: tuple[float, ...], strength: float, axis: str) -> None:
    means = {label: [float(score.of(said).mean()) for said in seen] for label, score in SCORES.items()}
    bounded, unbounded = list(means)[:3], list(means)[3:]
    for column, lines, title, percent in zip(
        st.columns(3),
        (shares, {label: means[label] for label in bounded}, {label: means[label] for label in unbounded}),
        ("Worse images, more refused?", "Mean of the scores from 0 to 1", "Mean of the scores of logits"),
        (True, False, False),
        strict=True,
    ):
        chart = shift_charts.against_strength(strengths, lines, strength, title, axis, percent=percent)
        column.vega_lite_chart(spec=chart, alt=title)


def _strip(run: Run, kind: str, shared: bool, strengths: tuple[float, ...], name: str, threshold: float) -> None:
    """One image at every strength with its bars."""
    images = evidence.images_of(evidence.OWN, run.config.dataset)
    number = st.number_input("Test image", 0, len(images) - 1, 0, key="image", bind="query-params", width=150)
    # Spoiled among those before it, so that it is spoiled as it was in the numbers above.
    upto = images[: number + 1] if kind == "Noise" and not shared else images[: max(number + 1, FEW)]
    shown = np.stack([_spoiled(upto, kind, strength, shared)[number] for strength in strengths])
    answers = judge.answers_of(run, shown)
    accepted = SCORES[name].of(answers) <= threshold
    verdicts = [
        f"{strength:g}: {answers.class_names[index] if answered else 'わからない'}"
        for strength, index, answered in zip(strengths, answers.predicted, accepted, strict=True)
    ]
    answer_cards(shown, answers, verdicts, accepted, key="strip")
