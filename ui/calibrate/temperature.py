"""View Temperature: what dividing the logits by a temperature changes, and what it does not."""

from core.training.runs import Run


def show(run: Run) -> None:
    pass
