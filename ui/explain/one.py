"""One picture, explained by any of the methods, for any class, with proof beside each map."""

import io
from collections.abc import Iterable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import ui
from core.training.runs import Run
from core.views import cards, drawing, overlays, pictures
from ui import network
from ui.explain.maps import Refused, Target, explanation, is_waited_for, kept, key_of
from ui.explain.methods import METHODS, Options, choose_options
from ui.explain.subject import Subject, choose_subject
from ui.overlays import Figure, Look, choose_look, show_figures

ASKED = ("Predicted and true class", "One class", "Why this and not that", "Doubt: entropy", "Doubt: top-two margin")
DEFAULT = ["Grad-CAM", "SmoothGrad"]
NUM_PASSES = 30


def show(run: Run) -> None:
    network.warm(run)
    way_in, maps = st.columns([1, 2.6], gap="medium")
    with way_in:
        subject = choose_subject(run)
        if subject is None:
            return
        top = subject.answers.class_names[subject.answers.predicted[0]]
        said = f"Says **{top}** with {ui.percent(subject.answers.probs[0].max(), 1)}"
        truth = "" if subject.label is None else f", is **{subject.answers.class_names[subject.label]}**"
        right = subject.label in (None, subject.answers.predicted[0])
        seen, words = st.columns([1, 1.4], vertical_alignment="center")
        seen.image(
            pictures.enlarged(subject.image, max(1, 84 // subject.image.shape[0])).squeeze(),
            alt="the picture",
            width=84,
        )
        words.markdown(f":{'blue' if right else 'orange'}[{said}{truth}]")
        chart = drawing.probability_bars(subject.answers.probs[0], subject.answers.class_names, right)
        st.vega_lite_chart(spec=chart, alt="Probability of each class")
    with maps:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            asked = st.selectbox(
                "Explain", ASKED, key="asked", bind="query-params", width=240, help="Logits, not probabilities."
            )
            targets = _targets(asked, subject)
            look = choose_look()
            options = choose_options(layers(run))
        methods = st.multiselect(
            "Methods", METHODS, DEFAULT, key="methods", bind="query-params",
            help="  \n".join(f"**{name}**: {method.explanation}" for name, method in METHODS.items()),
        )  # fmt: skip
        if not computed(run, subject, targets, methods, options):
            return
        rows = [
            [figure(run, subject.name, subject.image, target, method, options) for method in methods]
            for target in targets
        ]
        show_figures(rows, look, key="maps_of_one", side=190)
        st.caption(
            "Hold the key **h** to hide the maps. Each badge says how far its map adds up, fits or is noisy; hover the methods' ? for what each is."
        )
        if methods:
            _save(run, subject, targets, methods, options, look)
            _spread(run, subject, targets[0], methods, options, look)


def two_maps(
    run: Run, picture: str, image: NDArray[np.uint8], classes: Iterable[int], names: tuple[str, ...]
) -> list[Figure]:
    """Grad-CAM and SmoothGrad of a picture for some classes, in the methods' own settings."""
    targets = [Target("class", (index,), f"for {names[index]}") for index in classes]
    return [figure(run, picture, image, target, method, Options()) for target in targets for method in DEFAULT]


def layers(run: Run) -> tuple[str, ...]:
    """What Grad-CAM can explain of a run's network."""
    return network.about(run).feature_layers


def _targets(asked: str, subject: Subject) -> list[Target]:
    names = subject.answers.class_names
    predicted = int(subject.answers.predicted[0])

    def of_class(index: int) -> Target:
        role = "predicted" if index == predicted else "true" if index == subject.label else "asked for"
        return Target("class", (index,), f"for {names[index]} ({role})")

    if asked == ASKED[0]:
        return [of_class(index) for index in dict.fromkeys((predicted, subject.label)) if index is not None]
    if asked == ASKED[1]:
        return [of_class(_class("Class", names, predicted, "class"))]
    if asked == ASKED[2]:
        second = int(np.argsort(-subject.answers.logits[0], kind="stable")[1])
        this = _class("Why", names, predicted, "why")
        that = _class("and not", names, subject.label if subject.label not in (None, predicted) else second, "not")
        return [Target("contrast", (this, that), f"why {names[this]} and not {names[that]}")]
    if asked == ASKED[3]:
        return [Target("entropy", (), "what makes it unsure: the entropy")]
    return [Target("margin", (), "what separates the top two logits")]


def _class(label: str, names: tuple[str, ...], default: int, key: str) -> int:
    return st.selectbox(
        label, range(len(names)), default, format_func=names.__getitem__, key=f"{key}_{default}", width=130
    )


def computed(run: Run, subject: Subject, targets: list[Target], methods: list[str], options: Options) -> bool:
    """Whether all maps are there; large pictures' slow ones are computed on request, with progress, and can be cancelled."""
    waited = [
        (target, method)
        for target in targets
        for method in methods
        if is_waited_for(subject.image, method)
        and kept().get(key_of(run, subject.name, target, method, options)) is None
    ]
    if not waited:
        return True
    names = ", ".join(dict.fromkeys(method for _, method in waited))
    if not st.button(
        f"Compute {names}", type="primary", icon=":material/play_arrow:", help="Seconds to minutes at this size."
    ):
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", icon=":material/close:")
        bar = st.progress(0.0)
    for target, method in waited:

        def told(done: float, method: str = method) -> None:
            bar.progress(min(done, 1.0), f"{method}: {done:.0%}")

        explanation(run, subject.name, subject.image, target, method, options, told)
    st.rerun()


def figure(run: Run, picture: str, image: NDArray[np.uint8], target: Target, method: str, options: Options) -> Figure:
    """The map of one method with its badge, or the reason why there is none; arguments as for `explanation`."""
    found = explanation(run, picture, image, target, method, options)
    if isinstance(found, Refused):
        return Figure(image, method, target.name, None, found.sentence, warns=True)
    return Figure(image, method, target.name, found.maps[0], *METHODS[method].badge(found.proof, 0))


def _save(run: Run, subject: Subject, targets: list[Target], methods: list[str], options: Options, look: Look) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pairs = [(target, method) for target in targets for method in methods]
        place = st.selectbox(
            "Save", range(len(pairs)), format_func=lambda place: f"{pairs[place][1]} {pairs[place][0].name}", width=300
        )
        target, method = pairs[place]
        shown = figure(run, subject.name, subject.image, target, method, options)
        if shown.saliency_map is None:
            return
        name = f"{run.name}-{subject.name[:12]}-{method}-{'-'.join(map(str, (target.kind, *target.classes)))}".replace(
            " ", "_"
        )
        colours = overlays.coloured(overlays.shown(shown.saliency_map, look.sign, look.percentile), look.scale)

        def card() -> bytes:
            settings = ", ".join(f"{field} {value}" for field, value in options._asdict().items() if value is not None)
            lines = (
                run.title,
                subject.name[:40],
                shown.badge,
                settings,
                f"opacity {look.opacity}, {look.sign}, clipped at {look.percentile} %",
            )
            return cards.saliency_card(
                subject.image, overlays.overlay(subject.image, colours, look.opacity), f"{method} {target.name}", lines
            )

        def raw() -> bytes:
            buffer = io.BytesIO()
            np.save(buffer, shown.saliency_map, allow_pickle=False)
            return buffer.getvalue()

        picture = overlays.enlarged_overlay(subject.image, colours, look.opacity)
        st.download_button("Overlay (PNG)", picture, f"{name}.png", "image/png", on_click="ignore")
        st.download_button(
            "Map (NPY)", raw, f"{name}.npy", on_click="ignore", help="The raw map, float32, signed where the method is."
        )
        st.download_button(
            "Card (PNG)",
            card,
            f"{name}-card.png",
            "image/png",
            on_click="ignore",
            help="Image, map, settings, run and badge.",
        )


def _spread(run: Run, subject: Subject, target: Target, methods: list[str], options: Options, look: Look) -> None:
    """Mean and standard deviation of a map over thinned networks."""
    if not st.toggle(
        "Spread over Monte Carlo dropout",
        key="spread",
        bind="query-params",
        help="Does the map depend on which units happen to be there?",
    ):
        return
    method = st.selectbox("Spread of", methods, key="spread_of", width=240)
    key = ("spread", *key_of(run, subject.name, target, method, options))
    found = kept().get(key)
    if found is None:
        with st.spinner(f"{NUM_PASSES} passes…"):
            try:
                found = kept().keep(key, network.network(run).spread(
                    subject.image[None], target.of_network(), METHODS[method].function(options), NUM_PASSES, options.seed
                ))  # fmt: skip
            except ValueError as error:
                found = kept().keep(key, Refused(str(error)))
    if isinstance(found, Refused):
        st.info(found.sentence, icon=":material/casino:")
        return
    ratio = float(found.std.mean() / max(float(np.abs(found.mean).mean()), 1e-12))
    rows = [[
        Figure(subject.image, f"{method}, mean of {NUM_PASSES} passes", target.name, found.mean[0], f"mean deviation {ratio:.2g} of the mean size", ratio > 1),
        Figure(subject.image, "Standard deviation of a pass", target.name, found.std[0]),
    ]]  # fmt: skip
    show_figures(rows, look, key="spread_maps")
