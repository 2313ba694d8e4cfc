"""View Reliability: confidence and accuracy in bins, and the images of a bin."""

from core.training.runs import Run


def show(run: Run) -> None:
    pass
