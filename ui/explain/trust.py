"""View "Can it be trusted?": delete the pixels that a map ranks first, and re-initialise the layers of the network."""

import streamlit as st

from core.metrics.predictions import Predictions
from core.training.runs import Run
from ui import loaded
from ui.components.controls import percent
from ui.components.plain_text import plain
from ui.components.saliency.maps import SMALL_SIDE, feature_layers
from ui.components.saliency.methods import DEFAULT_METHODS, METHODS
from ui.components.saliency.options import choose_options
from ui.components.saliency.store import Refused
from ui.explain.deletion import show_curves
from ui.explain.forgetting import show_forgetting
from ui.explain.scope import Scope
from ui.explain.subject import first_subject
from ui.explain.trial import FILLS, Trial, measured
from ui.serving import warm

NUM_IMAGES, NUM_LARGE_IMAGES = 100, 4


def show(run: Run) -> None:
    warm(run)
    test, images = loaded.predictions(run, "test"), loaded.images(run, "test")
    if images is None:
        return
    num_images = NUM_IMAGES if images.shape[1] <= SMALL_SIDE else NUM_LARGE_IMAGES
    story = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Test image no.", 0, len(images) - 1, first_subject(run), key="sample", bind="query-params", width=150,
            help="Its position in the test set, starting at 0.",
        )  # fmt: skip
        over_many = st.toggle(
            f"Over the first {num_images} test images",
            key="many",
            bind="query-params",
            help="Otherwise over this one alone.",
        )
        with st.popover("Methods", icon=":material/layers:"):
            methods = st.multiselect(
                "Methods",
                METHODS,
                [*DEFAULT_METHODS, "Integrated gradients", "Guided backprop"],
                key="trusted",
                bind="query-params",
            )
            fill = st.selectbox(
                "Replace pixels with", FILLS, key="fill", bind="query-params", width=150,
                help="What replaces a deleted pixel. It matters: grey on a black background is itself a shape.",
            )  # fmt: skip
        options = choose_options(feature_layers(run))
    scope = Scope(number, num_images if over_many else None)
    rows = list(scope.rows)
    found = measured(run, images[rows], test.predicted[rows], scope.rows, methods, options, fill)
    said = _story(test, number)
    if found is None:
        story.markdown(
            f"{said} Measure how far the maps of this answer can be trusted: if the pixels that a map ranks first are deleted, "
            "does the probability fall fast, and does the map change when the network forgets what it learned?"
        )
        return
    for method, trial in found.items():
        if isinstance(trial, Refused):
            st.info(f"{method}: {plain(trial.sentence)}", icon=":material/block:")
    trials = {method: trial for method, trial in found.items() if isinstance(trial, Trial)}
    if not trials:
        return
    story.markdown(f"{said} {_result(trials, scope)}")
    show_curves(trials, scope, fill)
    st.subheader("Parameter randomisation test", anchor=False)
    show_forgetting(trials, scope, images[number])


def _story(test: Predictions, number: int) -> str:
    names, predicted = test.class_names, test.predicted[number]
    said = f"Test image {number}: the network predicts **{plain(names[predicted])}** with **{percent(test.probs[number].max(), 1)}**"
    return (
        f"{said}, which is correct."
        if test.correct[number]
        else f"{said}, but it is **{plain(names[test.labels[number]])}**."
    )


def _result(trials: dict[str, Trial], scope: Scope) -> str:
    """Which method ranks pixels best, against a random ranking, and what to try.

    Args:
        trials: label of a method -> what was measured of it; at least one.
        scope: the images that were measured.
    """
    areas = {method: float(trial.deletion.auc[scope.counted].mean()) for method, trial in trials.items()}
    best = min(areas, key=areas.__getitem__)
    random = next(iter(trials.values())).deletion.random_auc[scope.counted].mean()
    what = (
        "the probability" if scope.num_images is None else f"the mean probability over {scope.num_images} test images"
    )
    return (
        f"When pixels are deleted, {what} falls fastest in the order of **{best}** (area {areas[best]:.3f}, in random order "
        f"{random:.3f}). Re-initialise layers below: which maps stay the same, and so do not depend on what was learned?"
    )
