"""What the command that trains an experiment shows in a terminal or writes into a log."""

import shutil
import sys
import time

from core.training.experiment_status import Status, status
from core.training.experiment_text import Experiment
from core.training.reporting import StopRequested
from core.training.runs import AT_WORK

SAY_EVERY = 1.0  # seconds between two lines of progress
MOST_NAMED = 2  # runs in a line of progress; on a cluster, many may be at work


class Screen:
    """Progress in a terminal: a line that overwrites itself, above it a line per run. A log gets only the lines per run."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.last = -SAY_EVERY
        self.is_terminal = sys.stdout.isatty()

    def say(self, line: str) -> None:
        print(f"\r{line:<{self._width()}}" if self.is_terminal else line, flush=True)
        self.last = -SAY_EVERY

    def look(self) -> None:
        """Raise StopRequested if somebody has stopped the experiment; show the progress now and then."""
        if (self.experiment.folder / "stop").exists():
            raise StopRequested
        if self.is_terminal and time.monotonic() - self.last >= SAY_EVERY:
            self.last = time.monotonic()
            width = self._width()
            print(f"\r{progress_line(status(self.experiment))[:width]:<{width}}", end="", flush=True)

    @staticmethod
    def _width() -> int:
        return shutil.get_terminal_size().columns - 1


def progress_line(now: Status) -> str:
    """How far the experiment is, in one line."""
    parts = [f"{now.count('done')} of {len(now.cells)} runs done"]
    if given_up := sum(cell.is_given_up for cell in now.cells):
        parts.append(f"{given_up} failed")
    at_work = [cell for cell in now.cells if cell.state in AT_WORK]
    if len(at_work) > MOST_NAMED:
        parts.append(f"{len(at_work)} are being trained")
    else:
        for cell in at_work:
            what = "waiting" if cell.state == "waiting" else f"{cell.fraction:.0%}"
            parts.append(f"{cell.cell.variant}, seed {cell.cell.seed}: {what}")
    if not now.is_complete:
        known = now.seconds_left is not None
        parts.append(f"{duration(now.seconds_left or 0)} left" if known else "time left not known yet")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """A length of time in words, for people.

    Example:
        >>> [duration(seconds) for seconds in (12, 59.7, 3599, 5400, 200_000)]
        ['12 s', '1 min', '1 h 0 min', '1 h 30 min', '55 h 33 min']
    """
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
