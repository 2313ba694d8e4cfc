"""View "Many at once": the refused or the wrong test images, one row of maps for each."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import ui
from core.metrics.explanation import Contrast, Explanation
from core.metrics.samples import SampleFilter, chosen_samples
from core.metrics.selective import accuracy_coverage_curve
from core.training.runs import Run
from ui.explain.maps import feature_layers, is_computed_on_request, map_figure, show_with_look
from ui.explain.methods import DEFAULT_METHODS, METHODS
from ui.explain.options import choose_options
from ui.explain.store import kept_or_asked
from ui.network import network, warm
from ui.overlays import Figure
from ui.scores import SCORES
from ui.threshold import threshold_slider

ROWS_PER_PAGE = 6
WHICH = ("wrong", "refused", "wrong and accepted", "all")
WHAT = ("predicted class", "true class", "why predicted and not true")


def show(run: Run) -> None:
    warm(run)
    test, images = ui.predictions(run, "test"), ui.images(run, "test")
    if images is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = ui.choice("Show", WHICH, key="which", help="Of the test images.")
        what = st.selectbox("Explain", WHAT, key="what", bind="query-params", width=230)
        name = ui.choice("Score", SCORES, key="score", help="What refuses, and what the rows are ordered by.")
        options = choose_options(feature_layers(run))
    uncertainty = SCORES[name].of(test)
    validation = ui.predictions(run, "validation")
    threshold = threshold_slider(
        accuracy_coverage_curve(SCORES[name].of(validation), validation.correct), f"{run.name} {name}"
    )
    methods = st.multiselect("Methods", METHODS, DEFAULT_METHODS, key="methods", bind="query-params")
    chosen = chosen_samples(test, uncertainty, SampleFilter(
        above=threshold if which == "refused" else None,
        up_to=threshold if which == "wrong and accepted" else None,
        correct=False if "wrong" in which else None,
        order="most certain first" if "wrong" in which else "least certain first",
    ))  # fmt: skip
    if not len(chosen):
        st.info("No image is among them. Move the threshold or show all.", icon=":material/search_off:")
        return
    num_pages = -(-len(chosen) // ROWS_PER_PAGE)
    number = st.pagination(num_pages, key="row_page", bind="query-params") if num_pages > 1 else 1
    rows = chosen[(number - 1) * ROWS_PER_PAGE : number * ROWS_PER_PAGE]
    target = _target(what, test.predicted[rows], test.labels[rows])
    st.caption(f"{len(chosen):,} images. Hold the key **h** to hide the maps.")
    figures = [
        [Figure(images[row], f"{test.class_names[test.predicted[row]]}, is {test.class_names[test.labels[row]]}",
                f"test {row} · {ui.percent(test.probs[row].max(), 1)} · {uncertainty[row]:.3f}")]
        for row in rows
    ]  # fmt: skip
    for method in methods:
        if is_computed_on_request(images[rows[0]], method) and not st.toggle(
            f"{method}: takes a while at this size", key=f"slow_{method}"
        ):
            continue

        def ask(method: str = method) -> Explanation:
            with st.spinner(f"{method}…"):
                return METHODS[method].explain(network(run), images[rows], target, options)

        key = ("many", run.name, run.done()["finished_at"], tuple(rows.tolist()), what, method, options)
        found = kept_or_asked(key, ask)
        for place, line in enumerate(figures):
            line.append(map_figure(images[rows[place]], method, what, found, place))
    show_with_look(figures, key="maps_of_many", side=170)


def _target(
    what: str, predicted: NDArray[np.integer[Any]], labels: NDArray[np.integer[Any]]
) -> NDArray[np.integer[Any]] | Contrast:
    """What is explained of each row; `what` is one of WHAT."""
    if what == WHAT[0]:
        return predicted
    return labels if what == WHAT[1] else Contrast(predicted, labels)
