"""View Reliability: confidence and accuracy in bins, and the images of a bin."""

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from core.metrics.calibration import ReliabilityBins, confidence_bins
from core.metrics.calibration_inputs import bins_of
from core.metrics.calibration_summary import CalibrationSummary
from core.metrics.predictions import Predictions
from core.training.runs import Run
from core.views import reliability as charts
from core.views.charts import Spec
from ui import loaded
from ui.calibrate import story
from ui.components.controls import SPLITS, choice, percent
from ui.components.plain_text import plain
from ui.components.samples import open_sample, show_opened, show_samples
from ui.loaded.calibration import summaries
from ui.loaded.scores import temperature

ALL = "All classes"
NUM_BINS = ("15", "5", "10", "20", "30")
# Measure -> its label, and what it means.
MEASURES = {
    "accuracy": ("Accuracy", "Share of right answers. A temperature does not change it."),
    "confidence": ("Mean confidence", "Mean of the largest probability. It should be the accuracy."),
    "ece": (
        "ECE",
        "Expected calibration error: mean absolute gap between confidence and accuracy over bins of equal width, weighted "
        "by their numbers of images. Lower is better.",
    ),
    "adaptive": (
        "Adaptive ECE",
        "Mean absolute gap between confidence and accuracy over bins with about equally many images. Lower is better.",
    ),
    "classwise": (
        "Classwise ECE",
        "Mean over the classes of the calibration error of the class's probability, also where the class is not the answer. "
        "Lower is better.",
    ),
    "smooth": (
        "Smooth ECE",
        "Mean absolute gap between confidence and accuracy, smoothed by a kernel instead of bins: there is nothing to choose. "
        "Lower is better.",
    ),
    "brier": (
        "Brier score",
        "Mean squared distance of the probabilities to the truth, summed over the classes: from 0 to 2. Lower is better.",
    ),
    "nll": ("NLL", "Mean negative logarithm of the probability of the true class, in nats. Lower is better."),
}  # fmt: skip
PAGE_SIZE = 8  # cards beside the two charts
IN_PERCENT = ("accuracy", "confidence", "ece", "adaptive", "classwise", "smooth")


def show(run: Run) -> None:
    told = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = choice(
            "Split", SPLITS, key="split", help="The temperature is fitted on validation. Test shows whether it holds."
        )
        found = loaded.predictions(run, split)
        names = found.class_names
        asked = choice(
            "Answered as", [ALL, *names], key="answered", help="Only the answers that name this class, right or wrong."
        )
        num_bins = int(choice("Bins", NUM_BINS, key="bins", help="Number of bins of equal width from 0 to 100 %."))
        answer = None if asked == ALL else names.index(asked)
        among = np.arange(found.num_samples) if answer is None else np.flatnonzero(found.predicted == answer)
        if not len(among):
            told.info(f"No {split} image is answered as {plain(asked)}. Choose another class.", icon=":material/info:")
            return
        confidence = found.probs[among].max(axis=1)
        bins = confidence_bins(confidence, found.correct[among], num_bins)
        place = _place(bins, f"{run.name} {split} {asked} {num_bins}")
    measures = summaries(run, split, answer, num_bins)
    answers = f"{split} images" if answer is None else f"{split} images answered as {plain(asked)}"
    told.markdown(story.reliability(measures.as_trained, bins, answers))
    _table(measures.as_trained, measures.scaled, temperature(run))
    left, right = st.columns([1.25, 1])
    with left:
        _chart("diagram", charts.diagram(bins, place), bins, "Reliability diagram; the box Bin chooses a bin, too")
        _chart(
            "counts", charts.counts(bins, place), bins, "Number of images in each bin; the box Bin chooses a bin, too"
        )
    with right:
        inside = among[bins_of(confidence, num_bins) == place]
        ordered = _wrong_first(found, inside)
        _show_images(run, split, ordered, found, story.bin_name(bins, place))
    show_opened(run, split, ordered)


def _place(bins: ReliabilityBins, shown: str) -> int:
    """The bin whose images are shown; at first the one that adds most to the ECE.

    Args:
        bins: of the answers.
        shown: names what the bins are of.
    """
    places = np.flatnonzero(bins.count).tolist()
    names = [story.bin_name(bins, place) for place in places]
    first = story.bin_name(bins, int(bins.shares.argmax()) if bins.shares.any() else int(bins.count.argmax()))
    state = st.session_state
    # What is shown begins with a bin of its own, unless the viewer has chosen one: the address names only what was chosen.
    is_new = state.get("bins_shown") != shown
    if "bin" in state and (state["bin"] not in names or (is_new and state["bin"] == state.get("first_bin"))):
        state["bin"] = first
    state["bins_shown"], state["first_bin"] = shown, first
    chosen = choice(
        "Bin",
        names,
        key="bin",
        default=first,
        help="Confidence of the images shown beside the charts. A click on a bar chooses it, too.",
    )
    return places[names.index(chosen)]


def _chart(key: str, spec: Spec, bins: ReliabilityBins, alternative: str) -> None:
    def pick() -> None:
        if picked := st.session_state[key].selection.get("pick"):
            st.session_state["bin"] = story.bin_name(bins, int(picked[0]["bin"]))

    st.vega_lite_chart(spec=spec, key=key, on_select=pick, selection_mode=["pick"], alt=alternative)


def _table(as_trained: CalibrationSummary, scaled: CalibrationSummary | None, fitted: float) -> None:
    """The measures as trained and with the fitted temperature, one row each."""
    shown = {"as trained": as_trained} | ({f"T = {fitted:.3f}": scaled} if scaled else {})
    columns = {"": list(shown)} | {
        label: [_text(measure, getattr(each, measure)) for each in shown.values()]
        for measure, (label, _) in MEASURES.items()
    }
    settings = {label: st.column_config.TextColumn(help=meaning) for label, meaning in MEASURES.values()}
    st.dataframe(pa.table(columns), hide_index=True, column_config=settings)
    if scaled is None:
        st.caption(story.without_temperature(fitted))
    else:
        st.caption(f"T = {fitted:.3f} divides the logits. It has the lowest NLL on all validation images.")


def _text(measure: str, value: float) -> str:
    return percent(value) if measure in IN_PERCENT else f"{value:.4f}"


def _wrong_first(found: Predictions, samples: NDArray[np.intp]) -> NDArray[np.intp]:
    """Samples with the wrong answers first, the most confident first among them and among the right ones."""
    confidence = found.probs[samples].max(axis=1)
    return samples[np.lexsort((-confidence, found.correct[samples]))]


def _show_images(run: Run, split: str, samples: NDArray[np.intp], found: Predictions, name: str) -> None:
    def notes(shown: NDArray[np.integer]) -> list[str]:
        # Number and sign stay on one line of a narrow card.
        return [percent(share, 1).replace(" ", "\u00a0") for share in found.probs[shown].max(axis=1)]

    title = story.images_of(name, len(samples), int((~found.correct[samples]).sum()))
    clicked = show_samples(
        run, split, samples, notes, key="of_bin", title=title, page_size=PAGE_SIZE, page_key=f"page of {name}"
    )
    if clicked is not None:
        open_sample(clicked)
