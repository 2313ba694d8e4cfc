"""Offers to compute what takes time, with progress, once for all viewers; any click cancels."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.metrics.scores import SCORES, Need
from core.training.runs import Run
from ui import loaded, serving
from ui.loaded import evidence
from ui.loaded.scores import is_here

Bar = Callable[[float, str], object]  # what is done, a fraction, and a word about it
OWN_SPLITS = {"validation": "validation", "test": "test"}


def scores_are_here(run: Run, score: str) -> bool:
    """Whether a score's values on the validation and test images are here; if not, offer to compute them."""
    if is_here(run, score):
        return True
    if Need.PASSES in SCORES[score].needs:
        offer_passes(run, {evidence.VALIDATION: "validation", evidence.TEST: "test"})
    else:
        offer_feature_scores(run, OWN_SPLITS)
    return False


def offer_passes(run: Run, kinds: Mapping[str, str]) -> bool:
    """Offer to compute the Monte Carlo passes that are missing; whether all are here.

    Args:
        run: whose network.
        kinds: kind of images, as `ui.loaded.evidence` names them -> name on screen.
    """
    if not serving.about(run).has_dropout:
        st.info(
            f"{run.config.architecture} has no Dropout, so there are no Monte Carlo passes. Choose a model with Dropout, for example MNIST · small_cnn.",
            icon=":material/casino:",
        )
        return False
    missing = {kind: name for kind, name in kinds.items() if evidence.kept_passes(run, kind) is None}
    if not missing:
        return True
    if not _images_are_here(run, missing):
        return False
    counted = sum(len(evidence.images_of(kind, run.config.dataset)) for kind in missing)
    caption = f"Over {counted:,} images ({', '.join(missing.values())}), once; kept with the run."

    def compute(bar: Bar) -> None:
        for kind, name in missing.items():

            def told(done: float, name: str = name) -> None:
                bar(done, f"{name}: {done:.0%}")

            evidence.compute_passes(run, kind, told)

    _offer(f"Compute {serving.NUM_PASSES} Monte Carlo passes", ":material/casino:", caption, compute)
    return False


def offer_feature_scores(run: Run, kinds: Mapping[str, str]) -> None:
    """Offer to compute the scores of features, or say why they cannot be; arguments as for `offer_passes`."""
    if not evidence.has_training_images(run):
        st.info(
            "This score compares with training images, and some of them are missing: download them on Train.",
            icon=":material/download:",
        )
        return
    if not _images_are_here(run, kinds):
        return
    labels = ", ".join(evidence.FROM_FEATURES)

    def compute(bar: Bar) -> None:
        for done, (kind, name) in enumerate(kinds.items()):
            bar(done / len(kinds), f"{labels}: {name}")
            evidence.compute_feature_scores(run, kind)

    caption = f"{labels} on {', '.join(kinds.values())}, once; kept with the run."
    _offer("Compute the feature scores", ":material/hub:", caption, compute)


def _images_are_here(run: Run, kinds: Mapping[str, str]) -> bool:
    """Whether the run's own images are here, which the networks are to be asked about; if not, that is said."""
    own = {evidence.VALIDATION: "validation", evidence.TEST: "test"} | OWN_SPLITS
    return all(loaded.images(run, own[kind]) is not None for kind in kinds if kind in own)


def _offer(label: str, icon: str, caption: str, compute: Callable[[Bar], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.button(label, type="primary", icon=icon)
        st.caption(caption)
    if not wanted:
        return
    # Any click, on Cancel too, ends this run of the script at the next word to the browser.
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", icon=":material/close:")
        bar = st.progress(0.0)
    compute(lambda done, text: bar.progress(min(done, 1.0), text))
    st.rerun()
