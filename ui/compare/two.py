"""Two runs: two trained networks on the same test images, and where only one of them is right."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve
from core.metrics.two_networks import Disagreement, McNemar, disagreement, mcnemar
from core.metrics.uncertainty import least_confidence
from core.training.runs import Damaged, Run
from core.views import two_networks
from core.views.two_networks import NetworkCurves, case_names
from ui.compare import opened
from ui.compare.choice import Compared
from ui.compare.named import images_of, named_runs, one_of
from ui.components.controls import percent
from ui.components.gallery import gallery
from ui.components.plain_text import plain
from ui.components.samples import open_sample, page_of
from ui.loaded.compared import predictions_at

PAGE_SIZE = 12
LARGEST_P = 0.05
ABOUT_P = (
    "McNemar's exact test (1947) looks only at the images that exactly one of the two networks gets right. If both were equally good, "
    "such an image would be the first's or the second's like a coin toss. p is the chance of a split at least as uneven as this one."
)


class Network(NamedTuple):
    """One of the two networks."""

    name: str
    run: Run
    test: Predictions


def show(compared: Compared) -> None:
    runs = named_runs(compared)
    if len(runs) < 2:
        st.info("Two networks are compared here. Choose at least two runs.", icon=":material/looks_two:")
        return
    story = st.container()
    try:
        first, second = _pick_two(compared, runs)
        found, curves = disagreement(first.test, second.test), (_curves(first), _curves(second))
    except Damaged as error:
        st.error(f"A run cannot be read: {plain(str(error))} Choose another.", icon=":material/error:")
        return
    except ValueError as error:
        st.warning(plain(str(error)), icon=":material/block:")
        return
    story.markdown(_story(first, second, mcnemar(first.test.correct, second.test.correct)), help=ABOUT_P)
    names = case_names(first.name, second.name)
    left, right = st.columns([1.25, 1])
    left.vega_lite_chart(
        spec=two_networks.two_curves(*curves), key="two_curves",
        alt="Accuracy against coverage of both networks",
    )  # fmt: skip
    with right:
        drawn = st.container()
        case = one_of("Images", names, key="case", first=1, help="A click on a bar chooses it, too.")
    drawn.vega_lite_chart(
        spec=two_networks.cases(found, first.name, second.name, case), key="cases", on_select=pick_case,
        selection_mode=["pick"], alt="Where the two networks disagree; the box Images chooses a bar, too",
    )  # fmt: skip
    _show_images(first, second, _samples(found, names.index(case), first, second), case)


def pick_case() -> None:
    """A click on a bar chooses the case whose images are shown."""
    if picked := st.session_state.cases.selection.get("pick"):
        st.session_state["case"] = picked[0]["case"]


def _pick_two(compared: Compared, runs: dict[str, Run]) -> tuple[Network, Network]:
    """The two networks in the address; at first, the first runs of the first two groups."""
    names = list(runs)
    groups = compared.runs.groups
    # The same seed, if both groups have one in common.
    begin = len(groups[0].by_seed) if len(groups) > 1 else 1
    with st.container(horizontal=True):
        first = one_of("First", names, key="first")
        second = one_of("Second", names, key="second", first=begin)
    chosen = [Network(name, runs[name], predictions_at(runs[name], "test")) for name in (first, second)]
    if first == second:
        st.caption("Both are the same network: choose another for one of them.")
    return chosen[0], chosen[1]


def _story(first: Network, second: Network, test: McNemar) -> str:
    """How often both are right, whether chance explains the difference, and what to try."""
    one = test.only_first + test.only_second
    verdict = (
        "so the difference between **these two networks** is larger than chance"
        if test.p <= LARGEST_P
        else "so chance may explain the difference between **these two networks**"
    )
    return (
        f"On the same {first.test.num_samples:,} test images {plain(first.name)} is right on **{percent(first.test.accuracy)}** and "
        f"{plain(second.name)} on **{percent(second.test.accuracy)}**. On {one:,} images only one of them is right: "
        f"{test.only_first:,} and {test.only_second:,}; McNemar's exact test gives p = {test.p:.3g}, {verdict}. "
        "Another seed gives other networks: whether the *recipe* is better is tested over seeds, in the view Seeds. "
        "Click a bar: which images does only one of them get right?"
    )


def _curves(network: Network) -> NetworkCurves:
    test, validation = (
        accuracy_coverage_curve(least_confidence(answers.probs), answers.correct)
        for answers in (network.test, predictions_at(network.run, "validation"))
    )
    return NetworkCurves(network.name, test, validation)


def _samples(found: Disagreement, place: int, first: Network, second: Network) -> NDArray[np.intp]:
    """The test images of a case, the ones first that both networks are most confident about."""
    masks = (found.both_right, found.only_first, found.only_second, found.same_error, found.different_errors)
    samples = np.flatnonzero(masks[place])
    confidence = sum(network.test.probs[samples].max(axis=1) for network in (first, second))
    return samples[np.argsort(-np.asarray(confidence), kind="stable")]


def _show_images(first: Network, second: Network, samples: NDArray[np.intp], case: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain(case)}: {len(samples):,}**, most confident first. The bars are those of {plain(first.name)}."
        )
        shown = page_of(samples, PAGE_SIZE, f"page of {case}")
    images = images_of(first.run, "test", first.test.num_samples)
    if len(shown):
        clicked = gallery(
            images, first.test, shown, _notes(second, shown), key="two_cards",
            source=None if images is None else (first.run.config.dataset, "test"),
        )  # fmt: skip
        if clicked is not None:
            open_sample(clicked)
    opened.show(first, second, samples, images)


def _notes(network: Network, samples: NDArray[np.integer]) -> list[str]:
    """What a network says of each image."""
    names, test = network.test.class_names, network.test
    return [
        # Number and sign stay on one line of a narrow card.
        f"{network.name}: {names[answer]} {percent(share, 1)}".replace(" %", "\u00a0%")
        for answer, share in zip(test.predicted[samples], test.probs[samples].max(axis=1), strict=True)
    ]
