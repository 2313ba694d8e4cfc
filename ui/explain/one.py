"""View "One picture": its maps by any of the methods, for any class."""

import streamlit as st

from core.training.runs import Run
from core.views import drawing, pictures
from core.views.palette import coloured
from ui import loaded
from ui.components.controls import percent
from ui.components.overlays import choose_look, show_figures
from ui.components.plain_text import plain
from ui.components.saliency.maps import explanation, feature_layers, is_computed_on_request, is_kept, picture_figure
from ui.components.saliency.methods import DEFAULT_METHODS, METHODS
from ui.components.saliency.notes import notes
from ui.components.saliency.options import Options, choose_options
from ui.components.saliency.targets import Target
from ui.explain.save import show_downloads
from ui.explain.spread import show_spread
from ui.explain.subject import Subject, choose_subject
from ui.explain.targets import choose_targets
from ui.serving import warm

MOST_IN_A_ROW = 4  # maps


def show(run: Run) -> None:
    warm(run)
    story = st.container()
    way_in, maps = st.columns([1, 2.6], gap="medium")
    with way_in:
        picture, answer, below = st.container(), st.container(), st.container()
        with picture:
            subject = choose_subject(run, below)
        if subject is None:
            return
        with answer:
            _show_answer(subject)
    story.markdown(_story(run, subject))
    with maps:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            targets = choose_targets(subject)
            with st.popover("Methods", icon=":material/layers:"):
                methods = st.multiselect(
                    "Methods", METHODS, DEFAULT_METHODS, key="methods", bind="query-params",
                    help="  \n".join(f"**{name}**: {method.explanation}" for name, method in METHODS.items()),
                )  # fmt: skip
            options = choose_options(feature_layers(run))
        if _computed(run, subject, targets, methods, options):
            _show_maps(run, subject, targets, methods, options)


def _story(run: Run, subject: Subject) -> str:
    """What is seen now, with its numbers, and what to try."""
    names, predicted = subject.answers.class_names, int(subject.answers.predicted[0])
    said = f"The network predicts **{plain(names[predicted])}** with **{percent(subject.answers.probs[0].max(), 1)}**"
    if subject.label is None:
        return f"{said}. Orange pixels are evidence for a class, blue ones against it. Do the methods agree?"
    if predicted == subject.label:
        return f"{said}, which is correct. Look at which pixels are evidence for it. Do the methods agree?"
    test = loaded.predictions(run, "test")
    errors = f"one of its {int((~test.correct).sum()):,} errors on {test.num_samples:,} test images"
    return (
        f"{said}, but the image shows a **{plain(names[subject.label])}**: {errors}. "
        "Compare the evidence for both classes: which pixels misled it?"
    )


def _show_answer(subject: Subject) -> None:
    """The picture, what the network says of it, and whether that is right."""
    top = plain(subject.answers.class_names[subject.answers.predicted[0]])
    said = f"Predicted **{top}** ({percent(subject.answers.probs[0].max(), 1)})"
    truth = "" if subject.label is None else f", true **{plain(subject.answers.class_names[subject.label])}**"
    role = "right" if subject.label in (None, subject.answers.predicted[0]) else "wrong"
    seen, words = st.columns([1, 1.4], vertical_alignment="center")
    seen.image(
        pictures.enlarged(subject.image, max(1, 84 // subject.image.shape[0])).squeeze(), alt="the picture", width=84
    )
    words.markdown(coloured(f"{said}{truth}", role))
    chart = drawing.probability_bars(subject.answers.probs[0], subject.answers.class_names, role)
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
    """The maps, to be looked at and saved. A fragment, for the reason that `ui.components.saliency.maps.show_with_look` gives."""
    look = choose_look()
    rows = [
        [picture_figure(run, subject.name, subject.image, target, method, options) for method in methods]
        for target in targets
    ]
    # Few maps in one row: a projector shows all of them.
    few = len(targets) * len(methods) <= MOST_IN_A_ROW
    by_method = [figure for column in zip(*rows, strict=True) for figure in column]
    show_figures([by_method] if few else rows, look, key="maps_of_one", side=140 if few else 190)
    if sentences := notes(run, subject.name, subject.image, targets, methods, options):
        st.info("\n\n".join(sentences), icon=":material/info:")
    st.caption(
        "Hold the key **h** to hide the maps; hover the ? of Methods for what each is. A badge says how far a map adds up (gradient "
        "x input, integrated gradients, DeepLIFT, LRP), fits (LIME) or is noisy (SmoothGrad). The other methods cannot tell."
    )
    if methods:
        figures = [(target, figure) for target, row in zip(targets, rows, strict=True) for figure in row]
        show_downloads(run, subject, figures, options, look)
        show_spread(run, subject, targets[0], methods, options, look)
