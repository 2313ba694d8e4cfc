"""The record of a run: a folder of files that can all be read without this app.

    config.json             the settings, and the versions of the packages
    history.jsonl           one line per segment (an epoch, or a shorter part of a run that is given in steps)
    progress.json           phase, step, images/s, seconds left
    checkpoint.keras        model and optimizer after the last segment, while unfinished
    best.keras              the model with the lowest validation loss so far, while unfinished, if the run has patience
    model.keras             the trained model, without optimizer
    predictions/*.npz       logits of the validation and the test split
    epochs/*.npy            logits of the validation split after each segment, if the config says so
    monte_carlo/*.npz       summaries of Monte Carlo dropout, once computed
    scores/*.npz            scores that need more than logits, once computed
    owner.json              who started it, on a server that many share
    queued                  while it waits for its turn: its number in the queue
    experiment.json         how often its experiment has tried to train it, if it belongs to one
    familiarity.npz         the distance to the training images with its limit, once computed
    logits/*.npz            logits for images that are not the run's own, once computed
    log.txt, lock, stop     the trainer's output, its lock, and the request to stop
    done.json or error.txt  how it ended

Files are written under another name and then renamed, so that a reader never sees half of one. The trainer holds the lock
as long as it lives. A process id would not tell, because a dead child process keeps its id until its parent waits for it.
`read_run` is where a folder becomes a `Run`, or a `DamagedRun` with the cause; what a `Run` reads has been checked there.
Importing this module does not import Keras.
"""

import json
import logging
import os
import time
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data import sources
from core.metrics.predictions import Predictions
from core.training import locks, records
from core.training.config import RunConfig
from core.training.records import Damaged as Damaged
from core.training.writing import make_folder
from core.training.writing import write_text as write_text

if TYPE_CHECKING:
    import keras

LOG = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "starter/runs"
EXPERIMENTS = ROOT / "starter/experiments"  # experiments that came with the app, and their results
BESIDE = ".experiments"  # folder in that of the runs: what belongs to an experiment and is no run
LONGEST_LOG = 2**18  # bytes at the end of a log that are read
AT_WORK = ("running", "waiting")  # statuses of a run that will be trained further without a click


class RunExists(FileExistsError):
    """There is already a run of this name."""


@dataclass(frozen=True)
class Run:
    """A run's folder; every property is read from its files.

    Raises:
        Damaged: by each property and method whose file cannot be read; after `read_run`, only if it has changed since.
    """

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def is_starter(self) -> bool:
        """Whether it came with the app and must not be changed."""
        return self.folder.parent == STARTER or self._is_result

    @property
    def _is_result(self) -> bool:
        """Whether it is one of the results of an experiment that came with the app."""
        return self.folder.parent.parent == EXPERIMENTS

    @property
    def has_model(self) -> bool:
        """Whether the trained network is here; the results of experiments that came with the app have none."""
        return (self.folder / "model.keras").is_file()

    @property
    def results(self) -> Path:
        """Where results that are computed after the training are kept.

        A starter run is left as it came: its results lie among the user's own runs.
        """
        if self._is_result:
            # Not where the user's own run of this name would be.
            return folder() / BESIDE / self.folder.parent.name / self.name
        return folder() / self.name if self.is_starter else self.folder

    @cached_property
    def config(self) -> RunConfig:
        file = self.folder / "config.json"
        try:
            return _config(file, records.state(file))
        except FileNotFoundError:
            raise Damaged("config.json is missing.") from None

    @property
    def title(self) -> str:
        if self.is_starter:
            return self.config.title
        # A default name begins with the time, and the rest of it is in the title already.
        return f"{self.config.title} · {self.name[:15] if self.name[:8].isdecimal() else self.name}"

    @property
    def status(self) -> str:
        """One of "waiting", "running", "stopped", "interrupted", "failed", "done"."""
        if ended := self._ended():
            return ended
        if (self.folder / "queued").exists():
            return "waiting"
        if self.is_alive():
            return "running"
        # Checked again: the trainer may have ended in the meantime.
        return self._ended() or ("stopped" if (self.folder / "stop").exists() else "interrupted")

    def _ended(self) -> str | None:
        if (self.folder / "done.json").exists():
            return "done"
        return "failed" if (self.folder / "error.txt").exists() else None

    def is_alive(self) -> bool:
        """Whether a trainer holds the run's lock."""
        try:
            return locks.is_held(self.folder / "lock")
        except OSError:
            return False  # deleted in this moment; `read_run` has seen that it could be opened

    def history(self) -> list[dict[str, float]]:
        """One dict per segment: step, epoch, loss, accuracy, validation_loss, validation_accuracy, seconds, images_per_second.

        loss is the training loss that is minimised, validation_loss is cross-entropy. If the training loss has other terms
        (`RunConfig.loss_terms`), cross_entropy is that of the training images without them; missing in old runs.
        """
        file = self.folder / "history.jsonl"
        try:
            return [dict(line) for line in _history(file, records.state(file))]
        except FileNotFoundError:
            return []

    def progress(self) -> dict[str, Any]:
        """phase; during training also step, total_steps, images_per_second, seconds_left, loss, accuracy, and cross_entropy
        as in the history."""
        try:
            return records.progress(self.folder / "progress.json")
        except FileNotFoundError:
            return {}

    def done(self) -> dict[str, Any]:
        """finished_at (seconds since 1970), seconds, machine, validation_accuracy, test_accuracy, kept_epoch (the epoch
        whose weights were kept; missing in old runs); empty while unfinished."""
        file = self.folder / "done.json"
        try:
            return deepcopy(_done(file, records.state(file)))
        except FileNotFoundError:
            return {}

    @property
    def error(self) -> str:
        """A sentence that says why the run failed; empty if it did not."""
        try:
            text = records.content(self.folder / "error.txt").decode(errors="replace").strip()
        except FileNotFoundError:
            return ""
        return text or "It failed without saying why. The log may tell more."

    def log(self, num_lines: int = 200) -> str:
        """The last lines of the trainer's output."""
        try:
            with records.opened(self.folder / "log.txt") as file:
                file.seek(max(os.fstat(file.fileno()).st_size - LONGEST_LOG, 0))
                content = file.read(LONGEST_LOG)
        except FileNotFoundError:
            return ""
        # Not read as text, which takes every carriage return as the end of a line.
        lines = content.decode(errors="replace").rstrip("\n").split("\n")
        # In a terminal a progress line overwrites itself; only its last state is kept here.
        return "\n".join(line.rsplit("\r", 1)[-1] for line in lines[-num_lines:])

    def predictions(self, split: str) -> Predictions:
        """The saved logits of "validation" or "test"."""
        return records.predictions(self.folder / f"predictions/{split}.npz")

    def model(self) -> "keras.Model":
        """The trained model. Imports Keras."""
        import keras

        records.opened(self.folder / "model.keras").close()  # Keras would wait for whoever writes into a named pipe
        return keras.saving.load_model(self.folder / "model.keras", compile=False, safe_mode=True)


@dataclass(frozen=True)
class DamagedRun:
    """A run's folder that cannot be read.

    Attributes:
        folder: where it is.
        cause: a sentence that says what is wrong.
    """

    folder: Path
    cause: str

    @property
    def name(self) -> str:
        """To be shown; what is not UTF-8 in it is replaced."""
        return records.printable(self.folder.name)

    @property
    def is_starter(self) -> bool:
        """Whether it came with the app."""
        return self.folder.parent == STARTER


# Pages read these files of every run each time they are drawn, and they seldom change.


@lru_cache(maxsize=1024)
def _config(file: Path, state: records.State) -> RunConfig:
    return records.config(file)


@lru_cache(maxsize=1024)
def _done(file: Path, state: records.State) -> dict[str, Any]:
    return records.done(file)


@lru_cache(maxsize=64)
def _history(file: Path, state: records.State) -> list[dict[str, float]]:
    return records.history(file)


def folder() -> Path:
    """The folder for new runs: $WAKARANAI_RUNS if it is set, else runs/."""
    return Path(os.environ.get("WAKARANAI_RUNS") or ROOT / "runs")


def read_run(folder: Path) -> Run | DamagedRun | None:
    """The run in a folder, or why it cannot be read; None if the folder is no run's."""
    try:
        settings = records.check(folder)
        if settings is None:
            if folder.is_symlink() and not folder.exists():
                raise Damaged("It is a link that leads nowhere.")
            return None
        if records.printable(folder.name) != folder.name:
            raise Damaged("Its name is not valid UTF-8 or has unusual spaces. Rename the folder.")
    except Damaged as error:
        return DamagedRun(folder, str(error))
    run = Run(folder)
    # So a list of runs can name each, even one that is deleted in this moment.
    run.__dict__["config"] = settings
    return run


def all_runs() -> list[Run]:
    """All runs: the user's, newest first, then those that came with the app. Damaged ones and other folders are left out."""
    return [run for run in _all() if isinstance(run, Run)]


def damaged_runs() -> list[DamagedRun]:
    """The runs that cannot be read, in the order of `all_runs`."""
    return [run for run in _all() if isinstance(run, DamagedRun)]


def _all() -> list[Run | DamagedRun]:
    own = sorted(_runs_in(folder()), key=lambda run: run.folder.name, reverse=True)
    return own + sorted(_runs_in(STARTER), key=lambda run: run.folder.name)


def _runs_in(parent: Path) -> list[Run | DamagedRun]:
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if entry.name[0] != "." and _may_be_run(entry)]
    except OSError:
        return []
    return [run for name in names if (run := read_run(parent / name)) is not None]


def _may_be_run(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir() or (entry.is_symlink() and not os.path.exists(entry.path))  # noqa: PTH110
    except OSError:  # a link that leads in a circle
        return True


def problem() -> str:
    """A sentence that says why the folder for new runs cannot be read; empty if it can, or is not there yet.

    Visitors see it, so the folder's path is only in the log.
    """
    try:
        with os.scandir(folder()):
            return ""
    except FileNotFoundError:
        return ""
    except OSError as error:
        _log_once(folder(), str(error.strerror))
        return f"The folder for runs cannot be read: {error.strerror}. The server's terminal says which folder."


@lru_cache(maxsize=64)
def _log_once(folder: Path, cause: str) -> None:
    LOG.error("The folder for runs, %s, cannot be read: %s.", records.printable(str(folder)), cause)


def shipped_results() -> list[Run]:
    """The finished runs of the experiments that came with the app, without networks: for comparisons only.

    They are not among `all_runs`.
    """
    try:
        parents = sorted(parent for parent in EXPERIMENTS.iterdir() if parent.is_dir())
    except OSError:
        return []
    found = [run for parent in parents for run in _runs_in(parent) if isinstance(run, Run) and run.status == "done"]
    return sorted(found, key=lambda run: (run.folder.parent.name, run.name))


def find(name: str) -> Run:
    """The run of this name.

    Where the user has trained a run of an experiment whose results came with the app, his own wins once it is done.

    Raises:
        ValueError: there is no such run.
    """
    named = [run for run in all_runs() if run.name == name]
    if named and named[0].status == "done":
        return named[0]
    if found := [run for run in shipped_results() if run.name == name] or named:
        return found[0]
    raise ValueError(f"There is no run {name!r} in {folder()} or {STARTER}.")


def create(config: RunConfig, name: str | None = None, parent: Path | None = None) -> Run:
    """Create a run's folder with only its config.

    Args:
        name: of the folder; by default the time, the data set and the architecture.
        parent: by default the folder for new runs.

    Raises:
        RunExists: there is already a run of this name.
        ValueError: the backend is not installed.
        OSError: the folder cannot be written; nothing is left there.
    """
    versions = _versions(config.backend)
    if sources.source(config.dataset).open_folder:
        # Images may be added or removed during the run, but its number of steps must stay the same.
        config = replace(config, num_train=config.num_images)
    parent = parent or folder()
    stem = name or f"{time.strftime('%Y%m%d-%H%M%S')}-{config.dataset}-{config.architecture}"
    names = [stem] if name else [stem, *(f"{stem}-{number}" for number in range(2, 100))]
    record = json.dumps(asdict(config) | {"versions": versions}, indent=2) + "\n"
    for candidate in names:
        if make_folder(parent / candidate, {"config.json": record}):
            return Run(parent / candidate)
    raise RunExists(f"There is a run {stem} in {parent} already. Delete it or choose another name.")


def _versions(backend: str) -> dict[str, str]:
    try:
        return {package: version(package) for package in ("keras", backend, "numpy")}
    except PackageNotFoundError as error:
        raise ValueError(f"{error.name} is not installed here. Install it: pip install {error.name}") from error
