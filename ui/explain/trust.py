"""Can a map be trusted? Delete what it calls important, and break the network that it explains."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import ui
from core.metrics.explanation import Cascade, PixelCurve
from core.serving import Function, Network
from core.training.runs import Run
from core.views import trust as trust_charts
from ui import network
from ui.explain.maps import SMALL, Refused, kept
from ui.explain.methods import METHODS, Options, choose_options
from ui.explain.one import DEFAULT, layers
from ui.explain.subject import first_subject
from ui.overlays import Figure, Look, choose_look, show_figures

MANY, FEW_LARGE = 100, 4
FILLS = {"black": 0, "mid-grey": None}  # None: halfway between the image's smallest and largest value
KINDS = {
    "signed": "The maps as they are.",
    "ink": "Only pixels that are not black count.",
    "absolute": "The sizes alone: on a black background they agree for any network whose map is multiplied by the image.",
}


class Trial(NamedTuple):
    """What was measured of one method: deletion, insertion, and the network that forgets."""

    deletion: PixelCurve
    insertion: PixelCurve
    cascade: Cascade


def show(run: Run) -> None:
    network.warm(run)
    test, images = ui.predictions(run, "test"), ui.images(run, "test")
    if images is None:
        return
    many = MANY if images.shape[1] <= SMALL else FEW_LARGE
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Number", 0, len(images) - 1, first_subject(run), key="sample", bind="query-params", width=150,
            help="The test image that is shown, from 0 on.",
        )  # fmt: skip
        everything = st.toggle(
            f"Over the first {many} test images", key="many", bind="query-params", help="Else over this one alone."
        )
        fill = st.selectbox(
            "Pixels become", FILLS, key="fill", bind="query-params", width=150,
            help="What replaces a deleted pixel. It matters: grey on a black background is itself a shape.",
        )  # fmt: skip
        look, options = choose_look(), choose_options(layers(run))
    methods = st.multiselect(
        "Methods", METHODS, [*DEFAULT, "Integrated gradients", "Guided backprop"], key="trusted", bind="query-params"
    )
    # The image that is shown comes first; over many it does not count among them.
    rows = np.append(number, np.arange(many)) if everything else np.array([number])
    counted = slice(1 if everything else 0, None)
    trials = _trials(run, images[rows], test.predicted[rows], tuple(rows.tolist()), methods, options, fill)
    if trials is None:
        return
    for method, trial in trials.items():
        if isinstance(trial, Refused):
            st.info(f"{method}: {trial.sentence}", icon=":material/block:")
    trials = {method: trial for method, trial in trials.items() if isinstance(trial, Trial)}
    if not trials:
        return
    of = f"mean over {many} test images" if everything else f"test image {number} alone"
    st.subheader("Do the pixels that it ranks first matter?", anchor=False)
    _show_curves(trials, counted, of)
    st.subheader("Break the network", anchor=False)
    _show_broken(trials, counted, of, images[number], look)


def _trials(
    run: Run, images: NDArray[np.uint8], predicted: NDArray[np.integer], rows: tuple, methods: list[str], options: Options,
    fill: str,
) -> dict[str, Trial | Refused] | None:  # fmt: skip
    """What was measured of each method; None, with an offer to measure, while any is missing."""
    keys = {method: (run.name, run.done()["finished_at"], rows, method, options, fill) for method in methods}
    found = {method: kept().get(key) for method, key in keys.items()}
    missing = [method for method, trial in found.items() if trial is None]
    if not missing:
        return found
    if not st.button(f"Measure {', '.join(missing)}", type="primary", icon=":material/science:"):
        st.info(
            "Pixels are deleted and inserted in the order of each map, and the network forgets layer by layer.",
            icon=":material/science:",
        )
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", icon=":material/close:")
        bar = st.progress(0.0)
    for place, method in enumerate(missing):

        def told(done: float, place: int = place, method: str = method) -> None:
            bar.progress(min((place + done) / len(missing), 1.0), method)

        kept().keep(
            keys[method],
            _trial(
                network.network(run),
                images,
                predicted,
                METHODS[method].function(options),
                options.seed,
                FILLS[fill],
                told,
            ),
        )
    st.rerun()


def _trial(
    asked: Network, images: NDArray[np.uint8], predicted: NDArray[np.integer], method: Function, seed: int,
    fill: int | None, told: Callable[[float], None],
) -> Trial | Refused:  # fmt: skip
    try:
        forgetting = asked.cascade(images, predicted, method, seed, progress=lambda done: told(done / 2))
        maps = forgetting.maps[0]
        deletion = asked.deletion_curve(images, predicted, maps, value=fill, progress=lambda done: told(0.5 + done / 4))
        insertion = asked.insertion_curve(
            images, predicted, maps, value=fill, progress=lambda done: told(0.75 + done / 4)
        )
    except ValueError as error:
        return Refused(str(error))
    return Trial(deletion, insertion, forgetting)


def _show_curves(trials: dict[str, Trial], counted: slice, of: str) -> None:
    table: dict[str, list[str]] = {"Method": [*trials, trust_charts.RANDOM]}
    for column, inserts in zip(st.columns(2), (False, True), strict=True):
        curves = {method: trial.insertion if inserts else trial.deletion for method, trial in trials.items()}
        lines = {method: curve.probs[counted].mean(axis=0) for method, curve in curves.items()}
        first = next(iter(curves.values()))
        lines[trust_charts.RANDOM] = first.random_probs[counted].mean(axis=0)
        chart = trust_charts.pixel_curves(first.fraction, lines, inserts=inserts)
        column.vega_lite_chart(spec=chart, alt="Insertion" if inserts else "Deletion")
        areas = [*(curve.auc[counted] for curve in curves.values()), first.random_auc[counted]]
        table["Insertion AUC" if inserts else "Deletion AUC"] = [
            f"{area.mean():.3f}" + (f" ± {area.std(ddof=1):.3f}" if len(area) > 1 else "") for area in areas
        ]
    spread = "Mean ± standard deviation over the images"
    st.dataframe(
        table, hide_index=True,
        column_config={
            "Deletion AUC": st.column_config.TextColumn(help=f"{spread}; smaller is better, and must beat the random one."),
            "Insertion AUC": st.column_config.TextColumn(help=f"{spread}; larger is better, and must beat the random one."),
        },
    )  # fmt: skip
    st.caption(
        f"Probability of the predicted class, {of}. What replaces pixels is mid-grey between the image's extremes."
    )


def _show_broken(trials: dict[str, Trial], counted: slice, of: str, image: NDArray[np.uint8], look: Look) -> None:
    names = next(iter(trials.values())).cascade.layers
    steps = ("none", *names)
    level = st.select_slider(
        "Layers that forgot, from the logits down", range(len(steps)), format_func=steps.__getitem__, key="broken",
        help="Their weights are drawn anew.",
    )  # fmt: skip
    left, right = st.columns(2)
    with left:
        meanings = "  \n".join(f"**{name}**: {text}" for name, text in KINDS.items())
        kind = st.segmented_control(
            "Compare", tuple(KINDS), default="signed", required=True, key="compare", bind="query-params", help=meanings
        )
        alike = {method: _mean(getattr(trial.cascade, kind)[:, counted]) for method, trial in trials.items()}
        chart = trust_charts.broken_network(alike, names)
        st.vega_lite_chart(spec=chart, alt="Rank correlation with the trained network's map")
        st.caption(
            "Guided backprop hardly notices a broken network: it draws edges, not reasons. On a black background absolute "
            f"maps mislead: compare signed ones, or ink only. Here: {of}; a map that is constant has no correlation."
        )
    with right:
        rows = []
        for method, trial in trials.items():
            maps, own = trial.cascade.maps[:, 0], getattr(trial.cascade, kind)[level, 0]
            badge = "constant" if np.isnan(own) else f"rank correlation {own:.2f}"
            rows.append([
                Figure(image, method, "trained", maps[0]), Figure(image, method, f"forgot: {steps[level]}", maps[level], badge)
            ])  # fmt: skip
        show_figures(rows, look, key="broken_maps", side=150)


def _mean(correlations: NDArray[np.floating]) -> NDArray[np.floating]:
    """(num_levels,): the mean over the samples that have a correlation, NaN where none has."""
    known = ~np.isnan(correlations)
    total = np.where(known, correlations, 0).sum(axis=1)
    return np.divide(total, known.sum(axis=1), out=np.full(len(total), np.nan), where=known.any(axis=1))
