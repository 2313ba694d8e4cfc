"""The messages between a client and the process that runs the networks.

Each question has its own connection. It begins with a `Question`, then come fractions of progress, and at last the answer
or an error. A client that no longer waits closes it, and the work ends at its next piece. Importing this module does not
import Keras.
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
    """A question could not be answered, for a reason outside the question; the message says what to do."""


class WorkerEnded(NetworkUnavailable):
    """The process that runs the networks ended before it answered."""


class RunChanged(NetworkUnavailable):
    """The run was deleted, replaced or damaged after the page was drawn."""


class Said(Enum):
    """Kinds of messages from the process."""

    BEGUN = auto()  # the question was read; before that, it can safely be sent again
    PROGRESS = auto()
    ANSWER = auto()
    ERROR = auto()


@dataclass(frozen=True)
class Question:
    """A question to a run's network.

    Attributes:
        folder: of the run.
        finished_at: end of the run, seconds since 1970, because the folder may hold another run by now.
        function: full name of a function of core whose first argument is the model.
        arguments, settings: its other arguments, by position and by name.
        wants_progress: whether to report progress.
    """

    folder: str
    finished_at: float
    function: str
    arguments: tuple[Any, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    wants_progress: bool = False


@dataclass(frozen=True)
class Function:
    """A function of core as an argument of a question, by name, so that the client does not import it.

    Attributes:
        name: for example "core.saliency.entropy".
        settings: keyword arguments that are fixed in advance.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """The folder of a process, which only this user may enter.

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
        """The secret key with which client and process authenticate each other."""
        return (self.folder / "key").read_bytes()

    def make(self) -> None:
        """Create the folder and the key, if another process has not."""
        if (self.folder / "key").exists():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.folder / f"key-{secrets.token_hex(8)}"
        part.touch(mode=0o600)
        part.write_bytes(secrets.token_bytes(32))
        with suppress(FileExistsError):
            (self.folder / "key").hardlink_to(part)  # unlike a rename, this never replaces another process's key
        part.unlink()
