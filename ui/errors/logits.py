"""Logits of the errors: how large the largest logit is, and how close the second largest comes."""

import streamlit as st

from core.metrics.confusion import error_logits
from core.metrics.predictions import Predictions
from core.metrics.uncertainty import logit_margin_uncertainty, max_logit_uncertainty
from core.training.runs import Run
from core.views import histograms
from ui import loaded
from ui.components.controls import metrics, percent
from ui.loaded import scores as kept

HEIGHT = 325  # pixels of the charts: a projector shows them whole


def show(run: Run) -> None:
    test = loaded.predictions(run, "test")
    st.markdown(_story(test))
    found, temperature = error_logits(test), kept.temperature(run)
    scaled = (
        f"{percent(error_logits(test, gap=temperature).share_close, 1)} with the logits divided by {temperature:.2f}, "
        "the temperature that fits the validation images best"
    )
    top, gap = -max_logit_uncertainty(test.logits), -logit_margin_uncertainty(test.logits)
    close_and_right = float((gap[test.correct] < 1).mean()) if test.correct.any() else float("nan")
    st.markdown(
        f"In **{percent(found.share_close, 1)}** of the {found.num_errors:,} errors the two largest logits differ by less than 1; "
        f"among the right answers it is **{percent(close_and_right, 1)}**. Compare the two charts: which one separates right from "
        "wrong better?"
    )
    metrics(
        ("Errors", f"{found.num_errors:,}", f"wrong answers among {test.num_samples:,} test images"),
        ("Largest", f"{found.largest:.3f}", "the largest logit of any error: above it every answer is correct"),
        ("Smallest", f"{found.smallest:.3f}", "the smallest of the errors' largest logits: below it no answer is wrong"),
        ("Mean", f"{found.mean:.3f}", "mean of the errors' largest logits"),
        ("Gap under 1", percent(found.share_close, 1), f"near misses: errors in which the predicted class is at most 2.7 times as probable as the next one, because the two largest logits differ by less than 1; {scaled}"),
    )  # fmt: skip
    left, right = st.columns(2)
    chart = histograms.score_histogram(
        histograms.score_bins(top, test.correct), None, "Largest logit", "Largest logit", ""
    )
    left.vega_lite_chart(spec=chart, height=HEIGHT, alt="Histogram of the largest logit, right and wrong answers")
    axis = "Largest − second largest logit"
    chart = histograms.score_histogram(histograms.score_bins(gap, test.correct), None, axis, "Logit margin", "")
    right.vega_lite_chart(
        spec=chart,
        height=HEIGHT,
        alt="Histogram of the logit margin, the difference of the two largest logits, right and wrong answers",
    )
    if run.config.dataset == "cifar10":
        st.table(
            {
                "": ["This run, all test images", "The thesis, one batch of 128"],
                "Errors": [f"{found.num_errors:,}", "15"],
                "Largest": [f"{found.largest:.3f}", "5.728"],
                "Smallest": [f"{found.smallest:.3f}", "1.996"],
                "Mean": [f"{found.mean:.3f}", "4.048"],
                "Gap under 1": [percent(found.share_close, 1), "26.7 %"],
            }
        )
        st.caption(
            "村上・粕川「MNIST と CIFAR10 の推論の弱点について」: a network with 86.2 % accuracy. The scale of logits "
            "depends on loss and weight decay. The gap scales with the logits, so neither tells which network is closer to "
            "the truth; and 15 errors say little."
        )


def _story(test: Predictions) -> str:
    """How far the logits of right and wrong answers lie apart, and what to try."""
    wrong = ~test.correct
    if not wrong.any() or wrong.all():
        return f"The network is {'wrong' if wrong.all() else 'right'} on all {test.num_samples:,} test images."
    top, margin = -max_logit_uncertainty(test.logits), -logit_margin_uncertainty(test.logits)
    return (
        f"On average the largest logit is **{top[wrong].mean():.1f}** for the {wrong.sum():,} errors and "
        f"**{top[test.correct].mean():.1f}** for correct answers; the margin to the second is **{margin[wrong].mean():.1f}** and "
        f"**{margin[test.correct].mean():.1f}**. No threshold separates answers with equal values: in which chart do right and "
        "wrong overlap less?"
    )
