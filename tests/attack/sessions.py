"""Visitors who share a server for a while, some of whom train and upload: no exception, no word of others, and no memory kept."""

import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.classroom import EXPIRY, first_visitor
from benchmarks.server import logged_errors, processes, served
from benchmarks.sessions import CONNECT, Problem, Rerun, Session
from benchmarks.students import ARRIVAL, Lesson
from tests.attack.visitors import PATIENCE, Guarded, Secrets, Visit, click, send_pictures, train

NUM_TRAIN, NUM_UPLOAD = 4, 2  # of thirty
PAUSE = 2.0  # seconds between two clicks
WARM_UP = 60.0  # seconds; afterwards what is cached for all is there
MOST_GROWTH = 0.10  # of the memory after the warm-up
TRAINERS_END = 600.0  # seconds
NUM_SLOWEST = 5  # reruns that are listed


@dataclass
class Visitors:
    """What became of the visitors.

    Attributes:
        num_sessions: how many there were.
        num_reruns: that they asked for.
        slowest: the reruns that took longest, the slowest first.
        num_runs: that were trained to their end.
        problems: problem -> number of times it occurred.
        memory: moment -> bytes of the server and of the networks' process.
    """

    num_sessions: int = 0
    num_reruns: int = 0
    slowest: list[Rerun] = field(default_factory=list)
    num_runs: int = 0
    problems: Counter[Problem] = field(default_factory=Counter)
    memory: dict[str, tuple[int, int]] = field(default_factory=dict)


def attack(num_sessions: int, minutes: float, seed: int, *, until_forgotten: bool = True) -> Visitors:
    """Let visitors use a server of their own.

    Args:
        num_sessions: of whom four in thirty train and two upload, at least one each.
        minutes: for which they click.
        seed: of their clicks.
        until_forgotten: warm the server up before, wait afterwards until it has forgotten the sessions, and compare memory.
    """
    found = Visitors(num_sessions)
    with _shared_server() as (pid, address, folder):
        asyncio.run(_lessons(found, pid, address, minutes, seed, until_forgotten))
        found.num_runs = len(list((folder / "runs").glob("*/done.json")))
        for line, count in logged_errors((folder / "server.log").read_text(errors="replace")).items():
            found.problems[Problem("the server's log", line)] += count
    return found


@contextlib.contextmanager
def _shared_server() -> Iterator[tuple[int, str, Path]]:
    with tempfile.TemporaryDirectory(prefix="wakaranai-attack-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAKARANAI_SHARED", "1")
        patch.setenv("WAKARANAI_HOST_KEY", "the key of the host")
        with served(Path(folder)) as (pid, address):
            yield pid, address, Path(folder)


async def _lessons(found: Visitors, pid: int, address: str, minutes: float, seed: int, until_forgotten: bool) -> None:
    if until_forgotten:
        await first_visitor(address)
        await _lesson(found, address, WARM_UP, seed + 1)
        await _forgotten(found, pid, address)
        found.memory["after the warm-up"] = _memory(pid)
    await _lesson(found, address, 60 * minutes, seed)
    found.memory["at the end"] = _memory(pid)
    if until_forgotten:
        await _forgotten(found, pid, address)
        found.memory["after all have left"] = _memory(pid)
    else:
        await _trained(found, pid)


async def _lesson(found: Visitors, address: str, seconds: float, seed: int) -> None:
    known, lesson = Secrets(), Lesson()
    ends = asyncio.get_running_loop().time() + seconds
    tabs = [Guarded(address, number, known) for number in range(found.num_sessions)]
    tasks = []
    for number, tab in enumerate(tabs):
        visit = Visit(tab, random.Random(f"{seed} {number}"), PAUSE, ends)
        tasks.append(asyncio.create_task(_arrive(visit, _role(number, found.num_sessions), seed, lesson)))
    _, late = await asyncio.wait(tasks, timeout=seconds + 2 * PATIENCE)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for tab, task in zip(tabs, tasks, strict=True):
        if task in late:
            tab.problems.append(Problem(tab.page, "still waited when all others had left"))
        asked = [rerun for rerun in tab.reruns if rerun.page != CONNECT]
        found.num_reruns += len(asked)
        found.slowest = sorted([*found.slowest, *asked], key=lambda rerun: -rerun.seconds)[:NUM_SLOWEST]
        found.problems.update(tab.problems)
    await asyncio.gather(*(tab.close() for tab in tabs))


Role = Callable[[Visit, int, Lesson], Coroutine[None, None, None]]


def _role(number: int, num_sessions: int) -> Role:
    num_train, num_upload = (max(1, round(num_sessions * of_thirty / 30)) for of_thirty in (NUM_TRAIN, NUM_UPLOAD))
    if number < num_train:
        return lambda visit, seed, lesson: train(visit)
    if number < num_train + num_upload:
        return lambda visit, seed, lesson: send_pictures(visit)
    return click


async def _arrive(visit: Visit, role: Role, seed: int, lesson: Lesson) -> None:
    await asyncio.sleep(visit.rng.uniform(0, ARRIVAL))
    try:
        await role(visit, seed, lesson)
    except (LookupError, OSError, TimeoutError) as error:
        visit.problem(f"{type(error).__name__}: {error}")


async def _forgotten(found: Visitors, pid: int, address: str) -> None:
    """Wait until the trainings have ended and the server has forgotten its sessions."""
    await _trained(found, pid)
    await asyncio.sleep(EXPIRY)
    # Streamlit removes old sessions only when another one ends.
    last = Session(address, PATIENCE)
    await last.visit("Home")
    await last.close()
    await asyncio.sleep(5)


async def _trained(found: Visitors, pid: int) -> None:
    deadline = time.monotonic() + TRAINERS_END
    while any("core.training" in process.command for process in processes(pid)):
        if time.monotonic() > deadline:
            found.problems[Problem("Train", "trainings have not ended")] += 1
            return
        await asyncio.sleep(1)


def _memory(pid: int) -> tuple[int, int]:
    """Resident memory of the server and of the networks' process, in bytes."""
    server, *children = processes(pid)
    return server.resident, sum(child.resident for child in children if "core.serving.worker" in child.command)


def growth(found: Visitors) -> float:
    """By which share of the memory after the warm-up the memory has grown after all have left; 0 if it was not measured."""
    before, after = (sum(found.memory.get(moment, (0,))) for moment in ("after the warm-up", "after all have left"))
    return after / before - 1 if before else 0.0


def num_broken(found: Visitors) -> int:
    return found.problems.total() + (growth(found) > MOST_GROWTH)


def table(found: Visitors) -> str:
    """Numbers, memory, and each problem."""
    lines = [f"{found.num_sessions} sessions, {found.num_reruns:,} reruns; {found.num_runs} runs trained"]
    slowest = (f"{rerun.page} ({rerun.what}) {rerun.seconds:.1f} s" for rerun in found.slowest)
    lines.append(f"slowest: {', '.join(slowest)}")
    for moment, (server, networks) in found.memory.items():
        lines.append(f"memory {moment:<22} server {server / 1e6:>6,.0f} MB, networks {networks / 1e6:>6,.0f} MB")
    if "after all have left" in found.memory:
        lines.append(f"memory has grown by {growth(found):.1%}; at most {MOST_GROWTH:.0%} are expected")
    lines.append(f"{found.problems.total()} problems")
    lines += [
        f"  {count} x {page}: {' '.join(sentence.split())[:300]}"
        for (page, sentence), count in found.problems.most_common()
    ]
    return "\n".join(lines)
