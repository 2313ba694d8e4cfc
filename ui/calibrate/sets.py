"""View Prediction sets: as many classes as a promised coverage takes, calibrated on validation and verified on test."""

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from core.metrics.conformal_coverage import coverage_law
from core.metrics.intervals import share_interval
from core.training.runs import Run
from core.views import sets as charts
from ui import loaded
from ui.calibrate import resplits, set_cards, set_groups, set_story
from ui.calibrate.chosen_sets import ChosenSets, chosen_sets, method_sets
from ui.components.controls import choice, percent
from ui.components.samples import show_opened
from ui.loaded.sets import METHODS, SEED, WITHOUT_RANDOMNESS

ALPHAS = ("0.1", "0.2", "0.5", "1", "2", "3", "5", "7", "10", "15", "20", "25", "30")  # percent
FIRST_ALPHA = "10"
# Pixels of the table's columns.
WIDTHS = {
    "Method": 62,
    "Coverage": 72,
    "95 % interval": 122,
    "Mean size": 80,
    "Empty": 66,
    "One class": 76,
    "Quantile": 72,
}
IMAGES = "Images"
# One at a time: to draw all of them would make every slider slow.
PARTS = {
    "Difficulty": set_groups.show_difficulty,
    "Classes": set_groups.show_classes,
    "Re-splits": st.fragment(resplits.show),
}


def show(run: Run) -> None:
    listed = st.fragment(_show)(run)
    show_opened(run, "test", listed)


def _show(run: Run) -> NDArray[np.integer]:
    """The chosen sets in numbers, and one part of them closer; returns the test images that are listed."""
    story = st.container()
    chosen = _choose(run)
    validation, test = loaded.predictions(run, "validation"), loaded.predictions(run, "test")
    law = coverage_law(validation.num_samples, test.num_samples, chosen.alpha)
    story.markdown(set_story.told(validation, chosen.method, chosen.one, chosen.alpha, law))
    left, right = st.columns([1.8, 1])
    with left:
        _show_table(chosen)
        _compare_randomness(chosen)
    chart = charts.set_sizes({name: each.summary.sizes for name, each in chosen.of.items()})
    right.vega_lite_chart(spec=chart, alt="How many test images have sets of each size, by method")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    part = row.segmented_control(
        "Look at", [IMAGES, *PARTS], default=IMAGES, required=True, key="sets_part", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if part in PARTS:
        PARTS[part](chosen)
        return np.empty(0, dtype=int)
    return set_cards.show(chosen, row)


def _choose(run: Run) -> ChosenSets:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=320):
            alpha = st.select_slider(
                "α: share of the sets that may miss the true class (%)", ALPHAS, FIRST_ALPHA, key="alpha", bind="query-params",
                help="The promised coverage is 100 % − α. A smaller α gives larger sets.",
            )  # fmt: skip
        method = choice("Method", METHODS, key="set_method", help=set_story.METHOD_HELP)
        is_random = st.toggle(
            "Random numbers", True, key="random_sets", bind="query-params",
            help="APS and RAPS take a random share of each class's own probability away, with one random number per image "
            f"(seed {SEED}). LAC needs none.",
        )  # fmt: skip
    return chosen_sets(run, method, float(alpha) / 100, is_random=is_random)


def _compare_randomness(chosen: ChosenSets) -> None:
    """The mean sizes with and without random numbers."""
    now = {name: each.summary for name, each in chosen.of.items() if name != WITHOUT_RANDOMNESS}
    others = {name: method_sets(chosen.run, name, chosen.alpha, is_random=not chosen.is_random).summary for name in now}
    st.caption(set_story.randomness(now, others, is_random=chosen.is_random))


def _show_table(chosen: ChosenSets) -> None:
    """The three methods side by side on the test images."""
    summaries = [each.summary for each in chosen.of.values()]
    covered = [round(each.coverage * each.num_samples) for each in summaries]
    intervals = [share_interval(hits, each.num_samples) for hits, each in zip(covered, summaries, strict=True)]
    columns = {
        "Method": list(chosen.of),
        "Coverage": [percent(each.coverage) for each in summaries],
        "95 % interval": [f"{100 * lower:.2f} to {percent(upper)}" for lower, upper in intervals],
        "Mean size": [each.mean_size for each in summaries],
        "Empty": [percent(each.empty) for each in summaries],
        "One class": [percent(each.single) for each in summaries],
        "Quantile": ["∞" if np.isinf(each.quantile) else f"{each.quantile:.4f}" for each in chosen.of.values()],
    }
    helps = set_story.column_helps(summaries[0].num_samples, chosen.alpha)
    st.dataframe(
        pa.table(columns),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.2f", help=helps.get(name), width=width)
            if name == "Mean size"
            else st.column_config.TextColumn(help=helps.get(name), width=width)
            for name, width in WIDTHS.items()
        },
    )
