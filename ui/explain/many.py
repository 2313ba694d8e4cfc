"""View "Many at once": the refused or the wrong test images, one row of maps for each."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.decision import Decision
from core.metrics.explanation import Contrast, Explanation
from core.metrics.predictions import Predictions
from core.metrics.samples import SampleFilter, chosen_samples
from core.training.runs import Run
from ui import loaded
from ui.components import old_links
from ui.components.controls import choice, percent
from ui.components.overlays import Figure
from ui.components.saliency.maps import feature_layers, is_computed_on_request, map_figure, show_with_look
from ui.components.saliency.methods import DEFAULT_METHODS, METHODS
from ui.components.saliency.options import choose_options
from ui.components.saliency.store import kept_or_asked
from ui.decision import Threshold, by_slider, choose_score, decide
from ui.serving import network, warm

ROWS_PER_PAGE = 6
ANSWERED = "wrong and answered"
WHICH = ("wrong", "refused", ANSWERED, "all")
RENAMED = {"wrong and accepted": ANSWERED}  # in old links
WHAT = ("predicted class", "true class", "why predicted and not true")


def show(run: Run) -> None:
    warm(run)
    test, images = loaded.predictions(run, "test"), loaded.images(run, "test")
    if images is None:
        return
    story = st.container()
    old_links.follow("which", RENAMED)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = choice("Show", WHICH, key="which", help="Of the test images.")
        what = st.selectbox("Explain", WHAT, key="what", bind="query-params", width=230)
        folded = st.popover("Threshold", icon=":material/tune:")
        with st.popover("Methods", icon=":material/layers:"):
            methods = st.multiselect("Methods", METHODS, DEFAULT_METHODS, key="methods", bind="query-params")
        options = choose_options(feature_layers(run))
    with folded:
        score = choose_score(run, help="The score of the threshold. The rows are ordered by it.")

    def by_folded_slider(asked: Threshold) -> float:
        with folded:
            return by_slider(asked)

    decision = decide(run, score, by_folded_slider)
    if decision is None:
        return
    chosen = chosen_samples(test, decision.test, SampleFilter(
        above=decision.threshold if which == "refused" else None,
        up_to=decision.threshold if which == ANSWERED else None,
        correct=False if "wrong" in which else None,
        order="most certain first" if "wrong" in which else "least certain first",
    ))  # fmt: skip
    story.markdown(_story(test, decision, which, len(chosen)))
    if not len(chosen):
        st.info("No image fits. Move the threshold or show all.", icon=":material/search_off:")
        return
    num_pages = -(-len(chosen) // ROWS_PER_PAGE)
    with st.container(horizontal=True, vertical_alignment="center"):
        number = st.pagination(num_pages, key="row_page", bind="query-params") if num_pages > 1 else 1
        st.caption("Hold the key **h** to hide the maps.")
    rows = chosen[(number - 1) * ROWS_PER_PAGE : number * ROWS_PER_PAGE]
    target = _target(what, test.predicted[rows], test.labels[rows])
    figures = [
        [Figure(images[row], f"predicted {test.class_names[test.predicted[row]]}, true {test.class_names[test.labels[row]]}",
                f"test {row} · {percent(test.probs[row].max(), 1)} · {decision.test[row]:.3f}")]
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


def _story(test: Predictions, decision: Decision, which: str, num_shown: int) -> str:
    """What the threshold does with the errors, what is shown, and what to look for."""
    wrong = ~test.correct
    shown = f"{num_shown:,} images" if which == "all" else f"the {num_shown:,} images that are {which}"
    return (
        f"The network is wrong on **{wrong.sum():,}** of {test.num_samples:,} test images; at this threshold it answers "
        f"**{(wrong & decision.accepted).sum():,}** of these and refuses {(wrong & decision.refused).sum():,}. Below are maps of "
        f"{shown}. Compare the maps for the predicted and for the true class: what misled the network?"
    )


def _target(
    what: str, predicted: NDArray[np.integer[Any]], labels: NDArray[np.integer[Any]]
) -> NDArray[np.integer[Any]] | Contrast:
    """What is explained of each row; `what` is one of WHAT."""
    if what == WHAT[0]:
        return predicted
    return labels if what == WHAT[1] else Contrast(predicted, labels)
