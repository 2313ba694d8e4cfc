"""One threshold splits the test images into sure and unsure ones."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.decision import Decision
from core.metrics.rejection import reject_outcome
from core.metrics.scores import SCORES
from core.training.runs import Run
from core.views import histograms
from ui import loaded
from ui.components.controls import metrics, percent
from ui.components.gallery import gallery
from ui.decision import by_number, choose_score, decide

ENTROPY = "Entropy"
ARTICLE, ARTICLE_THRESHOLD = "MNISTを題材にしてモデル予測の不確実性を推定する", 0.02  # 0.005 in the article's own scale
REFUSED_AT_FIRST = 0.08  # the share of the validation images, about that of the article
NUM_CARDS = 20
HEIGHT = 365  # pixels of the chart: a projector shows it whole


def show(run: Run) -> None:
    test = loaded.predictions(run, "test")
    story = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        score = choose_score(run, first=ENTROPY)
        as_article = score == ENTROPY and st.toggle(
            "As in the article", key="article", bind="query-params",
            help="The article divides the entropy by the logarithm of the number of images instead of classes.",
        )  # fmt: skip
        decision = decide(run, score, by_number, _first_threshold(run, score))
        if decision is None:
            return
    # log K / log n: how much smaller the article's entropy is.
    unit = float(np.log(test.num_classes) / np.log(test.num_samples)) if as_article else 1.0
    if as_article:
        st.caption(
            f"Divided by log {test.num_samples:,} (images) instead of log {test.num_classes} (classes), every entropy is "
            f"{unit:.2f} of ours: {decision.threshold:.4f} here is {decision.threshold * unit:.4f} there, the same split."
        )
    outcome = reject_outcome(decision.test, test.correct, decision.threshold)
    story.markdown(
        f"The threshold {decision.threshold:.4f} splits {test.num_samples:,} test images: **{outcome.num_rejected:,}** are unsure, and "
        f"**{percent(outcome.accuracy_rejected)}** of them are predicted correctly; **{outcome.num_accepted:,}** are sure, and "
        f"**{percent(outcome.accuracy_accepted)}** of them are. Lower the threshold: who moves to the unsure side?"
    )
    axis = "Entropy ÷ log(number of images)" if as_article else SCORES[score].axis
    bins = histograms.score_bins(decision.test * unit, test.correct)
    chart = histograms.score_histogram(bins, decision.threshold * unit, axis)
    left, right = st.columns([1.4, 1])
    left.vega_lite_chart(spec=chart, height=HEIGHT, alt="Histogram of the score, right and wrong answers")
    with right:
        metrics(
            (
                "Unsure: images",
                f"{outcome.num_rejected:,}",
                "test images above the threshold, which the classifier refuses",
            ),
            ("Unsure: accuracy", percent(outcome.accuracy_rejected), "share of correct predictions among the unsure"),
            (
                "Sure: images",
                f"{outcome.num_accepted:,}",
                "test images at or below the threshold, which the classifier answers",
            ),
            ("Sure: accuracy", percent(outcome.accuracy_accepted), "share of correct predictions among the sure"),
            width=150,
        )
    if score == ENTROPY and run.config.dataset == "mnist":
        st.caption(
            f"The article 「{ARTICLE}」 at 0.02: 834 unsure, 85.61 % of them correct; 9,166 sure, 99.86 % correct."
        )
    _show_sides(run, decision, decision.test * unit)


def _first_threshold(run: Run, score: str) -> float | None:
    """The article's threshold, if some validation image lies below it and some above."""
    try:
        validation = loaded.scored(run, "validation", score).uncertainty
    except loaded.NotComputed:
        return None
    if score == ENTROPY and validation.min() <= ARTICLE_THRESHOLD <= validation.max():
        return ARTICLE_THRESHOLD
    return float(np.quantile(validation, 1 - REFUSED_AT_FIRST))


def _show_sides(run: Run, decision: Decision, shown_values: NDArray[np.floating]) -> None:
    test, images = loaded.predictions(run, "test"), loaded.images(run, "test")
    for title, side in (("Unsure", decision.refused), ("Sure", decision.accepted)):
        shown = np.flatnonzero(side)[:NUM_CARDS]
        st.markdown(f"**{title}**, the first {len(shown)} in data set order")
        notes = [f"{shown_values[sample]:.4f}" for sample in shown]
        gallery(images, test, shown, notes, key=title, source=(run.config.dataset, "test"), refused=decision.refused)
