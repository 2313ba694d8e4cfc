"""Prediction sets of a run: scores and quantiles that do not depend on what a viewer chooses, and many re-splits."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics import conformal, resplits
from core.training import runs
from core.training.runs import Run
from ui.loaded.data import key_of, predictions

Array = NDArray[np.float64]
METHODS: Mapping[str, Callable[[Array, Array | None], Array]] = MappingProxyType(
    {"LAC": conformal.lac_scores, "APS": conformal.aps_scores, "RAPS": conformal.raps_scores}
)
WITHOUT_RANDOMNESS = "LAC"
SEED = 0  # of the random numbers of APS and RAPS, and of the splits
NUM_SPLITS = 1000
SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000)  # numbers of calibration images to try, and then all


class ClassScores(NamedTuple):
    """The scores of one method; the larger, the worse a class fits an image."""

    validation: Array  # (num_validation,), of the true classes
    test: Array  # (num_test, num_classes)
    pooled: Array  # (num_validation + num_test,), of the true classes of both splits


def class_scores(run: Run, method: str, *, is_random: bool) -> ClassScores:
    """The scores of a method of METHODS, with or without a random number for each image."""
    return _class_scores(**key_of(run), method=method, is_random=is_random and method != WITHOUT_RANDOMNESS)


@st.cache_resource(max_entries=20, show_spinner=False)
def _class_scores(name: str, finished_at: float, method: str, is_random: bool) -> ClassScores:
    run, rng, score = runs.find(name), np.random.default_rng(SEED), METHODS[method]
    own, all_classes = [], np.empty((0, 0))
    for split in ("validation", "test"):
        answers = predictions(run, split)
        all_classes = score(answers.probs, rng.random(answers.num_samples) if is_random else None)
        own.append(conformal.true_class(all_classes, answers.labels))
    return ClassScores(own[0], all_classes, np.concatenate(own))


def lac_quantiles(run: Run, alphas: tuple[float, ...]) -> tuple[float, ...]:
    """The quantile of the LAC scores of the validation images for each of these alphas."""
    return _lac_quantiles(**key_of(run), alphas=alphas)


@st.cache_data(max_entries=96, show_spinner=False)
def _lac_quantiles(name: str, finished_at: float, alphas: tuple[float, ...]) -> tuple[float, ...]:
    validation = predictions(runs.find(name), "validation")
    scores = conformal.true_class(conformal.lac_scores(validation.probs), validation.labels)
    return tuple(conformal.conformal_quantile(scores, alpha) for alpha in alphas)


class MeanCoverage(NamedTuple):
    """Coverage with some number of calibration images, averaged over the re-splits, with and without the + 1.

    Attributes:
        num_calibration: number of calibration images.
        ranks: of the quantile, with the + 1 and without.
        measured: the mean coverage with each, fractions.
        expected: the exact expectations, fractions.
    """

    num_calibration: int
    ranks: tuple[int, int]
    measured: tuple[float, float]
    expected: tuple[float, float]


def calibration_sizes(run: Run) -> tuple[int, ...]:
    """The numbers of calibration images to try, up to all validation images."""
    num_validation = predictions(run, "validation").num_samples
    return (*(size for size in SIZES if size < num_validation), num_validation)


def mean_coverages(run: Run, method: str, alpha: float, *, is_random: bool) -> tuple[MeanCoverage, ...]:
    """The mean coverage for each of `calibration_sizes`."""
    return _mean_coverages(**key_of(run), method=method, alpha=alpha, is_random=is_random)


@st.cache_data(max_entries=192, show_spinner=False)
def _mean_coverages(
    name: str, finished_at: float, method: str, alpha: float, is_random: bool
) -> tuple[MeanCoverage, ...]:
    run, found = runs.find(name), []
    pooled = class_scores(run, method, is_random=is_random).pooled
    for size in calibration_sizes(run):
        ranks = conformal.quantile_rank(size, alpha), resplits.rank_without_correction(size, alpha)
        places = _places(num_samples=len(pooled), num_calibration=size)
        with_it, without = (float(resplits.split_coverages(pooled, places, rank).mean()) for rank in ranks)
        expected = min(ranks[0] / (size + 1), 1.0), ranks[1] / (size + 1)
        found.append(MeanCoverage(size, ranks, (with_it, without), expected))
    return tuple(found)


def coverages(run: Run, method: str, alpha: float, num_calibration: int, *, is_random: bool) -> Array:
    """(NUM_SPLITS,): the coverage in each re-split of the validation and test images."""
    pooled = class_scores(run, method, is_random=is_random).pooled
    places = _places(num_samples=len(pooled), num_calibration=num_calibration)
    return resplits.split_coverages(pooled, places, conformal.quantile_rank(num_calibration, alpha))


# The splits of all numbers of images of one run take 28 MB; they serve every run with as many images.
@st.cache_resource(max_entries=2 * (len(SIZES) + 1), show_spinner="Splitting the images a thousand times…")
def _places(num_samples: int, num_calibration: int) -> resplits.Places:
    return resplits.split_places(num_samples, num_calibration, NUM_SPLITS, SEED)
