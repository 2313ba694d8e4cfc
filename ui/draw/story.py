"""What is seen now, and what to try, in the run's own numbers."""

from core.metrics.decision import Decision
from core.metrics.samples import share_more_certain
from core.training.runs import Run
from ui import loaded
from ui.components.controls import percent

DIGITS = tuple("0123456789")


def before(run: Run, decision: Decision) -> str:
    """While there is no picture."""
    accepted, test = decision.accepted, loaded.predictions(run, "test")
    answered, num_images = int(accepted.sum()), len(accepted)
    try_this = (
        "Draw a 4 that is almost a 9: does it still answer?"
        if test.class_names == DIGITS
        else "Give it a picture of something that is none of its classes: does it still answer?"
    )
    if not answered:
        return f"At this threshold the network refuses all {num_images:,} test images. {try_this}"
    right = percent(test.correct[accepted].mean(), 1)
    return f"Of {num_images:,} test images this network answers {answered:,}, {right} of them correctly. {try_this}"


def after(decision: Decision, uncertainty: float) -> str:
    """About one picture.

    Args:
        decision: the score and the threshold.
        uncertainty: the picture's value of the score.
    """
    share = percent(share_more_certain(decision.test, uncertainty), 1)
    return (
        f"Of {len(decision.test):,} test images, {share} are more certain than this one, and the "
        f"{int(decision.refused.sum()):,} least certain are refused. Move the threshold."
    )
