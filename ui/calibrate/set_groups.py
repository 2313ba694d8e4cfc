"""Parts of view Prediction sets: what the average hides, by difficulty and by class."""

import numpy as np
import streamlit as st

from core.metrics import conformal
from core.metrics.conformal_coverage import group_coverage, uncertainty_groups
from core.views import sets as charts
from ui import loaded
from ui.calibrate import set_story
from ui.calibrate.chosen_sets import ChosenSets
from ui.loaded.sets import class_scores


def show_difficulty(chosen: ChosenSets) -> None:
    """Mean size and coverage of the sets from the most certain test images to the least certain ones."""
    test = loaded.predictions(chosen.run, "test")
    groups = uncertainty_groups(loaded.scored(chosen.run, "test", "Least confidence").uncertainty)
    by_group = {
        name: group_coverage(each.sets, test.labels, groups, int(groups.max()) + 1) for name, each in chosen.of.items()
    }
    st.markdown(set_story.difficulty(by_group))
    left, right = st.columns(2)
    chart = charts.size_by_difficulty(by_group)
    left.vega_lite_chart(spec=chart, alt="Mean set size from the most certain to the least certain test images")
    chart = charts.coverage_by_difficulty(by_group, chosen.alpha)
    right.vega_lite_chart(spec=chart, alt="Coverage from the most certain to the least certain test images")


def show_classes(chosen: ChosenSets) -> None:
    """Coverage of each class with one quantile for all classes, and with one per class."""
    run, alpha = chosen.run, chosen.alpha
    validation, test = loaded.predictions(run, "validation"), loaded.predictions(run, "test")
    scores, num_classes = class_scores(run, chosen.method, is_random=chosen.is_random), test.num_classes
    quantiles = conformal.class_quantiles(scores.validation, validation.labels, num_classes, alpha)
    own = conformal.sets(scores.test, quantiles)
    by_one, by_own = (group_coverage(sets, test.labels, test.labels, num_classes) for sets in (chosen.one.sets, own))
    sizes = chosen.one.summary.mean_size, float(own.sum(axis=1).mean())
    num_own = np.bincount(validation.labels, minlength=num_classes)
    left, right = st.columns([1.25, 1])
    right.markdown(set_story.classes(chosen.method, by_one, by_own, sizes, test.class_names, alpha, num_own))
    chart = charts.class_coverages(by_one, by_own, test.class_names, alpha)
    left.vega_lite_chart(spec=chart, alt="Coverage of each class with one quantile for all and with one per class")
