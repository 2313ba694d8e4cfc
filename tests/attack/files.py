"""Damaged files through every entry: each is read, or refused in a sentence, with bounded time and memory."""

import random
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.attack import mutations
from tests.attack.entries import Entry, entries

MOST_SECONDS = 5.0  # of processor time, for one file
MOST_BYTES = 500 * 2**20  # by which the process may grow while it reads one file
HANGS_AFTER = 60  # seconds


class Hangs(BaseException):
    """A reader did not come back. Not an `Exception`, so that no reader catches it."""


@dataclass
class Tally:
    """What became of the files of one entry.

    Attributes:
        read: files that were read although they were damaged.
        refused: files that were refused in a sentence.
        broken: a line for each file that broke something.
        most_seconds: of processor time for one file.
        most_bytes: by which the process grew for one file.
    """

    read: int = 0
    refused: int = 0
    broken: list[str] = field(default_factory=list)
    most_seconds: float = 0.0
    most_bytes: int = 0


def attack(count: int, seed: int, kept: Path, only: tuple[str, ...] = ()) -> dict[str, Tally]:
    """Read damaged files, and keep the bytes of those that break something.

    Args:
        count: number of files.
        seed: the same seed and count damage the same files in the same way.
        kept: folder for the bytes of what breaks something.
        only: names of entries; by default all.

    Returns:
        Name of the entry -> what became of its files.
    """
    chosen = {name: entry for name, entry in entries().items() if not only or name in only}
    shares = sum(entry.share for entry in chosen.values())
    return {
        name: _attack(entry, max(1, round(count * entry.share / shares)), seed, kept) for name, entry in chosen.items()
    }


def _attack(entry: Entry, count: int, seed: int, kept: Path) -> Tally:
    tally, whole = Tally(), entry.whole()
    donors = [*whole.values()]
    # Whole files first: they must be read, and what the reader imports must not count as memory of a damaged file.
    for name, content in whole.items():
        with _own_folder() as folder:
            entry.read(content, name, folder)
    for number in range(count):
        rng = random.Random(f"{seed} {entry.name} {number}")
        name = rng.choice([*whole])
        content = mutations.damaged(rng, whole[name], rng.choice(donors), entry.own)
        with _own_folder() as folder:
            said = _read(entry, content, name, folder, tally)
        if said:
            kept.mkdir(parents=True, exist_ok=True)
            file = kept / f"{entry.name} {seed} {number} {name.replace('/', '-')}"
            file.write_bytes(content)
            tally.broken.append(f"{file}: {said}")
    return tally


@contextmanager
def _own_folder() -> Iterator[Path]:
    """A folder in which data sets are searched for, too."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="wakaranai-attack-") as folder:
        patch.setenv("WAKARANAI_DATA", folder)
        yield Path(folder)


def _read(entry: Entry, content: bytes, name: str, folder: Path, tally: Tally) -> str:
    """Read one file. Returns what broke; empty if nothing did."""
    said, begun, held = "", time.process_time(), _forget_peak()
    try:
        with _hanging_ends():
            entry.read(content, name, folder)
        tally.read += 1
    except entry.allowed as error:
        tally.refused += 1
        said = "" if str(error).strip() and str(error).isprintable() else f"says {str(error)!r}"
        str(error).encode()
    except (Exception, Hangs) as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {str(error)[:200]} ({Path(where.filename).name}:{where.lineno})"
    seconds, grown = time.process_time() - begun, _peak() - held
    tally.most_seconds, tally.most_bytes = max(tally.most_seconds, seconds), max(tally.most_bytes, grown)
    if not said and seconds > MOST_SECONDS:
        said = f"took {seconds:.1f} s"
    if not said and grown > MOST_BYTES:
        said = f"took {grown / 2**20:,.0f} MiB"
    return said


@contextmanager
def _hanging_ends() -> Iterator[None]:
    def end(*_: object) -> None:
        raise Hangs(f"not ended after {HANGS_AFTER} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(HANGS_AFTER)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _forget_peak() -> int:
    """Let Linux measure the peak of this process's memory from now on. Returns its memory now, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    """The largest memory of this process since the last `_forget_peak`, in bytes."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def table(tallies: dict[str, Tally]) -> str:
    """One line per entry, and each thing that broke."""
    lines = [f"{'files':<16}{'count':>8}{'read':>8}{'refused':>9}{'broken':>8}{'most s':>8}{'most MiB':>10}"]
    for name, tally in tallies.items():
        count = tally.read + tally.refused + len(tally.broken)
        lines.append(
            f"{name:<16}{count:>8,}{tally.read:>8,}{tally.refused:>9,}{len(tally.broken):>8,}{tally.most_seconds:>8.2f}"
            f"{tally.most_bytes / 2**20:>10,.0f}"
        )
    return "\n".join(lines + [f"  {line}" for tally in tallies.values() for line in tally.broken])


def num_broken(tallies: dict[str, Tally]) -> int:
    return sum(len(tally.broken) for tally in tallies.values())
