"""Seeds: is one recipe better than another, over several seeds?"""

import numpy as np
import streamlit as st

from core.metrics.contrasts import Contrast
from core.metrics.measures import Measure
from core.views import compare as charts
from core.views.charts import Spec
from ui.compare import export, story
from ui.compare.choice import Compared
from ui.compare.learning import AXES, QUANTITIES, learning_curves
from ui.components.controls import choice
from ui.components.play import play
from ui.loaded import compared as kept

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
    beginning, verdict = story.beginning(compared, measure, key), _verdict(found, measure, reference, key)
    st.markdown(f"{beginning} {story.to_try(compared)}")
    if verdict:
        st.markdown(verdict, help=story.EXPLAINED)
    first, second, third = st.columns([1, 1.25, 1.25])
    with first:
        st.vega_lite_chart(spec=seeds_chart(compared, measure, key), key="seeds_chart", alt=SEEDS)
    with second:
        if len(names) > 1:
            st.vega_lite_chart(spec=forest_chart(compared, found, reference, key), key="forest_chart", alt=FOREST)
    with third:
        learned = learning_curves(compared, quantity, axis)
        if learned is None:
            st.info("These runs have no learning curves.", icon=":material/info:")
        else:
            st.vega_lite_chart(spec=learned.chart, key="curves_chart", alt=CURVES)
            play(CURVES, learned.last, learned.axis, key="play_curves")
    export.show(compared, found, reference, [beginning, verdict], (SEEDS, FOREST, CURVES))


def _verdict(found: All, measure: Measure, reference: str, key: str) -> str:
    """Whether the differences on a measure are settled; empty if there are none."""
    contrasts = list(found[key].values())
    if not contrasts:
        return ""
    said = (
        story.verdict(contrasts[0], measure, reference, 1)
        if len(contrasts) == 1
        else story.verdict_of_many(contrasts, measure, reference)
    )
    warnings = [story.looked_at_all(contrast, sum(map(len, found.values()))) for contrast in contrasts]
    return " ".join([f"{measure.label}: {said}", *filter(None, warnings[:1])])


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
        rows = [story.difference(contrast, measure, name, scale, chosen=True) for name, contrast in found[key].items()]
        axis = f"Difference{' in points' if measure.in_percent else ''}, {'higher' if measure.higher_is_better else 'lower'} is better"
        return charts.forest(
            rows, names, f"{measure.label}: minus {reference}", story.how_to_read(list(found[key].values())), axis
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
        rows, names, f"{name} minus {reference}", story.how_to_read(list(found[key].values())), "← worse · better →"
    )
