"""What view Prediction sets says in sentences, with the numbers of the run."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.metrics.conformal_coverage import CoverageLaw, GroupCoverage, SetSummary
from core.metrics.predictions import Predictions
from ui.calibrate.chosen_sets import MethodSets
from ui.components.controls import percent
from ui.components.plain_text import plain
from ui.loaded.sets import SEED

METHOD_HELP = (
    "**LAC**, least ambiguous sets: every class that is likely enough; the smallest sets on average (Sadinle, Lei & Wasserman "
    "2019). **APS**, adaptive sets: the most likely classes until their probabilities add up to enough (Romano, Sesia & "
    "Candès 2020). **RAPS**: APS with a penalty of 0.01 for every class after the first (Angelopoulos et al. 2021)."
)


def promised(alpha: float) -> str:
    """The promised coverage."""
    return f"{round(100 * (1 - alpha), 1):g} %"


def told(validation: Predictions, method: str, found: MethodSets, alpha: float, law: CoverageLaw) -> str:
    """What a prediction set is, what is promised, and what came of it on the test images."""
    said = (
        "A **prediction set** is an answer of several classes instead of one: as many as it takes for a promise. "
        f"Here the set contains the true class for at least **{promised(alpha)}** of the images drawn like the "
        f"{validation.num_samples:,} validation images. This holds on average over images, not for each class and not for each image.\n\n"
    )
    if np.isinf(found.quantile):
        return said + (
            f"For this promise {validation.num_samples:,} validation images are too few: every set must hold all "
            f"{validation.num_classes} classes. Choose a larger α."
        )
    summary, (lower, upper) = found.summary, law.interval()
    said += (
        f"On {summary.num_samples:,} test images the sets of {method} contain the true class for **{percent(summary.coverage)}** "
        f"({percent(lower)} to {percent(upper)} is what 95 % of all splits into validation and test would give). They hold "
        f"**{summary.mean_size:.2f}** classes on average, and **{percent(summary.empty)}** are empty. "
    )
    if validation.accuracy > 1 - alpha:
        return said + (
            f"The most likely class alone is right for {percent(validation.accuracy)} of the validation images, which is more "
            "than promised: sets of at most one class are enough, and some may be empty. Choose a smaller α."
        )
    return said + "Choose a smaller α: which images get more classes?"


def randomness(now: Mapping[str, SetSummary], others: Mapping[str, SetSummary], *, is_random: bool) -> str:
    """How large the sets of APS and RAPS are with and without random numbers."""
    sizes = [f"{name} {now[name].mean_size:.2f} instead of {others[name].mean_size:.2f}" for name in now]
    with_it, without = (now, others) if is_random else (others, now)
    larger = [name for name in now if without[name].mean_size > with_it[name].mean_size]
    why = "every sure and right answer has a score near 1, so the quantile is near 1"
    if larger:
        why += f", and the sets of {' and '.join(larger)} are larger"
    if is_random:
        return f"With random numbers (seed {SEED}) the mean sizes are {' and '.join(sizes)}. Without them, {why}."
    return f"Without random numbers the mean sizes are {' and '.join(sizes)} with them: {why}."


def column_helps(num_test: int, alpha: float) -> dict[str, str]:
    """What each column of the table means: name of the column -> sentence."""
    return {
        "Coverage": f"Share of the {num_test:,} test images whose set contains the true class; {promised(alpha)} is promised.",
        "95 % interval": "Confidence interval of this coverage (Clopper–Pearson): it says how exactly the test images measure it.",
        "Mean size": "Classes in a set, on average over the test images. Smaller is better at the same coverage.",
        "Empty": "Test images whose set contains no class.",
        "One class": "Test images whose set contains exactly one class.",
        "Quantile": "From the validation images: a class belongs to the set if its score is at most this. ∞: too few images, all classes belong to it.",
    }


def difficulty(groups: Mapping[str, GroupCoverage]) -> str:
    """The least certain test images: how large their sets are, and how often they contain the true class."""
    each = [
        f"{name} {percent(found.coverage[-1], 1)} with {found.mean_size[-1]:.2f} classes" for name, found in groups.items()
    ]  # fmt: skip
    return (
        f"**Size against difficulty.** Among the {next(iter(groups.values())).num_samples[-1]:,} least certain test images the "
        f"coverage is {', '.join(each)}. The promise is an average: which method keeps it for difficult images, and at what size?"
    )


def classes(
    method: str,
    one: GroupCoverage,
    own: GroupCoverage,
    sizes: tuple[float, float],
    class_names: Sequence[str],
    alpha: float,
    num_validation: NDArray[np.integer],
) -> str:
    """The least and the most covered class, with one quantile for all classes and with one per class.

    Args:
        method: whose sets.
        one: per class, with one quantile.
        own: per class, with a quantile per class.
        sizes: the mean size with each.
        class_names: num_classes names.
        alpha: share of the sets that may miss the true class.
        num_validation: (num_classes,), validation images of each class.
    """

    def ends(found: GroupCoverage) -> str:
        low, high = int(np.nanargmin(found.coverage)), int(np.nanargmax(found.coverage))
        return (
            f"from {percent(found.coverage[low], 1)} ({plain(class_names[low])}) to {percent(found.coverage[high], 1)} "
            f"({plain(class_names[high])})"
        )

    return (
        f"**Is the promise kept for each class?** With one quantile for all classes the coverage of {method} goes {ends(one)}. "
        f"With a quantile per class (Mondrian sets) it goes {ends(own)}, and {promised(alpha)} is promised for every class. "
        f"The sets hold {sizes[1]:.2f} classes on average instead of {sizes[0]:.2f}.\n\n"
        f"Each quantile comes from {num_validation.min():,} to {num_validation.max():,} validation images instead of "
        f"{num_validation.sum():,}, so the coverage varies more from class to class."
    )
