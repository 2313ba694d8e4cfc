"""What a run's folder says, checked: each reader returns valid values or raises `Damaged` with a sentence.

Nothing in a folder can block a reader or make it read without end: only regular files of limited size are opened.
Importing this module does not import Keras.
"""

import json
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from numpy.lib.format import read_array_header_1_0, read_array_header_2_0, read_magic

from core.data import sources
from core.metrics.predictions import Predictions
from core.training.config import RunConfig

State = tuple[int, int, int, int]
LARGEST = 32 * 2**20  # bytes of a text file; the longest history that the app can make has about 25 MB
LARGEST_ARRAYS = 2**27  # bytes of a file of arrays, unpacked; 10,000 logits of 1,000 classes have 40 million
LONGEST = 300  # letters of a cause
SPLITS = ("validation", "test")
# Files that are read, and therefore must be regular.
FILES = (
    "config.json", "history.jsonl", "progress.json", "done.json", "error.txt", "log.txt", "lock", "queued", "owner.json",
    *(f"predictions/{split}.npz" for split in SPLITS),
)  # fmt: skip
# Whatever is added, removed or replaced changes its folder; in these files something may also change in place.
WATCHED = (".", "predictions", "config.json", "done.json", "history.jsonl")
READ_AND_WRITE = os.R_OK | os.W_OK
# A folder with one of these is a run, even if its config is missing.
SIGNS = frozenset({*FILES[:-2], "stop", "checkpoint.keras", "best.keras", "model.keras", "predictions"})
PROPORTIONS = ("accuracy", "validation_accuracy")
HISTORY = ("epoch", "loss", "validation_loss", "seconds", "images_per_second")
PROGRESS = ("images_per_second", "seconds_left", "loss")


class Damaged(ValueError):
    """A run cannot be read. The message is one sentence that says why."""

    def __init__(self, cause: str) -> None:
        # A lone surrogate, which JSON can write, cannot be shown.
        super().__init__(printable(cause if len(cause) <= LONGEST else cause[: LONGEST - 1] + "…"))


class Unopened(Damaged):
    """A file cannot be opened now. Not remembered: permissions may change without a trace in the file."""


def printable(text: str) -> str:
    """The text in one line; what is not valid Unicode, such as a name that is not UTF-8, becomes a question mark."""
    return " ".join(text.encode(errors="replace").decode().split())


def state(file: Path) -> State:
    """Inode, times of modification and of change, and size: they change when a file is replaced or may be read again."""
    return _state(file.stat())


def _state(found: os.stat_result) -> State:
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def opened(file: Path) -> BinaryIO:
    """The open file.

    Raises:
        FileNotFoundError: there is no such file.
        Damaged: it is not a regular file, or cannot be opened.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for somebody who writes into it.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unopened(f"{file.name} cannot be opened: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Damaged(f"{file.name} is not a regular file.")
    return os.fdopen(descriptor, "rb")


def content(file: Path) -> bytes:
    """The bytes of a file; errors as for `opened`, and Damaged if it is too large."""
    with opened(file) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > LARGEST:
            raise Damaged(f"{file.name} is too large: {size:,} bytes, at most {LARGEST:,} were expected.")
        try:
            return stream.read()
        except OSError as error:
            raise Damaged(f"{file.name} cannot be read: {error.strerror}.") from error


def config(file: Path) -> RunConfig:
    """The settings in a config.json."""
    values = _object(content(file), file.name)
    try:
        return RunConfig(**values)
    except (TypeError, ValueError) as error:
        raise Damaged(f"{file.name} has no valid settings: {error}") from error


def done(file: Path) -> dict[str, Any]:
    """The record of a finished run in a done.json."""
    values = _object(content(file), file.name)
    machine = values.get("machine")
    if not isinstance(machine, dict) or not all(_is_text(machine.get(key)) for key in ("processor", "device")):
        raise Damaged(f"{file.name} does not say on which processor and device the run was trained.")
    _check(values, ("finished_at", "seconds"), ("validation_accuracy", "test_accuracy"), file.name)
    if "kept_epoch" in values:
        _check(values, ("kept_epoch",), (), file.name)
    return values


def progress(file: Path) -> dict[str, Any]:
    """The progress in a progress.json."""
    values = _object(content(file), file.name)
    if not _is_text(values.get("phase")):
        raise Damaged(f"{file.name} does not say what the trainer is doing.")
    if values["phase"] == "training":
        _check_steps(values, ("step", "total_steps"), file.name)
        _check(values, PROGRESS, ("accuracy",), file.name)
        if "cross_entropy" in values:
            _check(values, ("cross_entropy",), (), file.name)
    ahead = values.get("ahead", [])
    if not (isinstance(ahead, list) and all(map(_is_text, ahead))):
        raise Damaged(f"{file.name} does not say for which runs it waits.")
    return values


def history(file: Path) -> list[dict[str, float]]:
    """The lines of a history.jsonl. A last line that was not written to its end is left out."""
    *lines, last = content(file).split(b"\n")
    parsed = [_object(line, f"Line {number} of {file.name}") for number, line in enumerate(lines, 1)]
    if last:
        try:
            parsed.append(_object(last, file.name))
        except Damaged:
            if last.rstrip().endswith(b"}") or not last.lstrip().startswith(b"{"):
                raise
    for number, line in enumerate(parsed, 1):
        where = f"Line {number} of {file.name}"
        _check_steps(line, ("step",), where)
        _check(line, HISTORY, PROPORTIONS, where)
        if "cross_entropy" in line:
            _check(line, ("cross_entropy",), (), where)
    return parsed


def predictions(file: Path) -> Predictions:
    """The saved logits of one split."""
    with _arrays(file):
        return Predictions.load(file)


def _check_arrays(file: Path, num_classes: int) -> None:
    """See from their headers that logits and labels are there and fit together; the numbers are not read, which would take
    long."""
    with _arrays(file) as archive:
        shapes = []
        for name in ("logits", "labels", "class_names"):
            with archive.open(f"{name}.npy") as stream:
                read = {(1, 0): read_array_header_1_0, (2, 0): read_array_header_2_0}[read_magic(stream)]
                shapes.append(read(stream)[0])
        logits, labels, class_names = shapes
        if not logits[0] or (logits, labels, class_names) != ((logits[0], num_classes), logits[:1], (num_classes,)):
            raise ValueError(f"its arrays have the shapes {logits}, {labels} and {class_names}.")


@contextmanager
def _arrays(file: Path) -> Iterator[zipfile.ZipFile]:
    """The open file of predictions; every error in reading it becomes Damaged."""
    where = f"predictions/{file.name}"
    try:
        with opened(file) as stream, zipfile.ZipFile(stream) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > LARGEST_ARRAYS:
                raise Damaged(f"{where} is too large: {size:,} bytes of arrays.")
            yield archive
    except FileNotFoundError:
        raise Damaged(f"{where} is missing.") from None
    except Damaged:
        raise
    except ValueError as error:
        raise Damaged(f"{where} cannot be read: {error}") from error
    except Exception as error:  # of a broken file, NumPy raises whatever it meets
        raise Damaged(f"{where} is incomplete or was changed.") from error


def check(folder: Path) -> RunConfig | None:
    """See that everything in a run's folder can be read. What was read before is not read again while nothing changes.

    Returns:
        The settings of the run; None if the folder is no run's.

    Raises:
        Damaged: something cannot be read; the first thing found.
    """
    path = str(folder)
    states = tuple(_state_at(path, name) for name in WATCHED)
    whole, _, settings_file, done_file, _ = states
    if settings_file is None and not (whole and _has_signs(folder)):
        return None
    settings, cause = _checked(path, states)
    # Without its lock, nobody knows whether an unfinished run's trainer lives.
    if (
        not cause
        and done_file is None
        and os.path.lexists(f"{path}/lock")
        and not os.access(f"{path}/lock", READ_AND_WRITE)
    ):
        raise Damaged("lock cannot be opened: Permission denied.")
    if cause:
        raise Damaged(cause)
    return settings


def _state_at(folder: str, name: str) -> State | None:
    try:
        return _state(os.stat(f"{folder}/{name}"))  # noqa: PTH116 - a Path takes as long as the system
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Damaged(f"{'The folder' if name == '.' else name} cannot be opened: {error.strerror}.") from error


def _has_signs(folder: Path) -> bool:
    try:
        return not SIGNS.isdisjoint(os.listdir(folder))  # noqa: PTH208
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Damaged(f"The folder cannot be opened: {error.strerror}.") from error


@lru_cache(maxsize=4096)
def _checked(folder: str, states: tuple[State | None, ...]) -> tuple[RunConfig | None, str]:
    """The settings and no cause, or why a folder whose watched files are in these states cannot be read."""
    run = Path(folder)
    try:
        present = {name for name in FILES if _is_there(run / name)}
        settings = config(run / "config.json")
        for name, read in (("history.jsonl", history), ("progress.json", progress), ("done.json", done)):
            if name in present:
                read(run / name)
        if "done.json" in present:
            for split in SPLITS:
                _check_arrays(run / f"predictions/{split}.npz", len(sources.source(settings.dataset).class_names))
    except FileNotFoundError as error:
        return None, f"{Path(str(error.filename)).name} is missing."
    except Unopened:
        raise
    except Damaged as error:
        return None, str(error)
    return settings, ""


def _is_there(file: Path) -> bool:
    try:
        # A lock is never opened through a link.
        found = file.lstat() if file.name == "lock" else file.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Unopened(f"{file.name} cannot be opened: {error.strerror}.") from error
    if not stat.S_ISREG(found.st_mode):
        raise Damaged(f"{file.name} is not a regular file.")
    return True


def _object(text: bytes, where: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    # RecursionError: brackets in brackets, thousands deep.
    except (ValueError, RecursionError) as error:
        raise Damaged(f"{where} is empty." if not text.strip() else f"{where} is not valid JSON.") from error
    if not isinstance(values, dict):
        raise Damaged(f"{where} must be a JSON object, got {type(values).__name__}.")
    return values


def _check(values: dict[str, Any], numbers: tuple[str, ...], proportions: tuple[str, ...], where: str) -> None:
    for keys, largest, expected in (
        (numbers, 1e15, "a number, at least 0"),
        (proportions, 1.0, "a number from 0 to 1"),
    ):
        for key in keys:
            value = values.get(key)
            # A comparison with NaN is false.
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= largest:
                raise Damaged(f"{where}: {key} must be {expected}, got {_shown(value)}.")


def _check_steps(values: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in keys:
        value = values.get(key)
        if not (type(value) is int and 0 < value < 2**62):
            raise Damaged(f"{where}: {key} must be a positive integer, got {_shown(value)}.")


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value) if isinstance(value, float | bool) else type(value).__name__


def _is_text(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(value.encode())
    except UnicodeEncodeError:
        return False
