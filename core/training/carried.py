"""The folder of a run, carried from one machine to another as bytes while it is being trained.

A trainer replaces whole files, and writes them in an order by which a run can always go on: what belongs to a checkpoint
comes before it, and done.json comes at the end. Files are read in the opposite order and written in the same one, so the copy
has this property, too. Importing this module does not import Keras.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.training import records
from core.training.writing import write_bytes

LAST = ("checkpoint.keras", "done.json")  # written after all others, in this order
STAYS = ("lock", "stop", "queued")  # about a machine's processes, not about the training


@dataclass(frozen=True)
class Changes:
    """What is different in a folder.

    Attributes:
        files: path in the folder -> content, in the order in which they must be written.
        gone: paths that are not there any more.
    """

    files: Mapping[str, bytes]
    gone: tuple[str, ...] = ()


class Watched:
    """A run's folder whose changes are asked for again and again; the first time, everything in it is a change.

    Args:
        folder: of the run.
        known: content that the other side has.
    """

    def __init__(self, folder: Path, known: Changes | None = None) -> None:
        self._folder = folder
        self._states: dict[str, records.State] = {}
        if known:
            write(folder, known)
            self._states = {name: records.state(folder / name) for name in known.files}

    def changes(self) -> Changes | None:
        """What has changed since the last call; None if nothing has."""
        read: dict[str, bytes] = {}
        names = _names(self._folder)
        for name in reversed(names):
            file = self._folder / name
            with suppress(FileNotFoundError):  # removed in this moment: the next call finds it gone
                # The state first: a file that is replaced in between is read again by the next call.
                state = records.state(file)
                if self._states.get(name) != state:
                    read[name] = file.read_bytes()
                    self._states[name] = state
        gone = tuple(name for name in self._states if name not in names)
        for name in gone:
            del self._states[name]
        return Changes(dict(reversed(read.items())), gone) if read or gone else None


def content(folder: Path) -> Changes:
    """Everything in a run's folder."""
    return Watched(folder).changes() or Changes({})


def write(folder: Path, changes: Changes) -> None:
    """Make the same changes in another folder.

    Raises:
        OSError: it cannot be written.
    """
    for name, read in changes.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(file, read)
    for name in changes.gone:
        (folder / name).unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    found = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    names = [path.as_posix() for path in found if not (path.name.startswith(".") or path.suffix == ".part")]
    return sorted(
        (name for name in names if name not in STAYS),
        key=lambda name: (LAST.index(name) if name in LAST else -1, name),
    )
