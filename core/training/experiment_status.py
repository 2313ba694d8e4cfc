"""How far an experiment is: the state of each of its runs, and the time left over all of them.

Importing this module does not import Keras.
"""

import os
from dataclasses import dataclass, replace
from statistics import mean

from core.data import sources
from core.training import cells, locks, runs
from core.training.config import RunConfig
from core.training.experiment_text import Cell, Experiment
from core.training.runs import DamagedRun, Run


@dataclass(frozen=True)
class CellStatus:
    """The state of one run of an experiment.

    Attributes:
        cell: which run.
        state: a status of a `Run`; "missing" if it is not there yet; or "blocked" if something else lies in its folder.
        error: why it failed or is blocked; empty otherwise.
        attempts: how often the experiment has begun it.
        fraction: of its training that is done, in [0, 1].
    """

    cell: Cell
    state: str
    error: str = ""
    attempts: int = 0
    fraction: float = 0.0

    @property
    def is_given_up(self) -> bool:
        """Whether it has failed as often as may be."""
        return self.state == "failed" and self.attempts >= cells.MOST_ATTEMPTS

    @property
    def is_open(self) -> bool:
        """Whether the experiment has still to train it."""
        return self.state not in ("done", "blocked") and not self.is_given_up


@dataclass(frozen=True)
class Status:
    """The state of an experiment.

    Attributes:
        cells: one per run, in their order.
        seconds_left: until all are done, as many at once as are being trained now; None while no run says how long such a
            run takes.
        is_running: whether a process trains the experiment.
    """

    cells: tuple[CellStatus, ...]
    seconds_left: float | None
    is_running: bool

    def count(self, *states: str) -> int:
        """Number of runs in these states."""
        return sum(cell.state in states for cell in self.cells)

    @property
    def fraction(self) -> float:
        """Of the work that is done, in [0, 1]; each run counts the same, and one that is given up is done."""
        return mean(cell.fraction if cell.is_open else 1.0 for cell in self.cells)

    @property
    def has_begun(self) -> bool:
        """Whether a process trains it, or one of its runs is there."""
        return self.is_running or self.count("missing") < len(self.cells)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be trained."""
        return not any(cell.is_open for cell in self.cells)

    @property
    def obstacle(self) -> str:
        """Why the experiment cannot be trained: what lies in the folder of the first run that is blocked; usually empty."""
        return next((cell.error for cell in self.cells if cell.state == "blocked"), "")


def status(experiment: Experiment) -> Status:
    """How far an experiment is, read from the folders of its runs."""
    found = tuple(_of_cell(cell) for cell in experiment.cells)
    return Status(found, _seconds_left(found), is_running(experiment))


def is_running(experiment: Experiment) -> bool:
    """Whether a process trains the experiment; between its runs, too."""
    try:
        return locks.is_held(experiment.folder / "lock")
    except OSError:
        return False


def missing_data(experiment: Experiment) -> list[str]:
    """Names of the data sets that its runs need and that are not here in full."""
    return [name for name in experiment.datasets if sources.missing_files(name)]


def _of_cell(cell: Cell) -> CellStatus:
    run = runs.read_run(cell.folder)
    if isinstance(run, DamagedRun):
        return CellStatus(cell, "blocked", f"The run {cell.run_name} is damaged: {run.cause} Delete it.")
    if run is None:
        if os.path.lexists(cell.folder):
            return CellStatus(
                cell, "blocked", f"There is a folder {cell.run_name} that is no run. Remove or rename it."
            )
        return CellStatus(cell, "missing")
    if differing := _differing(run.config, cell.config):
        sentence = (
            f"The run {cell.run_name} is there with another {' and '.join(differing)} than the experiment says. Delete it, or "
            "give the experiment another name."
        )
        return CellStatus(cell, "blocked", sentence)
    try:
        state = run.status
        return CellStatus(cell, state, run.error, cells.attempts(run).number, _fraction(run, state))
    except runs.Damaged as error:  # changed in this moment
        return CellStatus(cell, "blocked", f"The run {cell.run_name} is damaged: {error} Delete it.")


def _differing(found: RunConfig, wanted: RunConfig) -> list[str]:
    """Names of the settings in which a run differs from what the experiment says."""
    if wanted.num_train is None and sources.source(wanted.dataset).open_folder:
        # A run of such a data set keeps the number of images that were there when it was created.
        wanted = replace(wanted, num_train=found.num_train)
    names = [name for name in vars(wanted) if name != "versions"]
    return [name for name in names if getattr(found, name) != getattr(wanted, name)]


def _fraction(run: Run, state: str) -> float:
    if state == "done":
        return 1.0
    progress = run.progress() if state == "running" else {}
    step = progress.get("step") or next((line["step"] for line in reversed(run.history())), 0)
    return float(min(step / run.config.total_steps, 1.0))


def _seconds_left(found: tuple[CellStatus, ...]) -> float | None:
    """From the mean time of the finished runs of the same settings; else, in proportion to the images, of the same network."""
    known = [(cell.cell.config, _cost(cell)) for cell in found if cell.state == "done"]
    at_work = [(cell.cell.config, cost) for cell in found if cell.state == "running" and (cost := _cost_so_far(cell))]
    left = 0.0
    for cell in found:
        if cell.is_open:
            expected = _expected(cell.cell.config, known) or _expected(cell.cell.config, at_work)
            if expected is None:
                return None
            left += expected * (1 - cell.fraction)
    # On a cluster, several are trained at once.
    return left / max(sum(cell.state == "running" for cell in found), 1)


def _expected(config: RunConfig, known: list[tuple[RunConfig, float]]) -> float | None:
    """Seconds that a run of these settings takes, from runs whose time is known."""
    if times := [cost for other, cost in known if replace(other, seed=config.seed) == config]:
        return mean(times)
    per_image = [
        cost / _images(other)
        for other, cost in known
        if (other.dataset, other.architecture) == (config.dataset, config.architecture)
    ]
    return mean(per_image) * _images(config) if per_image else None


def _images(config: RunConfig) -> int:
    """Number of training images that a run sees, in all epochs."""
    return config.total_steps * config.batch_size


def _cost(cell: CellStatus) -> float:
    """Seconds that a finished run took: as the experiment has measured, or at least those of its training."""
    run = Run(cell.cell.folder)
    return max(cells.attempts(run).seconds, float(run.done().get("seconds", 0)))


def _cost_so_far(cell: CellStatus) -> float:
    """Seconds that the run at work will take, by its speed now; 0 if that is not known yet."""
    speed = Run(cell.cell.folder).progress().get("images_per_second", 0)
    return _images(cell.cell.config) / speed if speed else 0.0
