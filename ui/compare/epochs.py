"""Epochs: how the answers to the validation images change during training, epoch by epoch."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.training import epoch_logits
from core.training.runs import Damaged, Run
from core.views import pictures, through_training
from core.views.through_training import Line
from ui import shell
from ui.compare.choice import Compared
from ui.compare.named import images_of, named_runs, one_of
from ui.components.controls import percent
from ui.components.gallery import gallery
from ui.components.plain_text import plain
from ui.components.stops import play_stops
from ui.loaded.compared import predictions_at
from ui.loaded.epochs import ThroughTraining
from ui.loaded.epochs import through_training as loaded_through

OPTION = "Keep the logits of every epoch"  # on Train
NOBODY = "none"
NUM_CARDS = 6
SIDE = 112  # pixels of the image


def show(compared: Compared) -> None:
    runs = named_runs(compared)
    kept = {name: run for name, run in runs.items() if epoch_logits.is_kept(run)}
    if not kept:
        st.info(
            f"None of these runs has kept its epochs. Train one with the option “{OPTION}” on Train, then choose it here.",
            icon=":material/movie:",
        )
        shell.page_link("Train", "Train a classifier")
        return
    story = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = one_of("Run", list(kept), key="run_shown")
        others, second = [NOBODY, *(other for other in kept if other != name)], NOBODY
        if len(others) > 1:
            help = "Its curves by epoch are drawn beside those of the first."
            second = one_of("Second run", others, key="second_run", help=help)
    if len(kept) < len(runs):
        st.caption(
            f"{len(kept)} of {len(runs)} runs have kept their epochs; the option “{OPTION}” on Train decides that before training."
        )
    shown = [label for label in (name, second) if label in kept]
    found = {label: through for label in shown if (through := _read(kept[label], label)) is not None}
    if name in found:
        story.markdown(_story(found[name]))
        _show(kept[name], found)


def _read(run: Run, label: str) -> ThroughTraining | None:
    try:
        return loaded_through(run)
    except Damaged as error:
        st.error(
            f"The epochs of {plain(label)} cannot be read: {plain(str(error))} Choose another run.",
            icon=":material/error:",
        )
        return None


def _story(through: ThroughTraining) -> str:
    """What training changed, with the run's numbers, and what to try."""
    stops, measures = through.stops, through.measures
    accuracy, ece = measures.accuracy, measures.ece
    lowest = int(ece.argmin())
    said = (
        f"Validation accuracy goes from **{percent(accuracy[0], 1)}** after epoch {stops[0]} to "
        f"**{percent(accuracy[-1], 1)}** after epoch {stops[-1]}, and AURC (lower is better) from {measures.aurc[0]:.3f} to "
        f"**{measures.aurc[-1]:.3f}**. "
    )
    if lowest == len(stops) - 1:
        said += f"ECE is lowest at the end ({ece[-1]:.3f}). "
    else:
        said += f"ECE is lowest after epoch {stops[lowest]} ({ece[lowest]:.3f}) and **{ece[-1]:.3f}** at the end. "
    forgotten = int((through.forgettings > 0).sum())
    return (
        f"{said}{forgotten:,} of {len(through.forgettings):,} images were right after one epoch and wrong after the next. "
        "Press Play: does the curve rise everywhere, and do the bars stay on the dashed line?"
    )


def _show(run: Run, found: Mapping[str, ThroughTraining]) -> None:
    first = next(iter(found.values()))
    measures = first.measures
    said = [
        f"accuracy {percent(accuracy)} · AURC {aurc:.4f} · ECE {ece:.4f}"
        for accuracy, aurc, ece in zip(measures.accuracy, measures.aurc, measures.ece, strict=True)
    ]
    # In a container of its own, within which the slider stays in sight.
    with st.container():
        play_stops(through_training.EPOCH, "Epoch", first.stops, said)
        left, right = st.columns(2)
        left.vega_lite_chart(spec=first.accuracy_coverage, alt="Accuracy against coverage after the epoch shown")
        right.vega_lite_chart(spec=first.reliability, alt="Reliability diagram after the epoch shown")
        _show_measures(found)
        left, right = st.columns([1.25, 1])
        left.vega_lite_chart(spec=first.confusion, alt="Confusion matrix after the epoch shown", height="content")
        _show_image(run, first, right)


def _show_measures(found: Mapping[str, ThroughTraining]) -> None:
    for column, (key, title, subtitle) in zip(
        st.columns(3),
        (
            ("accuracy", "Accuracy", "Higher is better"),
            ("aurc", "AURC", "Lower is better"),
            ("ece", "ECE", "Lower is better"),
        ),
        strict=True,
    ):
        lines = {label: Line(through.kept.epochs, getattr(through.measures, key)) for label, through in found.items()}
        chart = through_training.measure(lines, title, subtitle, in_percent=key == "accuracy")
        column.vega_lite_chart(spec=chart, alt=f"{title} of the validation images after each epoch")


def _forget_first_image(first: int) -> None:
    """Each run begins with an image of its own, unless the viewer has chosen one: the address names only what was chosen."""
    state = st.session_state
    before = state.get("first_image")
    if before is not None and before != first and state.get("image") == before:
        del state["image"]
    state["first_image"] = first


def _show_image(run: Run, through: ThroughTraining, place: DeltaGenerator) -> None:
    """One validation image's probabilities in this place, and below the images that were forgotten most often."""
    kept = through.kept
    num_images, names = len(kept.labels), kept.class_names
    images = images_of(run, "validation", num_images)
    most = np.argsort(-through.forgettings, kind="stable")[:NUM_CARDS]
    st.markdown("**Most often right after one epoch and wrong after the next.** Click an image to follow it.")
    _forget_first_image(int(most[0]))
    notes = [f"forgotten {times} times" for times in through.forgettings[most]]
    clicked = gallery(images, predictions_at(run, "validation"), most, notes, key="forgotten")
    if clicked is not None:
        st.session_state["image"] = clicked
    elif st.session_state.get("image", 0) >= num_images:
        del st.session_state["image"]  # of another run
    with place, st.container(horizontal=True, vertical_alignment="bottom"):
        sample = st.number_input(
            "Validation image", 0, num_images - 1, int(most[0]), key="image", bind="query-params", width=158,
            help="Its number among the validation images. Click a card below to choose one.",
        )  # fmt: skip
        if images is not None:
            image = pictures.enlarged(images[sample], max(SIDE // images.shape[1], 1)).squeeze()
            st.image(image, alt=f"validation image {sample}", width=SIDE)
        st.markdown(f"true **{plain(names[kept.labels[sample]])}**")
    chart = through_training.class_bars(through.probs_of(sample), names, int(kept.labels[sample]))
    place.vega_lite_chart(spec=chart, alt="Probability of each class after the epoch shown")
