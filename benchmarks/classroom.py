"""A class of students on one server, without a browser: `python -m benchmarks.classroom --sessions 30 --minutes 10`.

Each student opens a page by its address and then visits all pages of several runs, with a pause between the end of one
rerun and the next click. A quarter of them moves the threshold on Reject, a quarter draws on Draw, a quarter opens images on
Inspect, a quarter opens other images on Explain; one student computes Monte Carlo passes over 10,000 images on Shift. The
same seed gives the same clicks. Times are from the message sent to the end of the script, as `benchmarks.sessions`
describes, without the time that a browser needs to draw the page.

Before the class one user opens every page of every run. Printed are the times per page, the bytes received, every problem
(an exception on a page, a script that did not finish in a minute, a lost connection), and the server's memory and CPU time.
A rerun's CPU time is only that of the server's process, without its child processes. Linux only, because it reads /proc.

With `--address` it visits a server that is already running; `--pid` then names the process to measure.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import fmean, median

import numpy as np

from benchmarks.server import busy_seconds, cpu_seconds, idle, logged_errors, memory, processes, served
from benchmarks.sessions import CONNECT, Rerun, Session
from benchmarks.students import PAGES, PASSES, PASSES_RUN, PATIENCE, RUNS, attend, draw_digit
from core.training import control, machine, runs
from core.training.config import RunConfig

# Streamlit keeps a session that lost its browser for two minutes (runtime/memory_session_storage.py); 15 s are added.
EXPIRY = 2 * 60 + 15
CPU_RERUNS = 30


def percentiles(values: Iterable[float]) -> tuple[float, float, float]:
    """Median, 95th percentile and maximum."""
    return tuple(float(value) for value in np.percentile(list(values), [50, 95, 100]))


def table(reruns: Iterable[Rerun]) -> str:
    """One line per page and kind of click, and one for all reruns except the one that computed passes."""
    reruns = list(reruns)
    groups: dict[str, list[Rerun]] = {}
    for rerun in sorted(reruns, key=_order):
        groups.setdefault(
            rerun.page if rerun.what in ("visit", "connect") else f"{rerun.page}, {rerun.what}", []
        ).append(rerun)
    if ordinary := [rerun for rerun in reruns if rerun.page != CONNECT and rerun.what != PASSES]:
        groups["all pages"] = ordinary
    lines = [f"{'seconds':<20}{'reruns':>8}{'median':>9}{'95 %':>9}{'max':>9}{'messages':>10}{'KiB':>8}"]
    for name, group in groups.items():
        middle, high, most = percentiles(rerun.seconds for rerun in group)
        messages, received = median(r.num_messages for r in group), median(r.num_bytes for r in group) / 1024
        lines.append(
            f"{name:<20}{len(group):>8,}{middle:>9.2f}{high:>9.2f}{most:>9.2f}{messages:>10.0f}{received:>8.1f}"
        )
    return "\n".join(lines)


def _order(rerun: Rerun) -> tuple:
    place = PAGES.index(rerun.page) if rerun.page in PAGES else -1
    return place, rerun.what != "visit", rerun.what


async def cpu_per_rerun(address: str, pid: int, seed: int) -> dict[str, list[float]]:
    """Page -> milliseconds of server CPU per rerun, in one tab without pauses, after Draw and Explain were used."""
    tab, measured = Session(address, PATIENCE), {}
    try:
        await tab.visit("Draw", run=PASSES_RUN)
        await draw_digit(tab, random.Random(seed))
        await tab.visit("Explain", run=PASSES_RUN)
        for page in ("Home", "Inspect", "Reject"):
            await tab.visit(page, run=PASSES_RUN)
            await tab.rerun()
            await idle(pid)
            measured[page] = []
            for _ in range(CPU_RERUNS):
                before = cpu_seconds(pid)
                await tab.rerun()
                measured[page].append(1000 * (cpu_seconds(pid) - before))
    finally:
        await tab.close()
    return measured


@contextlib.contextmanager
def training(folder: Path) -> Iterator[None]:
    """A run of small_cnn on MNIST that trains within this context."""
    before = os.environ.get("WAKARANAI_RUNS")
    os.environ["WAKARANAI_RUNS"] = str(folder / "runs")
    run = control.start(RunConfig("mnist", "small_cnn", epochs=10_000))
    try:
        yield
    finally:
        history = run.history()
        control.stop(run)
        deadline = time.monotonic() + 60
        while run.status in runs.AT_WORK and time.monotonic() < deadline:
            time.sleep(0.5)
        for process in processes(os.getpid())[1:]:
            if str(run.folder.resolve()) in process.command:  # it did not stop when asked
                os.kill(process.pid, signal.SIGKILL)
        speed = f"median {median(line['images_per_second'] for line in history):,.0f} images/s" if history else "none"
        print(f"training beside it: {run.status}, {len(history)} epochs, {speed}")
        if before is None:
            del os.environ["WAKARANAI_RUNS"]
        else:
            os.environ["WAKARANAI_RUNS"] = before


async def first_visitor(address: str) -> None:
    """Open every page of every run in one tab, so that everything that is imported and read only once is loaded."""
    tab = Session(address, PATIENCE)
    try:
        for run in RUNS:
            for page in PAGES:
                await tab.visit(page, run=run)
    finally:
        await tab.close()


async def measure(address: str, pid: int | None, arguments: argparse.Namespace, *, alone: bool) -> None:
    """Measure one lesson; with alone, also a single user's reruns afterwards."""
    if pid:
        print(f"memory at the start:         {memory(pid)}")
    await first_visitor(address)
    if pid:
        print(f"memory after one visitor:    {memory(pid)}", flush=True)
    start, own, used = time.perf_counter(), time.process_time(), cpu_seconds(pid) if pid else 0.0
    busy = busy_seconds()
    lesson, tabs = await attend(
        address, sessions=arguments.sessions, seconds=60 * arguments.minutes, pause=arguments.pause, seed=arguments.seed
    )
    seconds, own, busy = time.perf_counter() - start, time.process_time() - own, busy_seconds() - busy
    if pid:
        used = cpu_seconds(pid) - used
        print(f"memory at the end:           {memory(pid)}")
    print(table(lesson.reruns))
    asked = [rerun for rerun in lesson.reruns if rerun.page != CONNECT]
    received = sum(rerun.num_bytes for rerun in asked) / max(len(asked), 1) / 1024
    print(
        f"{len(asked):,} reruns asked for, {lesson.num_runs:,} scripts ran to an end, in "
        f"{seconds:.0f} s; {lesson.num_verdicts:,} verdicts; {received:.1f} KiB received per rerun"
    )
    if pid:
        print(
            f"CPU of the server: {used:.0f} s, {used / max(lesson.num_runs, 1):.3f} s per script that ran to an end. Of the "
            f"students, on the same cores: {own:.1f} s. Of everything: {busy:.0f} s of {os.cpu_count() * seconds:.0f} s"
        )
    for page in lesson.cut_off:
        print(f"still running when nobody waited any longer: {page}")
    print(f"problems: {lesson.problems.total()}")
    for (page, sentence), count in lesson.problems.most_common():
        print(f"  {count} x {page}: {' '.join(sentence.split())[:300]}")
    await asyncio.gather(*(tab.close() for tab in tabs))
    if pid and alone:
        print(f"waiting {EXPIRY} s until the server forgets the sessions", flush=True)
        await asyncio.sleep(EXPIRY)
        # Streamlit removes old sessions only when another one ends.
        last = Session(address, PATIENCE)
        await last.visit("Home")
        await last.close()
        await asyncio.sleep(5)
        print(f"memory after they were gone: {memory(pid)}")
        for page, milliseconds in (await cpu_per_rerun(address, pid, arguments.seed)).items():
            print(
                f"CPU of one rerun of {page}: n = {len(milliseconds)}, median {median(milliseconds):.0f} ms, "
                f"mean {fmean(milliseconds):.0f} ms"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--sessions", type=int, default=30, help="students")
    parser.add_argument("--minutes", type=float, default=10, help="length of a lesson")
    parser.add_argument("--pause", type=float, default=2, help="seconds between the end of a rerun and the next click")
    parser.add_argument("--seed", type=int, default=0, help="of the clicks")
    parser.add_argument("--training", action="store_true", help="a second lesson with a training beside it")
    parser.add_argument("--address", help="of a server that runs already, such as http://127.0.0.1:8501")
    parser.add_argument("--pid", type=int, help="of that server's process, to measure it; it must be on this machine")
    arguments = parser.parse_args()
    if arguments.sessions < 1 or arguments.minutes <= 0 or arguments.pause < 0:
        parser.error("a lesson needs at least one session, a time above 0 and a pause of at least 0")
    # Exits normally when terminated, so that the server is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(machine.description("cpu"))
    for beside in (False, True) if arguments.training else (False,):
        length = f"{arguments.sessions} sessions, {arguments.minutes:g} minutes, pause {arguments.pause:g} s"
        print(f"\n{length}, seed {arguments.seed}{', with a training beside it' if beside else ''}", flush=True)
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            folder = Path(folder)
            pid, address = arguments.pid, arguments.address
            if address is None:
                pid, address = stack.enter_context(served(folder))
            if beside:
                stack.enter_context(training(folder))
            asyncio.run(measure(address.rstrip("/"), pid, arguments, alone=not beside))
            if (log := folder / "server.log").exists():
                for line, count in logged_errors(log.read_text(errors="replace")).most_common():
                    print(f"  {count} x in the server's log: {line[:300]}")


if __name__ == "__main__":
    main()
