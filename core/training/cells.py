"""A run of an experiment, trained to its end; how often that was tried is counted in its folder, in experiment.json.

How one attempt is made is an argument, so that a queue on this machine and a cluster count alike. Importing this module does
not import Keras.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from core.training import records
from core.training.runs import Run, write_text

MOST_ATTEMPTS = 3
RECORD = "experiment.json"


@dataclass(frozen=True)
class Attempts:
    """What an experiment notes in the folder of a run.

    Attributes:
        number: attempts that were begun; one that goes on after a stop is the same.
        seconds: that they took in all, with loading and evaluating, as far as the experiment has seen it.
    """

    number: int = 0
    seconds: float = 0.0


def is_cell(run: Run) -> bool:
    """Whether the run belongs to an experiment."""
    return (run.folder / RECORD).exists()


def attempts(run: Run) -> Attempts:
    """What is noted of the run; nothing yet if there is no record, or a damaged one."""
    try:
        values = json.loads(records.content(run.folder / RECORD))
        return Attempts(int(values["number"]), float(values["seconds"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Attempts()


def note_seconds(run: Run, seconds: float) -> None:
    """Add to the time that the run's attempts have taken."""
    known = attempts(run)
    _note(run, Attempts(known.number, known.seconds + seconds))


def trained(run: Run, attempt: Callable[[Run], None]) -> str:
    """Train a run of an experiment until it is done or stopped, or has failed MOST_ATTEMPTS times in all.

    A trainer that was killed has failed, too. What was stopped or interrupted before this call goes on, which is no new
    attempt.

    Args:
        run: its folder has a config.json.
        attempt: trains the run once, and returns when its trainer has ended, however it has ended.

    Returns:
        "done", "stopped" or "failed".

    Raises:
        OSError: the run's folder cannot be written, or is gone.
    """
    goes_on = attempts(run).number > 0 and run.status in ("stopped", "running", "waiting", "interrupted")
    while run.status != "done":
        known = attempts(run)
        if not goes_on and known.number >= MOST_ATTEMPTS:
            if run.status == "interrupted":
                text = (
                    f"Its trainer was killed {known.number} times, perhaps for lack of memory. The log may tell more."
                )
                write_text(run.folder / "error.txt", text)
            return "failed"
        if not goes_on:
            _note(run, Attempts(known.number + 1, known.seconds))
        goes_on = False
        attempt(run)
        if run.status == "stopped":
            return "stopped"
    return "done"


def _note(run: Run, noted: Attempts) -> None:
    write_text(run.folder / RECORD, json.dumps(asdict(noted)) + "\n")
