"""One threshold cuts the test images in two: what lies on each side?"""

import numpy as np
import streamlit as st

import ui
from core.metrics.rejection import reject_outcome
from core.training.runs import Run
from core.views import bars
from ui.gallery import gallery
from ui.scores import SCORES

ARTICLE = "MNISTを題材にしてモデル予測の不確実性を推定する"
NUM_SHOWN = 20


def show(run: Run) -> None:
    test = ui.predictions(run, "test")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = ui.choice("Score", SCORES, key="score", default="Entropy", help="Larger is less certain.")
        as_article = name == "Entropy" and st.toggle(
            "As in the article", key="article", bind="query-params",
            help="The article divides the entropy by the logarithm of the number of images instead of classes.",
        )  # fmt: skip
        # log K / log n: how much smaller the article's entropy is.
        unit = np.log(test.num_classes) / np.log(test.num_samples) if as_article else 1.0
        uncertainty = SCORES[name].of(test) * unit
        lowest, highest, article = float(uncertainty.min()), float(uncertainty.max()), 0.02 * unit
        # Not every network is sure enough of anything to lie below the article's threshold.
        as_there = name == "Entropy" and lowest <= article <= highest
        default = article if as_there else float(np.quantile(uncertainty, 0.92))
        threshold = st.number_input(
            "Threshold", lowest, highest, default, format="%.4f", width=150,
            step=max(float(np.ptp(uncertainty)) / 1000, 1e-4), key=f"split_{run.name}_{name}_{as_article}",
            help=SCORES[name].explanation,
        )  # fmt: skip
    if as_article:
        st.caption(
            f"Divided by log {test.num_samples:,} (images) instead of log {test.num_classes} (classes), every entropy is "
            f"{unit:.2f} of ours: {threshold:.4f} here is {threshold / unit:.4f} there, the same split."
        )
    outcome = reject_outcome(uncertainty, test.correct, threshold)
    ui.metrics(
        ("Above: images", f"{outcome.num_rejected:,}", "test images whose score is above the threshold: unsure"),
        ("Above: accuracy", ui.percent(outcome.accuracy_rejected), "right answers among the unsure"),
        ("Below: images", f"{outcome.num_accepted:,}", "test images whose score is at most the threshold: sure"),
        ("Below: accuracy", ui.percent(outcome.accuracy_accepted), "right answers among the sure"),
        width=176,
    )
    if name == "Entropy" and run.config.dataset == "mnist":
        st.caption(f"The article 「{ARTICLE}」 at 0.02: 834 above, 85.61 % right; 9,166 below, 99.86 % right.")
    chart = bars.score_histogram(uncertainty, test.correct, threshold, SCORES[name].axis)
    if as_article:
        chart = bars.score_histogram(uncertainty, test.correct, threshold, "Entropy ÷ log(number of images)")
    st.vega_lite_chart(spec=chart, alt="Histogram of the score, right and wrong answers")
    images = ui.images(run, "test")
    for title, side in (("Above: unsure", uncertainty > threshold), ("Below: sure", uncertainty <= threshold)):
        shown = np.flatnonzero(side)[:NUM_SHOWN]
        st.markdown(f"**{title}**, the first {len(shown)} as stored, predicted and true class below each")
        gallery(images, test, shown, [f"{uncertainty[sample]:.4f}" for sample in shown], key=title)
