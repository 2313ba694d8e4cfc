"""View "One picture": its maps by any of the methods, for any class."""

from collections.abc import Iterable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import ui
from core.training.runs import Run
from core.views import drawing, pictures
from ui.explain.maps import explanation, feature_layers, is_computed_on_request, is_kept, map_figure
from ui.explain.methods import DEFAULT_METHODS, METHODS
from ui.explain.options import Options, choose_options
from ui.explain.save import show_downloads
from ui.explain.spread import show_spread
from ui.explain.subject import Subject, choose_subject
from ui.explain.targets import Target, choose_targets
from ui.network import warm
from ui.overlays import Figure, choose_look, show_figures


def show(run: Run) -> None:
    warm(run)
    way_in, maps = st.columns([1, 2.6], gap="medium")
    with way_in:
        subject = choose_subject(run)
        if subject is None:
            return
        _show_answer(subject)
    with maps:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            targets = choose_targets(subject)
            options = choose_options(feature_layers(run))
        methods = st.multiselect(
            "Methods", METHODS, DEFAULT_METHODS, key="methods", bind="query-params",
            help="  \n".join(f"**{name}**: {method.explanation}" for name, method in METHODS.items()),
        )  # fmt: skip
        if _computed(run, subject, targets, methods, options):
            _show_maps(run, subject, targets, methods, options)


def two_maps(
    run: Run, picture: str, image: NDArray[np.uint8], classes: Iterable[int], names: tuple[str, ...]
) -> list[Figure]:
    """Grad-CAM and SmoothGrad of a picture for some classes, with default settings."""
    targets = [Target("class", (index,), f"for {names[index]}") for index in classes]
    return [_figure(run, picture, image, target, method, Options()) for target in targets for method in DEFAULT_METHODS]


def _show_answer(subject: Subject) -> None:
    """The picture, what the network says of it, and whether that is right."""
    top = subject.answers.class_names[subject.answers.predicted[0]]
    said = f"Says **{top}** with {ui.percent(subject.answers.probs[0].max(), 1)}"
    truth = "" if subject.label is None else f", is **{subject.answers.class_names[subject.label]}**"
    right = subject.label in (None, subject.answers.predicted[0])
    seen, words = st.columns([1, 1.4], vertical_alignment="center")
    seen.image(
        pictures.enlarged(subject.image, max(1, 84 // subject.image.shape[0])).squeeze(), alt="the picture", width=84
    )
    words.markdown(f":{'blue' if right else 'orange'}[{said}{truth}]")
    chart = drawing.probability_bars(subject.answers.probs[0], subject.answers.class_names, right)
    st.vega_lite_chart(spec=chart, alt="Probability of each class")


def _computed(run: Run, subject: Subject, targets: list[Target], methods: list[str], options: Options) -> bool:
    """Whether all maps are there. Slow ones of a large picture are computed on request, with progress and Cancel."""
    missing = [
        (target, method)
        for target in targets
        for method in methods
        if is_computed_on_request(subject.image, method) and not is_kept(run, subject.name, target, method, options)
    ]
    if not missing:
        return True
    names = ", ".join(dict.fromkeys(method for _, method in missing))
    if not st.button(
        f"Compute {names}", type="primary", icon=":material/play_arrow:", help="Seconds to minutes at this size."
    ):
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", icon=":material/close:")
        bar = st.progress(0.0)
    for target, method in missing:

        def told(done: float, method: str = method) -> None:
            bar.progress(min(done, 1.0), f"{method}: {done:.0%}")

        explanation(run, subject.name, subject.image, target, method, options, told)
    st.rerun()


@st.fragment
def _show_maps(run: Run, subject: Subject, targets: list[Target], methods: list[str], options: Options) -> None:
    """The maps, to be looked at and saved. A fragment, for the reason that `ui.explain.maps.show_with_look` gives."""
    look = choose_look()
    rows = [
        [_figure(run, subject.name, subject.image, target, method, options) for method in methods] for target in targets
    ]
    show_figures(rows, look, key="maps_of_one", side=190)
    st.caption(
        "Hold the key **h** to hide the maps. Each badge says how far its map adds up, fits or is noisy; hover the methods' ? for what each is."
    )
    if methods:
        figures = [(target, figure) for target, row in zip(targets, rows, strict=True) for figure in row]
        show_downloads(run, subject, figures, options, look)
        show_spread(run, subject, targets[0], methods, options, look)


def _figure(run: Run, picture: str, image: NDArray[np.uint8], target: Target, method: str, options: Options) -> Figure:
    found = explanation(run, picture, image, target, method, options)
    return map_figure(image, method, target.name, found, 0)
