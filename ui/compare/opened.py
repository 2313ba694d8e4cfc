"""An opened test image: what two networks say of it, side by side, and why."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.predictions import Predictions
from core.training.runs import Run
from core.views import bars, pictures
from core.views.palette import coloured
from ui.components.controls import percent
from ui.components.overlays import Figure, Look, show_figures
from ui.components.plain_text import plain
from ui.components.saliency.maps import is_computed_on_request, picture_figure
from ui.components.saliency.methods import DEFAULT_METHODS, METHODS
from ui.components.saliency.options import Options
from ui.components.saliency.targets import Target
from ui.components.samples import open_sample, opened, show_place

SIDE = 112  # pixels of the image
MAP_SIDE = 150


class Network(Protocol):
    """A trained network with its answers to the test images."""

    @property
    def name(self) -> str: ...
    @property
    def run(self) -> Run: ...
    @property
    def test(self) -> Predictions: ...


def show(first: Network, second: Network, among: NDArray[np.integer], images: NDArray[np.uint8] | None) -> None:
    """Show the test image that the address names, if it names one.

    Args:
        first, second: of the same images.
        among: the images listed behind the dialog, through which the arrow keys walk.
        images: (num_samples, height, width, channels), None if they are not here.
    """
    if opened(first.test.num_samples) is not None:
        st.dialog("Test image", width="large", on_dismiss=lambda: open_sample(None))(_dialog)(
            (first, second), among, images
        )


def _dialog(networks: Sequence[Network], among: NDArray[np.integer], images: NDArray[np.uint8] | None) -> None:
    answers = networks[0].test
    sample = opened(answers.num_samples)
    if sample is None:
        return
    label = int(answers.labels[sample])
    st.header(f"Image {sample} of test: true {plain(answers.class_names[label])}", anchor=False)
    show_place(sample, among)
    if images is not None:
        image = pictures.enlarged(images[sample], max(SIDE // images.shape[1], 1)).squeeze()
        st.image(image, alt=f"test image {sample}", width=SIDE)
    for column, network in zip(st.columns(2), networks, strict=True):
        with column:
            st.markdown(f"{plain(network.name)}: {_verdict(network.test, sample)}")
            chart = bars.class_bars(
                network.test.probs[sample],
                answers.class_names,
                label,
                "Class probabilities",
                "Probability",
                percent=True,
            )
            st.vega_lite_chart(spec=chart, alt=f"Probability of each class by {network.name}")
    if images is not None:
        _why(networks, sample, images[sample])


def _verdict(test: Predictions, sample: int) -> str:
    predicted = test.predicted[sample]
    right = predicted == test.labels[sample]
    said = f"**{plain(test.class_names[predicted])}** ({percent(test.probs[sample, predicted], 1)})"
    return f"{said} · {coloured('**right**' if right else '**wrong**', 'right' if right else 'wrong')}"


def _why(networks: Sequence[Network], sample: int, image: NDArray[np.uint8]) -> None:
    """A saliency map by each network for the same classes, on request, as it needs the networks."""
    missing = [plain(network.name) for network in networks if not network.run.has_model]
    if missing:
        st.caption(
            f"Saliency maps need the trained networks, and only the results came for {' and '.join(missing)}: train such runs on Train."
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.toggle("Why? Saliency maps of both", key="why", bind="query-params")
        fast = [name for name in METHODS if not is_computed_on_request(image, name)]
        method = st.selectbox(
            "Method", fast, index=fast.index(DEFAULT_METHODS[0]), key="method", bind="query-params", width=220
        )
    if not wanted:
        return
    for column, network in zip(st.columns(2), networks, strict=True):
        with column:
            show_figures([_figures(network, sample, image, method)], Look(), key=f"maps_{network.name}", side=MAP_SIDE)


def _figures(network: Network, sample: int, image: NDArray[np.uint8], method: str) -> list[Figure]:
    """The map for the predicted class, and for the true one if that is another."""
    names, test = network.test.class_names, network.test
    classes = dict.fromkeys((int(test.predicted[sample]), int(test.labels[sample])))
    targets = [Target("class", (index,), f"for {names[index]}") for index in classes]
    return [picture_figure(network.run, f"test {sample}", image, target, method, Options()) for target in targets]
