"""What page Reject says in sentences, with the numbers of the run."""

import numpy as np
from numpy.typing import NDArray

from core.metrics.decision import Decision
from core.metrics.intervals import share_interval
from core.metrics.rejection import RejectOutcome
from ui.components.controls import percent


def on_test(outcome: RejectOutcome) -> str:
    """What is answered and refused now, and what to try."""
    errors = outcome.errors_left + outcome.errors_caught
    return (
        f"Of {outcome.num_accepted + outcome.num_rejected:,} test images this network answers **{outcome.num_accepted:,}** "
        f"and refuses **{outcome.num_rejected:,}**. Of its {errors:,} errors, {outcome.errors_caught:,} are refused and "
        f"{outcome.errors_left:,} are answered. Move the threshold to the left and watch the errors answered."
    )


def validation_and_test(correct: NDArray[np.bool_], decision: Decision, outcome: RejectOutcome) -> str:
    """What the threshold does on validation, where it was chosen, and on test; and why the two differ.

    Args:
        correct: (num_validation,), of the validation images.
        decision: whose threshold.
        outcome: of the test images.
    """
    accepted = decision.accepts(decision.validation)
    num_accepted, num_correct = int(accepted.sum()), int((accepted & correct).sum())
    if not num_accepted or not outcome.num_accepted:
        return "At this threshold nothing is answered on one of the two splits, so there is no accuracy to compare."
    wanted = num_correct / num_accepted
    lower, upper = share_interval(outcome.num_accepted - outcome.errors_left, outcome.num_accepted)
    said = (
        f"**Asked on validation**: coverage {percent(accepted.mean())}, selective accuracy {percent(wanted)}. "
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
