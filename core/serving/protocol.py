"""What goes between those who ask and the process that runs the networks.

A question is a connection: it opens with a `Question`, brings the fraction done now and then, and ends with the answer or
an error. Whoever no longer waits closes it, and the work ends at its next piece. Importing this module imports no Keras.
"""

import secrets
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any


class NetworkUnavailable(RuntimeError):
    """A question has no answer, for a reason that lies not in the question; the sentence says what to do."""


class WorkerEnded(NetworkUnavailable):
    """The process that runs the networks ended before it answered."""


class RunChanged(NetworkUnavailable):
    """The run was deleted, replaced or damaged since the page was drawn."""


class Said(Enum):
    """What a message from the process is."""

    BEGUN = auto()  # the question was read; until then it may be asked again without harm
    PROGRESS = auto()
    ANSWER = auto()
    ERROR = auto()


@dataclass(frozen=True)
class Question:
    """What is asked of a run's network.

    Attributes:
        folder: of the run.
        finished_at: when the run ended that is asked, seconds since 1970: another run may have taken its place.
        function: full name of a function of core whose first argument is the model.
        arguments, settings: its other arguments, by position and by name.
        wants_progress: whether it is to tell how far it is.
    """

    folder: str
    finished_at: float
    function: str
    arguments: tuple = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    wants_progress: bool = False


@dataclass(frozen=True)
class Function:
    """A function of core, by name, as an argument of a question: it travels without being imported.

    Attributes:
        name: "core.saliency.entropy", for instance.
        settings: arguments that are given beforehand.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a process listens: a folder that only this user may enter.

    Attributes:
        folder: holds the socket, the key, and the lock of the process that listens.
    """

    folder: Path

    @property
    def address(self) -> str:
        if sys.platform == "win32":
            return rf"\\.\pipe\wakaranai-{self.key.hex()[:16]}"
        return str(self.folder / "socket")

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def key(self) -> bytes:
        """What both sides prove to know."""
        return (self.folder / "key").read_bytes()

    def make(self) -> None:
        """Make the folder and the key, whoever comes first."""
        if (self.folder / "key").exists():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.folder / f"key-{secrets.token_hex(8)}"
        part.touch(mode=0o600)
        part.write_bytes(secrets.token_bytes(32))
        with suppress(FileExistsError):
            (self.folder / "key").hardlink_to(part)  # unlike a rename, this leaves another's key as it is
        part.unlink()
