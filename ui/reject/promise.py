"""A promised threshold of each procedure, and what it did on test."""

from dataclasses import dataclass

from core.metrics.fixed_sequence import fixed_sequence_of_split, split_off
from core.metrics.guarantee import Guarantee, sgr
from core.metrics.intervals import share_interval
from core.metrics.policy_file import Promise
from core.metrics.rejection import RejectOutcome, reject_outcome
from core.training.runs import Run
from ui import loaded

SEQUENCE, SGR = "fixed-sequence testing", "SGR"


@dataclass(frozen=True)
class Asked:
    """What is asked for: at most this risk, with probability 1 - delta; fractions."""

    risk: float
    delta: float

    @property
    def words(self) -> str:
        return f"at most {100 * self.risk:.1f} % wrong with {100 * (1 - self.delta):g} % confidence"


@dataclass(frozen=True)
class Promised:
    """What a procedure found on validation, and what it did on test.

    Attributes:
        procedure: its name.
        found: on the calibration images.
        num_calibration: how many validation images tested the thresholds.
        outcome: on test; None without a threshold.
        interval: the 95 % confidence interval of the risk on test; None if no test image is answered.
    """

    procedure: str
    found: Guarantee
    num_calibration: int
    outcome: RejectOutcome | None
    interval: tuple[float, float] | None

    @property
    def risk(self) -> float:
        """The risk on test; NaN if nothing is answered there."""
        outcome = self.outcome
        return outcome.errors_left / outcome.num_accepted if outcome and outcome.num_accepted else float("nan")

    def verdict(self, asked: Asked) -> str:
        """Whether the risk on test is at most what was promised: "kept", "within chance" or "missed"; a dash without answers."""
        if self.interval is None:
            return "–"
        if self.risk <= asked.risk:
            return "kept"
        return "within chance" if self.interval[0] <= asked.risk else "missed"

    def promise(self, asked: Asked) -> Promise:
        """The promise as a policy's file has it."""
        found = self.found
        return Promise(self.procedure, asked.risk, asked.delta, found.bound, found.coverage, self.num_calibration)


def promised(run: Run, score: str, asked: Asked) -> tuple[Promised, Promised]:
    """What fixed-sequence testing and SGR promise of a run with at least two validation images."""
    correct = loaded.predictions(run, "validation").correct
    uncertainty = loaded.scored(run, "validation", score).uncertainty
    by_sequence = fixed_sequence_of_split(uncertainty, correct, asked.risk, asked.delta)
    by_bisection = sgr(uncertainty, correct, asked.risk, asked.delta)
    return (
        _checked(run, score, SEQUENCE, by_sequence, int((~split_off(len(correct))).sum())),
        _checked(run, score, SGR, by_bisection, len(correct)),
    )


def _checked(run: Run, score: str, procedure: str, found: Guarantee, num_calibration: int) -> Promised:
    if found.threshold is None:
        return Promised(procedure, found, num_calibration, None, None)
    outcome = reject_outcome(
        loaded.scored(run, "test", score).uncertainty, loaded.predictions(run, "test").correct, found.threshold
    )
    interval = share_interval(outcome.errors_left, outcome.num_accepted) if outcome.num_accepted else None
    return Promised(procedure, found, num_calibration, outcome, interval)
