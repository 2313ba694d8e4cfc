"""The prediction sets that a viewer asked for, as one value that every part of the view takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core.metrics import conformal
from core.metrics.conformal_coverage import Sets, SetSummary, set_summary
from core.training.runs import Run
from ui import loaded
from ui.loaded.sets import METHODS, class_scores


class MethodSets(NamedTuple):
    """The sets of one method on the test images."""

    quantile: float  # from the validation images
    sets: Sets  # (num_test, num_classes)
    summary: SetSummary


@dataclass(frozen=True, eq=False)
class ChosenSets:
    """The sets of all methods at one alpha, and the method that is looked at.

    Attributes:
        run: whose sets.
        method: the one that is looked at, of `ui.loaded.sets.METHODS`.
        alpha: share of the sets that may miss the true class.
        is_random: whether APS and RAPS have random numbers.
        of: method -> its sets.
    """

    run: Run
    method: str
    alpha: float
    is_random: bool
    of: Mapping[str, MethodSets]

    @property
    def one(self) -> MethodSets:
        """Those of the method that is looked at."""
        return self.of[self.method]


def chosen_sets(run: Run, method: str, alpha: float, *, is_random: bool) -> ChosenSets:
    """The sets of every method, calibrated on the validation images."""
    found = {name: method_sets(run, name, alpha, is_random=is_random) for name in METHODS}
    return ChosenSets(run, method, alpha, is_random, found)


def method_sets(run: Run, method: str, alpha: float, *, is_random: bool) -> MethodSets:
    """The sets of one method, calibrated on the validation images."""
    scores = class_scores(run, method, is_random=is_random)
    quantile = conformal.conformal_quantile(scores.validation, alpha)
    sets = conformal.sets(scores.test, quantile)
    return MethodSets(quantile, sets, set_summary(sets, loaded.predictions(run, "test").labels))
