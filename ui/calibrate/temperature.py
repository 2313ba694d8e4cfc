"""View Temperature: what dividing the logits by a temperature changes, and what it does not."""

import streamlit as st

from core.training.runs import Run
from core.views.temperature import TEMPERATURE
from ui import loaded
from ui.calibrate.story import without_temperature
from ui.components.controls import percent
from ui.components.stops import play_stops
from ui.loaded.calibration import Tempered, tempered


def show(run: Run) -> None:
    found = tempered(run)
    st.markdown(_story(found, loaded.predictions(run, "test").num_samples))
    said = [
        f"NLL {nll:.4f} · ECE {_padded(ece)} · mean confidence {_padded(confidence)} · AURC {aurc:.5f}"
        for nll, ece, confidence, aurc in zip(found.nll, found.ece, found.confidence, found.aurc, strict=True)
    ]
    # In a container of its own, within which the slider stays in sight.
    with st.container():
        play_stops(TEMPERATURE, "T =", _stops(found), said, found.as_trained)
        left, right = st.columns(2)
        left.vega_lite_chart(spec=found.reliability, alt="Reliability diagram at the temperature shown")
        right.vega_lite_chart(spec=found.accuracy_coverage, alt="Accuracy against coverage at the temperature shown")
        left.vega_lite_chart(spec=found.likelihood, alt="Negative log-likelihood against the temperature")
        right.vega_lite_chart(spec=found.confidences, alt="Histogram of the confidence at the temperature shown")
    st.caption(
        "All numbers are of the test images; only the fitted temperature is from the validation images. NLL: mean negative "
        "logarithm of the probability of the true class. ECE: mean absolute gap between confidence and accuracy over 15 bins. "
        "AURC: mean error rate of the k most confident answers, over all k; it depends on the order of the answers alone. Lower "
        "is better for all three. With small T the answers are ordered as by the logit margin, with large T as by the largest "
        "logit minus the mean logit."
    )


def _padded(fraction: float) -> str:
    """In percent, as wide for every fraction: otherwise the slider beside it would change its width."""
    return percent(fraction).rjust(len("10.00 %"), "\N{FIGURE SPACE}")


def _stops(found: Tempered) -> list[str]:
    """The temperatures as texts."""
    texts = [f"{temperature:.3g}" for temperature in found.temperatures]
    texts[found.as_trained] = "1 (as trained)"
    if found.best is not None:
        texts[found.best] = f"{found.fitted:.3g} (fitted)"
    return texts


def _story(found: Tempered, num_images: int) -> str:
    """What the fitted temperature changes, with the run's numbers, and what to try."""
    before, after, moved = found.as_trained, found.best, found.moved
    if after is None or moved is None:
        said = f"The charts show {num_images:,} test images. Move T all the same: what moves, and what stays?"
        return f"{without_temperature(found.fitted)} {said}"
    kind = "overconfident" if found.fitted > 1 else "underconfident"
    if abs(found.fitted - 1) < 0.02:
        kind = "neither overconfident nor underconfident"
    order = (
        "But the order of the answers hardly changes"
        if moved.accuracy <= 0.005
        else "The order of the answers changes, too"
    )
    highest = int(found.aurc.argmax())
    return (
        f"The temperature fitted on the validation images is **T = {found.fitted:.3f}**: as trained, the network is {kind}. On "
        f"{num_images:,} test images NLL then goes from {found.nll[before]:.4f} to **{found.nll[after]:.4f}**, ECE from "
        f"{percent(found.ece[before])} to **{percent(found.ece[after])}**, and mean confidence from "
        f"{percent(found.confidence[before])} to **{percent(found.confidence[after])}**, where {percent(found.accuracy)} are "
        f"right. {order}: AURC goes from {found.aurc[before]:.5f} to **{found.aurc[after]:.5f}**, and the accuracy-coverage curve "
        f"moves by **{100 * moved.accuracy:.2f} points** at most, that is {moved.num_errors:.3g} of {moved.num_accepted:,} answers. "
        f"AURC is largest, {found.aurc[highest]:.5f}, with T\u00a0=\u00a0{found.temperatures[highest]:.3g}. Move T: what moves, and "
        "what stays?"
    )
