"""Many samples at once, a row each: the refused or the wrong ones of a run."""

import numpy as np
import streamlit as st

import ui
from core.metrics.explanation import Contrast
from core.metrics.samples import SampleFilter, chosen_samples
from core.metrics.selective import accuracy_coverage_curve
from core.training.runs import Run
from ui import network
from ui.explain.maps import Refused, is_waited_for, kept
from ui.explain.methods import METHODS, choose_options
from ui.explain.one import DEFAULT, layers
from ui.overlays import Figure, choose_look, show_figures
from ui.scores import SCORES
from ui.threshold import threshold_slider

PAGE_SIZE = 6
WHICH = ("wrong", "refused", "wrong and accepted", "all")
WHAT = ("predicted class", "true class", "why predicted and not true")


def show(run: Run) -> None:
    network.warm(run)
    test, images = ui.predictions(run, "test"), ui.images(run, "test")
    if images is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = ui.choice("Show", WHICH, key="which", help="Of the test images.")
        what = st.selectbox("Explain", WHAT, key="what", bind="query-params", width=230)
        name = ui.choice("Score", SCORES, key="score", help="What refuses, and what the rows are ordered by.")
        look, options = choose_look(), choose_options(layers(run))
    uncertainty = SCORES[name].of(test)
    validation = ui.predictions(run, "validation")
    threshold = threshold_slider(
        accuracy_coverage_curve(SCORES[name].of(validation), validation.correct), f"{run.name} {name}"
    )
    methods = st.multiselect("Methods", METHODS, DEFAULT, key="methods", bind="query-params")
    chosen = chosen_samples(test, uncertainty, SampleFilter(
        above=threshold if which == "refused" else None,
        up_to=threshold if which == "wrong and accepted" else None,
        correct=False if "wrong" in which else None,
        order="most certain first" if "wrong" in which else "least certain first",
    ))  # fmt: skip
    if not len(chosen):
        st.info("No image is among them. Move the threshold or show all.", icon=":material/search_off:")
        return
    num_pages = -(-len(chosen) // PAGE_SIZE)
    number = st.pagination(num_pages, key="row_page", bind="query-params") if num_pages > 1 else 1
    rows = chosen[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    predicted, labels = test.predicted[rows], test.labels[rows]
    target = {WHAT[0]: predicted, WHAT[1]: labels}.get(what)
    if target is None:
        target = Contrast(predicted, labels)
    st.caption(f"{len(chosen):,} images. Hold the key **h** to hide the maps.")
    figures = [
        [Figure(images[row], f"{test.class_names[test.predicted[row]]}, is {test.class_names[test.labels[row]]}",
                f"test {row} · {ui.percent(test.probs[row].max(), 1)} · {uncertainty[row]:.3f}")]
        for row in rows
    ]  # fmt: skip
    for method in methods:
        if is_waited_for(images[rows[0]], method) and not st.toggle(
            f"{method}: takes a while at this size", key=f"slow_{method}"
        ):
            continue
        key = ("many", run.name, run.done()["finished_at"], tuple(rows.tolist()), what, method, options)
        found = kept().get(key)
        if found is None:
            with st.spinner(f"{method}…"):
                try:
                    found = METHODS[method].explain(network.network(run), images[rows], target, options)
                except ValueError as error:
                    found = Refused(str(error))
            kept().keep(key, found)
        for place, line in enumerate(figures):
            if isinstance(found, Refused):
                line.append(Figure(images[rows[place]], method, "", None, found.sentence, warns=True))
            else:
                line.append(
                    Figure(
                        images[rows[place]],
                        method,
                        what,
                        np.asarray(found.maps[place]),
                        *METHODS[method].badge(found.proof, place),
                    )
                )
    show_figures(figures, look, key="maps_of_many", side=170)
