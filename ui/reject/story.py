"""What page Reject says in sentences, with the numbers of the run."""

import numpy as np

from core.metrics.rejection import RejectOutcome
from core.metrics.selective import AccuracyCoverageCurve
from ui.components.controls import percent


def tiles(outcome: RejectOutcome) -> dict[str, str]:
    """The numbers that matter: label -> value."""
    return {
        "Coverage": percent(outcome.coverage),
        "Selective accuracy": percent(outcome.accuracy_accepted),
        "Images refused": f"{outcome.num_rejected:,}",
        "Errors refused": f"{outcome.errors_caught:,} of {outcome.errors_caught + outcome.errors_left:,}",
    }


def on_test(outcome: RejectOutcome) -> str:
    """What is answered and refused now, and what to try."""
    errors = outcome.errors_left + outcome.errors_caught
    return (
        f"Of {outcome.num_accepted + outcome.num_rejected:,} test images this network answers **{outcome.num_accepted:,}** "
        f"and refuses **{outcome.num_rejected:,}**. Of its {errors:,} errors, {outcome.errors_caught:,} are refused and "
        f"{outcome.errors_left:,} are answered. Move the threshold to the left and watch the errors answered."
    )


def validation_and_test(
    curve: AccuracyCoverageCurve, threshold: float, outcome: RejectOutcome, interval: tuple[float, float] | None
) -> str:
    """What the threshold does on validation, where it was chosen, and on test; and why the two differ.

    Args:
        curve: of the validation images.
        threshold: chosen on it.
        outcome: of the test images.
        interval: of the accuracy of the answered test images; None if there are none.
    """
    place = int(np.searchsorted(curve.threshold, threshold, side="right")) - 1
    if place < 0 or interval is None:
        return "At this threshold nothing is answered on one of the two splits, so there is no accuracy to compare."
    wanted, (lower, upper) = float(curve.accuracy[place]), interval
    said = (
        f"**Asked on validation**: coverage {percent(float(curve.coverage[place]))}, selective accuracy {percent(wanted)}. "
        f"**Measured on test**: coverage {percent(outcome.coverage)}, selective accuracy {percent(outcome.accuracy_accepted)} "
        f"(95 % confidence interval {percent(lower)} to {percent(upper)}). "
    )
    if lower <= wanted <= upper:
        return (
            said
            + "The validation accuracy lies within this interval: the difference can be sampling alone, as each split is a random sample."
        )
    return said + (
        "The validation accuracy lies outside of this interval. The validation accuracy varies by sampling, too, and it may be "
        "too high because the threshold was chosen there."
        if wanted > upper
        else "The validation accuracy lies outside of this interval; it varies by sampling, too."
    )


def chosen_by(curve: AccuracyCoverageCurve, threshold: float) -> str:
    """How a threshold that a viewer set does on validation, as a policy's file says it.

    Args:
        curve: of the validation images.
        threshold: set by a viewer.
    """
    place = int(np.searchsorted(curve.threshold, threshold, side="right")) - 1
    if place < 0:
        return "by hand: answers nothing on validation"
    coverage, accuracy = float(curve.coverage[place]), float(curve.accuracy[place])
    return f"by hand: coverage {percent(coverage)} and selective accuracy {percent(accuracy)} on validation"
