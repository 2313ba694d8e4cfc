"""View Prediction sets: as many classes as a promised coverage takes, calibrated on validation and verified on test."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from core.metrics import conformal
from core.metrics.conformal_coverage import (
    Sets,
    SetSummary,
    coverage_law,
    group_coverage,
    set_summary,
    uncertainty_groups,
)
from core.metrics.intervals import share_interval
from core.training.runs import Run
from core.views import sets as charts
from ui import loaded
from ui.calibrate import resplits, set_cards, set_story
from ui.components.controls import choice, percent
from ui.components.samples import show_opened
from ui.loaded.sets import METHODS, SEED, class_scores

ALPHAS = ("0.1", "0.2", "0.5", "1", "2", "3", "5", "7", "10", "15", "20", "25", "30")  # percent
FIRST_ALPHA = "10"


class MethodSets(NamedTuple):
    """The sets of a method on the test images."""

    quantile: float  # from the validation images
    sets: Sets  # (num_test, num_classes)
    summary: SetSummary


def show(run: Run) -> None:
    listed = st.fragment(_sets)(run)
    show_opened(run, "test", listed)


def _sets(run: Run) -> NDArray[np.integer]:
    story = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=320):
            asked = st.select_slider(
                "α: share of the sets that may miss the true class (%)", ALPHAS, FIRST_ALPHA, key="alpha", bind="query-params",
                help="The promised coverage is 100 % − α. A smaller α gives larger sets.",
            )  # fmt: skip
        method = choice("Method", METHODS, key="set_method", help=set_story.METHOD_HELP)
        is_random = st.toggle(
            "Random numbers", True, key="random_sets", bind="query-params",
            help="APS and RAPS take a random share of each class's own probability away, with one random number per image "
            f"(seed {SEED}). LAC needs none.",
        )  # fmt: skip
    alpha = float(asked) / 100
    found = {name: _method_sets(run, name, alpha, is_random=is_random) for name in METHODS}
    validation, test = loaded.predictions(run, "validation"), loaded.predictions(run, "test")
    law = coverage_law(validation.num_samples, test.num_samples, alpha)
    story.markdown(set_story.told(validation, method, found[method].quantile, found[method].summary, alpha, law))
    left, right = st.columns([1.25, 1])
    with left:
        _show_table(found, alpha)
        others = {name: _method_sets(run, name, alpha, is_random=not is_random).summary for name in ("APS", "RAPS")}
        now = {name: found[name].summary for name in others}
        st.caption(set_story.randomness(now, others, is_random=is_random))
    chart = charts.set_sizes({name: each.summary.sizes for name, each in found.items()})
    right.vega_lite_chart(spec=chart, alt="How many test images have sets of each size, by method")
    listed = set_cards.show(run, method, found[method].sets)
    _show_difficulty(run, found, alpha)
    _show_classes(run, method, found[method], alpha, is_random=is_random)
    st.fragment(resplits.show)(run, method, alpha, is_random)
    return listed


def _method_sets(run: Run, method: str, alpha: float, *, is_random: bool) -> MethodSets:
    scores, test = class_scores(run, method, is_random=is_random), loaded.predictions(run, "test")
    quantile = conformal.conformal_quantile(scores.validation, alpha)
    sets = conformal.sets(scores.test, quantile)
    return MethodSets(quantile, sets, set_summary(sets, test.labels))


def _show_table(found: dict[str, MethodSets], alpha: float) -> None:
    """The three methods side by side on the test images."""
    summaries = [each.summary for each in found.values()]
    covered = [round(each.coverage * each.num_samples) for each in summaries]
    intervals = [share_interval(hits, each.num_samples) for hits, each in zip(covered, summaries, strict=True)]
    columns = {
        "Method": list(found),
        "Coverage": [percent(each.coverage) for each in summaries],
        "95 % interval": [f"{percent(lower)} to {percent(upper)}" for lower, upper in intervals],
        "Mean size": [each.mean_size for each in summaries],
        "Empty": [percent(each.empty) for each in summaries],
        "One class": [percent(each.single) for each in summaries],
        "Quantile": ["∞" if np.isinf(each.quantile) else f"{each.quantile:.4f}" for each in found.values()],
    }
    helps = set_story.column_helps(summaries[0].num_samples, alpha)
    st.dataframe(
        pa.table(columns),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.2f", help=said, width="small")
            if name == "Mean size"
            else st.column_config.TextColumn(help=said, width="small" if name != "95 % interval" else None)
            for name, said in helps.items()
        },
    )


def _show_difficulty(run: Run, found: dict[str, MethodSets], alpha: float) -> None:
    """Mean size and coverage of the sets from the most certain test images to the least certain ones."""
    test = loaded.predictions(run, "test")
    groups = uncertainty_groups(loaded.scored(run, "test", "Least confidence").uncertainty)
    num_groups = int(groups.max()) + 1
    by_group = {name: group_coverage(each.sets, test.labels, groups, num_groups) for name, each in found.items()}
    st.markdown(set_story.difficulty(by_group))
    left, right = st.columns(2)
    chart = charts.size_by_difficulty(by_group)
    left.vega_lite_chart(spec=chart, alt="Mean set size from the most certain to the least certain test images")
    chart = charts.coverage_by_difficulty(by_group, alpha)
    right.vega_lite_chart(spec=chart, alt="Coverage from the most certain to the least certain test images")


def _show_classes(run: Run, method: str, one: MethodSets, alpha: float, *, is_random: bool) -> None:
    """Coverage of each class with one quantile for all classes, and with one per class."""
    validation, test = loaded.predictions(run, "validation"), loaded.predictions(run, "test")
    scores, num_classes = class_scores(run, method, is_random=is_random), test.num_classes
    quantiles = conformal.class_quantiles(scores.validation, validation.labels, num_classes, alpha)
    own = conformal.sets(scores.test, quantiles)
    both = [group_coverage(sets, test.labels, test.labels, num_classes) for sets in (one.sets, own)]
    chart = charts.class_coverages(*both, test.class_names, alpha)
    sizes = one.summary.mean_size, float(own.sum(axis=1).mean())
    left, right = st.columns([1.25, 1])
    left.vega_lite_chart(spec=chart, alt="Coverage of each class with one quantile for all and with one per class")
    num_own = np.bincount(validation.labels, minlength=num_classes)
    right.markdown(set_story.classes(method, *both, sizes, test.class_names, alpha, num_own))
