"""Part of view Prediction sets: how many calibration images it takes, why the + 1, and how much the coverage varies."""

import numpy as np
import streamlit as st

from core.metrics.conformal_coverage import CoverageLaw, coverage_law
from core.views import resplits as charts
from ui import loaded
from ui.calibrate.chosen_sets import ChosenSets
from ui.calibrate.set_story import promised
from ui.components.controls import percent
from ui.loaded.sets import NUM_SPLITS, SIZES, MeanCoverage, calibration_sizes, coverages, mean_coverages

ALL, FIRST = "all", "20"


def show(chosen: ChosenSets) -> None:
    """Coverage with the chosen number of calibration images in many re-splits, and on average with each number."""
    run, method, alpha, is_random = chosen.run, chosen.method, chosen.alpha, chosen.is_random
    story = st.container()
    sizes, means = calibration_sizes(run), mean_coverages(run, method, alpha, is_random=is_random)
    options = [*(str(size) for size in SIZES if size < sizes[-1]), ALL]
    size = ALL
    if len(options) > 1:
        with st.container(width=420):
            size = st.select_slider(
                "Calibration images", options, FIRST if FIRST in options else ALL, key="calibration", bind="query-params",
                help=f"Drawn at random in each of {NUM_SPLITS:,} re-splits; “all” is as many as there are validation images, {sizes[-1]:,}.",
            )  # fmt: skip
    place = options.index(size)
    num_calibration = sizes[place]
    num_pooled = sum(loaded.predictions(run, split).num_samples for split in ("validation", "test"))
    law = coverage_law(num_calibration, num_pooled - num_calibration, alpha)
    measured = coverages(run, method, alpha, num_calibration, is_random=is_random)
    story.markdown(_told(means[place], num_pooled, alpha, law))
    left, right = st.columns(2)
    chart = charts.mean_coverages(
        sizes,
        np.array([mean.measured for mean in means]),
        np.array([mean.expected for mean in means]),
        num_calibration,
        alpha,
        NUM_SPLITS,
    )
    left.vega_lite_chart(spec=chart, alt="Mean coverage against the number of calibration images, with and without + 1")
    chart = charts.split_coverages(measured, law, alpha)
    right.vega_lite_chart(spec=chart, alt=f"Coverage in {NUM_SPLITS:,} re-splits beside the exact law")
    st.caption(
        "A re-split pools the validation and test images, draws the calibration images among them, and measures the coverage "
        "of all others. Nothing above is chosen by it."
    )


def _told(mean: MeanCoverage, num_pooled: int, alpha: float, law: CoverageLaw) -> str:
    """What one number of calibration images gives, with the + 1 and without."""
    n, (rank, uncorrected) = mean.num_calibration, mean.ranks
    said = (
        f"The {num_pooled:,} validation and test images are split at random {NUM_SPLITS:,} times. With **{n:,}** calibration images the quantile "
        f"is their score of rank ⌈({n:,} + 1) × {promised(alpha)}⌉ = {rank:,}"
    )
    if rank > n:
        said += (
            f". There is no such score: these are too few images for {promised(alpha)}, so every set must hold all classes, "
            f"and the coverage is 100 %. At least {least_calibration(alpha):,} are needed. "
        )
    else:
        lower, upper = law.interval()
        said += (
            f", and the coverage is **{percent(mean.measured[0])}** on average (exactly {rank:,} / {n + 1:,} = "
            f"{percent(mean.expected[0])} is expected). In a single split it varies: 95 % of them lie between "
            f"{percent(lower, 1)} and {percent(upper, 1)}. "
        )
    return said + (
        f"Without the + 1 the rank is ⌈{n:,} × {promised(alpha)}⌉ = {uncorrected:,}, and the coverage "
        f"**{percent(mean.measured[1])}** (expected {percent(mean.expected[1])}), "
        f"{'less than promised' if mean.expected[1] < 1 - alpha else 'as promised'}: the new image counts, too."
    )


def least_calibration(alpha: float) -> int:
    """The least number of calibration images with a finite quantile."""
    return int(np.ceil((1 - alpha) / alpha - 1e-9))
