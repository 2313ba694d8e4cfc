"""Seeds: is one recipe better than another, over several seeds?"""

import numpy as np
import streamlit as st

from core.metrics.contrasts import Contrast
from core.metrics.measures import Measure
from core.metrics.spreads import spread
from core.training.runs import Damaged
from core.views import compare as charts
from core.views.charts import Spec
from ui.compare import story
from ui.compare.choice import Compared
from ui.components.controls import choice
from ui.components.play import play
from ui.loaded import compared as kept

QUANTITIES = ("accuracy", "loss")
AXES = {"epochs": ("epoch", "Epoch"), "seconds": ("seconds", "Training time (s)")}
# Alternative texts, by which the script in the browser finds the charts.
SEEDS, FOREST, CURVES = "Every seed of every group", "Differences with their intervals", "Learning curves of all runs"
All = dict[str, dict[str, Contrast]]  # key of a measure -> name of a group -> contrast


def show(compared: Compared) -> None:
    by_label = {measure.label: key for key, measure in compared.measures.items()}
    names = tuple(compared.values)
    with st.container(horizontal=True):
        label = choice(
            "Measure", by_label, key="measure", help="What is compared. Decide on one before you look at the others."
        )
        reference = choice("Reference", names, key="reference", help="The recipe that the others are compared with.")
        quantity = choice("Curves", QUANTITIES, key="curves", help="What the learning curves show.")
        axis = choice(
            "Against", AXES, key="against", help="Epochs, or seconds of training: which recipe is ahead at equal cost?"
        )
    key = by_label[label]
    measure = compared.measures[key]
    found = kept.contrasts_of(compared.places, compared.values, reference)
    st.markdown(story.beginning(compared, measure, key))
    _say_verdict(found, measure, reference, key)
    first, second, third = st.columns([1, 1.25, 1.25])
    with first:
        st.vega_lite_chart(spec=seeds_chart(compared, measure, key), key="seeds_chart", alt=SEEDS)
    with second:
        if len(names) > 1:
            st.vega_lite_chart(spec=forest_chart(compared, found, reference, key), key="forest_chart", alt=FOREST)
    with third:
        _learning(compared, quantity, axis)


def _say_verdict(found: All, measure: Measure, reference: str, key: str) -> None:
    contrasts = list(found[key].values())
    if not contrasts:
        return
    said = (
        story.verdict(contrasts[0], measure, reference, 1)
        if len(contrasts) == 1
        else story.verdict_of_many(contrasts, measure, reference)
    )
    st.markdown(f"{measure.label}: {said}", help=story.EXPLAINED)
    warnings = [story.looked_at_all(contrast, sum(map(len, found.values()))) for contrast in contrasts]
    if any(warnings):
        st.caption(next(filter(None, warnings)))


def seeds_chart(compared: Compared, measure: Measure, key: str) -> Spec:
    """The chart on the left."""
    values = {
        name: {seed: numbers[key] for seed, numbers in by_seed.items()} for name, by_seed in compared.values.items()
    }
    better = "Higher is better" if measure.higher_is_better else "Lower is better"
    groups = " and ".join(compared.runs.differing)
    return charts.seeds(values, measure.label, groups, better, in_percent=measure.in_percent)


def forest_chart(compared: Compared, found: All, reference: str, key: str) -> Spec:
    """The chart in the middle: all measures of one group, or the chosen measure of several groups."""
    names = tuple(compared.values)
    if len(found[key]) > 1:
        measure = compared.measures[key]
        scale = 100.0 if measure.in_percent else 1.0
        rows = [story.difference(contrast, measure, name, scale, chosen=False) for name, contrast in found[key].items()]
        axis = f"Difference{' in points' if measure.in_percent else ''}, {'higher' if measure.higher_is_better else 'lower'} is better"
        return charts.forest(
            rows, names, f"{measure.label}: minus {reference}", "Line: 95 % interval. Filled: settled", axis
        )
    rows = []
    for measure_key, by_group in found.items():
        (contrast,) = by_group.values()
        measure = compared.measures[measure_key]
        # Each row has a scale of its own: its interval just fits, and better is always on the right.
        ends = np.abs([contrast.comparison.mean, *contrast.comparison.interval])
        largest = float(np.nanmax(ends, initial=0)) or 1.0
        scale = (1 if measure.higher_is_better else -1) / largest
        rows.append(story.difference(contrast, measure, measure.label, scale, chosen=measure_key == key))
    (name,) = found[key]
    return charts.forest(
        rows, names, f"{name} minus {reference}", "Line: 95 % interval. Filled: settled", "← worse · better →"
    )


def _learning(compared: Compared, quantity: str, axis: str) -> None:
    field, title = AXES[axis]
    curves = {}
    for group in compared.runs.groups:
        curves[group.short] = []
        for run in group.by_seed.values():
            try:
                history = kept.history_of(run)
            except Damaged:
                continue
            if history:
                columns = (field, quantity if quantity == "accuracy" else _loss(history), f"validation_{quantity}")
                curves[group.short].append(charts.Curve(*([line[column] for line in history] for column in columns)))
    spreads = {
        name: {
            charts.TRAINING: spread([(curve.x, curve.training) for curve in found]),
            charts.VALIDATION: spread([(curve.x, curve.validation) for curve in found]),
        }
        for name, found in curves.items()
        if found
    }
    if not spreads:
        st.info("These runs have no learning curves.", icon=":material/info:")
        return
    st.vega_lite_chart(spec=charts.curves(curves, spreads, quantity, title), key="curves_chart", alt=CURVES)
    play(CURVES, max(curve.x[-1] for found in curves.values() for curve in found), title, key="play_curves")


def _loss(history: list[dict[str, float]]) -> str:
    """The training loss that is comparable with the validation loss, if it was recorded."""
    return "cross_entropy" if all("cross_entropy" in line for line in history) else "loss"
