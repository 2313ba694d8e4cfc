"""What page Calibrate says in sentences, with the numbers of the run."""

import numpy as np

from core.metrics.calibration import ReliabilityBins
from core.metrics.calibration_summary import CalibrationSummary
from ui.components.controls import percent


def bin_name(bins: ReliabilityBins, place: int) -> str:
    """The confidences of a bin: "80.0 to 86.7 %"."""
    return f"{100 * bins.lower[place]:.1f} to {100 * bins.upper[place]:.1f} %"


def reliability(found: CalibrationSummary, bins: ReliabilityBins, answers: str) -> str:
    """How confidence and accuracy differ, the bin that adds most to the ECE, and what to try.

    Args:
        found: the measures of the answers.
        bins: of the same answers.
        answers: what they answer, in Markdown: "test images".
    """
    gap = found.confidence - found.accuracy
    verdict = f"the network is {'too sure' if gap > 0 else 'not sure enough'} by {100 * abs(gap):.2f} points"
    if abs(gap) < 0.00005:
        verdict = "on average the network is as sure as it should be"
    worst = int(bins.shares.argmax())
    said = (
        f"The mean confidence over {bins.count.sum():,} {answers} is **{percent(found.confidence)}**, and "
        f"**{percent(found.accuracy)}** of the answers are right: {verdict}. "
    )
    if not bins.shares.any():
        return said + "In every bin confidence and accuracy are equal. Click a bar to see its images."
    return (
        f"{said}The bin **{bin_name(bins, worst)}** adds most to the ECE: {bins.count[worst]:,} answers with a mean confidence of "
        f"{percent(bins.confidence[worst])}, of which {percent(bins.accuracy[worst])} are right. Click another bar: what do its "
        "wrong answers have in common?"
    )


def images_of(name: str, num_images: int, num_wrong: int) -> str:
    """The title above the images of a bin, in Markdown.

    Args:
        name: of the bin.
        num_images, num_wrong: how many answers it has, at least one, and how many of them are wrong.
    """
    images = "1 image" if num_images == 1 else f"{num_images:,} images"
    if num_wrong in (0, num_images):
        return f"**Confidence {name}**: {images}, {'all wrong' if num_wrong else 'all right'}"
    wrong = "the wrong one" if num_wrong == 1 else f"the {num_wrong:,} wrong ones"
    return f"**Confidence {name}**: {images}, {wrong} first"


def without_temperature(fitted: float) -> str:
    """Why there is no temperature to use."""
    if np.isinf(fitted):
        return (
            "No temperature fits: the logits say so little about the validation images that equal probabilities for all classes "
            "have the lowest NLL, so the fitted T is infinite."
        )
    return (
        "No temperature fits: every validation image is answered correctly, so the NLL falls the closer T comes to 0, and the "
        "fitted T is 0."
    )
