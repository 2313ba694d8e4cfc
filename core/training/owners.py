"""Whose run it is, where many visitors share a server: a name for everybody to read, and the fingerprint of a secret.

The secret stays in its owner's browser. Whoever reads the folder of a run finds only its SHA-256, from which a random secret
of 128 bits cannot be found again.
"""

import hmac
import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from core.training import records
from core.training.runs import write_text

FEWEST_CHARACTERS = 32  # of a secret: 128 bits in hexadecimal digits
MOST_LETTERS = 30  # of a name


class Owned(Protocol):
    """What can have an owner, in whose folder the record lies: a run or an experiment."""

    @property
    def folder(self) -> Path: ...


@dataclass(frozen=True)
class Owner:
    """Who started a run.

    Attributes:
        name: as its owner wrote it.
        fingerprint: hexadecimal SHA-256 of the owner's secret.
    """

    name: str
    fingerprint: str


def owner(name: str, secret: str) -> Owner:
    """The owner of the runs that somebody with this secret starts.

    Raises:
        ValueError: no name, one that is too long, or a secret that can be guessed.
    """
    name = " ".join(name.split())
    if not _is_name(name):
        raise ValueError(f"A name has 1 to {MOST_LETTERS} letters, and this one has {len(name)}. Write another.")
    if len(secret) < FEWEST_CHARACTERS:
        raise ValueError(f"A secret has at least {FEWEST_CHARACTERS} characters, and this one has {len(secret)}.")
    return Owner(name, _fingerprint(secret))


def claim(run: Owned, owner: Owner) -> None:
    """Write the owner into the folder of a run or an experiment."""
    write_text(run.folder / "owner.json", json.dumps(asdict(owner)) + "\n")


def owner_of(run: Owned) -> Owner | None:
    """The owner in the run's folder; None if nobody is named there, or if the record is damaged."""
    try:
        record = json.loads(records.content(run.folder / "owner.json"))
        name, fingerprint = record["name"], record["fingerprint"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    texts = isinstance(name, str) and isinstance(fingerprint, str) and fingerprint.isascii()
    # A name that cannot be shown or is too long was not written by `claim`.
    return Owner(name, fingerprint) if texts and _is_name(name) else None


def is_owned(run: Owned, secret: str) -> bool:
    """Whether the owner of the run has this secret. A run without an owner is nobody's."""
    found = owner_of(run)
    # Compared in constant time, so that the time does not tell how much of a guess is right.
    return found is not None and hmac.compare_digest(found.fingerprint.encode(), _fingerprint(secret).encode())


def _is_name(name: str) -> bool:
    return 0 < len(name) <= MOST_LETTERS and records.printable(name) == name


def _fingerprint(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
