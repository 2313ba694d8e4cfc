"""The record of a run: a folder of files that can all be read without this app.

    config.json             the settings, and the versions of the packages
    history.jsonl           one line per segment (an epoch, or a shorter part of a run that is given in steps)
    progress.json           phase, step, images/s, seconds left
    checkpoint.keras        model and optimizer after the last segment, while unfinished
    best.keras              the model with the lowest validation loss so far, while unfinished, if the run has patience
    model.keras             the trained model, without optimizer
    predictions/*.npz       logits of the validation and the test split
    monte_carlo/*.npz       summaries of Monte Carlo dropout, once computed
    scores/*.npz            scores that need more than logits, once computed
    owner.json              who started it, on a server that many share
    queued                  while it waits for its turn: its number in the queue
    familiarity.npz         the distance to the training images with its limit, once computed
    logits/*.npz            logits for images that are not the run's own, once computed
    log.txt, lock, stop     the trainer's output, its lock, and the request to stop
    done.json or error.txt  how it ended

Files are written under another name and then renamed, so that a reader never sees half of one. The trainer holds the lock
as long as it lives. A process id would not tell, because a dead child process keeps its id until its parent waits for it.
Importing this module does not import Keras.
"""

import json
import os
import time
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data import sources
from core.metrics.predictions import Predictions
from core.training import locks
from core.training.config import RunConfig

if TYPE_CHECKING:
    import keras

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "starter/runs"
AT_WORK = ("running", "waiting")  # statuses of a run that will be trained further without a click


class RunExists(FileExistsError):
    """There is already a run of this name."""


@dataclass(frozen=True)
class Run:
    """A run's folder; every property is read from its files."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def is_starter(self) -> bool:
        """Whether it came with the app and must not be changed."""
        return self.folder.parent == STARTER

    @property
    def results(self) -> Path:
        """Where results that are computed after the training are kept.

        A starter run is left as it came: its results lie among the user's own runs.
        """
        return folder() / self.name if self.is_starter else self.folder

    @cached_property
    def config(self) -> RunConfig:
        file = self.folder / "config.json"
        return _config(file, state(file))

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
        return locks.is_held(self.folder / "lock")

    def history(self) -> list[dict[str, float]]:
        """One dict per segment: step, epoch, loss, accuracy, validation_loss, validation_accuracy, seconds, images_per_second.

        loss is the training loss that is minimised, validation_loss is cross-entropy. If the training loss has other terms
        (`RunConfig.loss_terms`), cross_entropy is that of the training images without them; missing in old runs.
        """
        try:
            lines = (self.folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def progress(self) -> dict[str, Any]:
        """phase; during training also step, total_steps, images_per_second, seconds_left, loss, accuracy, and cross_entropy
        as in the history."""
        return _read_json(self.folder / "progress.json")

    def done(self) -> dict[str, Any]:
        """finished_at (seconds since 1970), seconds, machine, validation_accuracy, test_accuracy, kept_epoch (the epoch
        whose weights were kept; missing in old runs); empty while unfinished."""
        file = self.folder / "done.json"
        try:
            return dict(_done(file, state(file)))
        except FileNotFoundError:
            return {}

    @property
    def error(self) -> str:
        """A sentence that says why the run failed; empty if it did not."""
        file = self.folder / "error.txt"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def log(self, num_lines: int = 200) -> str:
        """The last lines of the trainer's output."""
        file = self.folder / "log.txt"
        if not file.exists():
            return ""
        # Not read_text, which takes every carriage return as the end of a line.
        lines = file.read_bytes().decode(errors="replace").rstrip("\n").split("\n")
        # In a terminal a progress line overwrites itself; only its last state is kept here.
        return "\n".join(line.rsplit("\r", 1)[-1] for line in lines[-num_lines:])

    def predictions(self, split: str) -> Predictions:
        """The saved logits of "validation" or "test"."""
        return Predictions.load(self.folder / f"predictions/{split}.npz")

    def model(self) -> "keras.Model":
        """The trained model. Imports Keras."""
        import keras

        return keras.saving.load_model(self.folder / "model.keras", compile=False, safe_mode=True)


# Pages read config.json and done.json of every run each time they are drawn, and these files do not change.


@lru_cache(maxsize=1024)
def _config(file: Path, state: tuple[int, int]) -> RunConfig:
    return RunConfig(**json.loads(file.read_text(encoding="utf-8")))


@lru_cache(maxsize=1024)
def _done(file: Path, state: tuple[int, int]) -> dict[str, Any]:
    done: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return done


def state(file: Path) -> tuple[int, int]:
    """Inode and modification time, which change when a file is replaced."""
    status = file.stat()
    return status.st_ino, status.st_mtime_ns


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return content


def write_text(path: Path, text: str) -> None:
    """Write a file atomically: a reader sees either the new file or the old one."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def folder() -> Path:
    """The folder for new runs: $WAKARANAI_RUNS if it is set, else runs/."""
    return Path(os.environ.get("WAKARANAI_RUNS") or ROOT / "runs")


def all_runs() -> list[Run]:
    """All runs: the user's, newest first, then those that came with the app. Other folders are ignored."""
    own = sorted(_runs_in(folder()), key=lambda run: run.name, reverse=True)
    return own + sorted(_runs_in(STARTER), key=lambda run: run.name)


def _runs_in(parent: Path) -> list[Run]:
    runs = [Run(child) for child in parent.iterdir() if child.is_dir()] if parent.is_dir() else []
    return [run for run in runs if _is_readable(run)]


def _is_readable(run: Run) -> bool:
    try:
        return bool(run.config)
    except (OSError, ValueError, TypeError):
        return False


def find(name: str) -> Run:
    """The run of this name.

    Raises:
        ValueError: there is no such run.
    """
    for run in all_runs():
        if run.name == name:
            return run
    raise ValueError(f"There is no run {name!r} in {folder()} or {STARTER}.")


def create(config: RunConfig, name: str | None = None, parent: Path | None = None) -> Run:
    """Create a run's folder with only its config.

    Args:
        name: of the folder; by default the time, the data set and the architecture.
        parent: by default the folder for new runs.

    Raises:
        RunExists: there is already a run of this name.
        ValueError: the backend is not installed.
    """
    versions = _versions(config.backend)
    if sources.source(config.dataset).open_folder:
        # Images may be added or removed during the run, but its number of steps must stay the same.
        config = replace(config, num_train=config.num_images)
    parent = parent or folder()
    stem = name or f"{time.strftime('%Y%m%d-%H%M%S')}-{config.dataset}-{config.architecture}"
    names = [stem] if name else [stem, *(f"{stem}-{number}" for number in range(2, 100))]
    free = next((candidate for candidate in names if not (parent / candidate).exists()), None)
    if free is None:
        raise RunExists(f"There is a run {stem} in {parent} already. Delete it or choose another name.")
    # Renamed only when it has its config, so that no reader sees a run without one.
    part = parent / f".{free}.part"
    part.mkdir(parents=True)
    write_text(part / "config.json", json.dumps(asdict(config) | {"versions": versions}, indent=2) + "\n")
    part.replace(parent / free)
    return Run(parent / free)


def _versions(backend: str) -> dict[str, str]:
    try:
        return {package: version(package) for package in ("keras", backend, "numpy")}
    except PackageNotFoundError as error:
        raise ValueError(f"{error.name} is not installed here. Install it: pip install {error.name}") from error
