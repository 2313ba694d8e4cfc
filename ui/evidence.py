"""What a run's network says of images of any kind, kept by plain names."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import corruptions, datasets, out_of_distribution, sources
from core.metrics.detection import Detection, detection
from core.metrics.evidence import Evidence, Reference, all_scores
from core.metrics.passes import PassSummary
from core.training import passes, runs
from core.training.runs import Run
from ui import network

NUM_REFERENCES = 10_000  # training images that the scores of features compare with
NUM_NOISE = 10_000
ARTICLE_NOISE = 0.7
OWN, NOISED = "own", f"noised-{ARTICLE_NOISE}"  # the run's test images, as they are and blended with noise


def kinds(run: Run) -> dict[str, str]:
    """The foreign images that can be shown to a run: key -> name on screen."""
    image_shape = sources.source(run.config.dataset).image_shape
    form = "" if image_shape[-1] == 3 else " in grey"
    names = {
        name: source.title + (form if source.image_shape[-1] == 3 else "")
        for name, source in sources.SOURCES.items()
        if name != run.config.dataset and not sources.missing_files(name, "test")
    }
    # The pair that is compared everywhere first.
    first = "fashion_mnist" if run.config.dataset == "mnist" else "mnist"
    return {first: names.pop(first, first), **names, "noise": "Uniform noise", "blank": "Blank"}


def absent(run: Run) -> list[str]:
    """Titles of the data sets that could be shown to a run if their test images were here."""
    return [
        source.title
        for name, source in sources.SOURCES.items()
        if name != run.config.dataset and sources.missing_files(name, "test")
    ]


@st.cache_resource(max_entries=6, show_spinner="Reading the images…")
def images_of(what: str, dataset: str) -> NDArray[np.uint8]:
    """Images by the name of their kind, in the shape that networks for a data set take."""
    image_shape = sources.source(dataset).image_shape
    if what == "noise":
        return out_of_distribution.uniform_noise(NUM_NOISE, image_shape, seed=0)
    if what == "blank":
        return out_of_distribution.blank(image_shape)
    if what == NOISED:
        return corruptions.noise_blend(datasets.load(dataset, "test").images, ARTICLE_NOISE, seed=0, shared=True)
    return out_of_distribution.in_shape(datasets.load(dataset if what == OWN else what, "test").images, image_shape)


def evidence(run: Run, what: str) -> Evidence:
    """Logits, features, and the passes if they are kept, of a kind of images."""
    seen = _answers(run.name, run.done()["finished_at"], what)
    return Evidence(seen.logits, seen.features, kept_passes(run, what))


def evidence_of(run: Run, images: NDArray[np.uint8], *, with_passes: bool = False) -> Evidence:
    """Logits and features of any images; with_passes also Monte Carlo dropout, kept nowhere, if there is Dropout."""
    asked, summary = network.network(run), None
    if with_passes and network.about(run).has_dropout:
        with st.spinner(f"{network.NUM_PASSES} Monte Carlo passes…"):
            summary = asked.summarized_passes(images, network.NUM_PASSES, network.SEED)
    bar = st.progress(0.0)
    logits, features = asked.logits_and_features(
        images,
        progress=lambda done: bar.progress(done, f"{round(done * len(images)):,} of {len(images):,} images"),
    )
    bar.empty()
    return Evidence(logits, features, summary)


@st.cache_resource(max_entries=8, show_spinner="Asking the network…")
def _answers(name: str, finished_at: float, what: str) -> Evidence:
    run = runs.find(name)
    return evidence_of(run, images_of(what, run.config.dataset))


@st.cache_resource(max_entries=3, show_spinner="Looking at training images…")
def _reference(name: str, finished_at: float) -> Reference:
    run = runs.find(name)
    train = datasets.load(run.config.dataset, "train")
    return Reference(evidence_of(run, train.images[:NUM_REFERENCES]).features, train.labels[:NUM_REFERENCES])


def reference(run: Run) -> Reference | None:
    """The run's first training images; None if they are not here."""
    if sources.missing_files(run.config.dataset, "train"):
        return None
    return _reference(run.name, run.done()["finished_at"])


def scores(run: Run, what: str) -> dict[str, NDArray[np.floating]]:
    """Every score of a kind of images that can be had now."""
    # Asked for here, where their spinners are seen, and found again inside.
    passes_kept = evidence(run, what).passes is not None
    reference(run)
    return _scores(run.name, run.done()["finished_at"], what, passes_kept)


@st.cache_resource(max_entries=12, show_spinner=False)
def _scores(name: str, finished_at: float, what: str, passes_kept: bool) -> dict[str, NDArray[np.floating]]:
    run = runs.find(name)
    return all_scores(evidence(run, what), reference(run))


@st.cache_resource(max_entries=12, show_spinner="Resampling a thousand times…")
def detections(
    key: tuple, _own: dict[str, NDArray[np.floating]], _foreign: dict[str, NDArray[np.floating]]
) -> dict[str, Detection]:
    """Every measure of every score that both have; the key says what they are of."""
    return {name: detection(_own[name], _foreign[name]) for name in _own if name in _foreign}


def kept_passes(run: Run, what: str) -> PassSummary | None:
    """Monte Carlo dropout over a kind of images, if it was computed before."""
    return passes.saved_passes(run, what, network.NUM_PASSES)


def offer_passes(run: Run, whats: dict[str, str]) -> bool:
    """Offer to compute the passes that are missing; whether all are there.

    Args:
        run: whose network.
        whats: kind of images -> name on screen.
    """
    if not network.about(run).has_dropout:
        st.info(
            f"{run.config.architecture} has no Dropout, so there are no Monte Carlo passes: train small_cnn to see them.",
            icon=":material/casino:",
        )
        return False
    missing = {what: name for what, name in whats.items() if kept_passes(run, what) is None}
    if not missing:
        return True
    counted = sum(len(images_of(what, run.config.dataset)) for what in missing)
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.button(f"Compute {network.NUM_PASSES} Monte Carlo passes", type="primary", icon=":material/casino:")
        st.caption(f"Over {counted:,} images ({', '.join(missing.values())}), once; kept with the run.")
    if not wanted:
        return False
    # Any click, on Cancel too, ends this run of the script at the next word to the browser.
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", icon=":material/close:")
        bar = st.progress(0.0)
    for what, name in missing.items():
        images = images_of(what, run.config.dataset)
        summary = network.network(run).summarized_passes(
            images, network.NUM_PASSES, network.SEED,
            progress=lambda done, name=name: bar.progress(min(done, 1.0), f"{name}: {done:.0%}"),
        )  # fmt: skip
        passes.save_passes(run, what, network.NUM_PASSES, summary)
    st.rerun()
