"""Test images with their prediction sets: the largest sets, the empty ones, and those that miss the true class."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from core.metrics.conformal_coverage import Sets
from core.metrics.predictions import Predictions
from ui import loaded
from ui.calibrate.chosen_sets import ChosenSets
from ui.components.controls import percent
from ui.components.samples import open_sample, show_samples
from ui.components.set_names import set_name

LARGEST, EMPTY, MISSED = "largest sets", "empty sets", "sets without the true class"
PAGES = {LARGEST: "largest_page", EMPTY: "empty_page", MISSED: "missed_page"}


def show(chosen: ChosenSets, row: DeltaGenerator) -> NDArray[np.integer]:
    """A gallery of test images with their sets.

    Args:
        chosen: the sets.
        row: where to ask for the list of images.

    Returns:
        The samples of the list, in the order shown.
    """
    run, method, sets = chosen.run, chosen.method, chosen.one.sets
    test = loaded.predictions(run, "test")
    lists = listed(test, loaded.scored(run, "test", "Least confidence").uncertainty, sets)
    which = row.selectbox(
        "Images", lists, key="sets_shown", bind="query-params", width=230, label_visibility="collapsed",
        help="Which test images to show, the most uncertain ones first.",
    )  # fmt: skip
    samples, sizes = lists[which], sets.sum(axis=1)

    def notes(shown: NDArray[np.integer]) -> list[str]:
        return [f"set {set_name(sets[sample], test.probs[sample], test.class_names)}" for sample in shown]

    share = percent(len(samples) / test.num_samples)
    title = {
        LARGEST: f"**The largest sets of {method}**, up to {sizes.max()} of {test.num_classes} classes",
        EMPTY: f"**Empty sets of {method}: {len(samples):,}**, {share} of the test images",
        MISSED: f"**Sets of {method} without the true class: {len(samples):,}**, {share} of the test images",
    }[which]
    page = PAGES[which]  # another list begins at its first page
    clicked = show_samples(run, "test", samples, notes, key="sets", title=title, page_size=9, page_key=page)
    if clicked is not None:
        open_sample(clicked)
        st.rerun()
    return samples


def listed(test: Predictions, uncertainty: NDArray[np.floating], sets: Sets) -> dict[str, NDArray[np.intp]]:
    """The lists to choose from, by name: indices of test images; the most uncertain of equally large sets first."""
    sizes, uncertain_first = sets.sum(axis=1), np.argsort(-uncertainty, kind="stable")
    covered = sets[np.arange(len(sizes)), test.labels]
    return {
        LARGEST: uncertain_first[np.argsort(-sizes[uncertain_first], kind="stable")],
        EMPTY: uncertain_first[sizes[uncertain_first] == 0],
        MISSED: uncertain_first[~covered[uncertain_first]],
    }
