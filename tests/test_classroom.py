"""A class on one server, without a browser: eight tabs walk through all pages for half a minute."""

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from benchmarks.server import cpu_seconds, processes, served
from benchmarks.sessions import Rerun, Session
from benchmarks.students import PAGES, PASSES, Lesson, attend, draw_digit, has_verdict

RUN = "mnist-small_cnn"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The server's process and its address."""
    with served(tmp_path_factory.mktemp("classroom")) as found:
        yield found


@pytest.fixture(scope="module")
def address(server):
    return server[1]


def test_eight_students_see_every_page_without_an_error(address):
    async def lesson() -> Lesson:
        held, tabs = await attend(address, sessions=8, seconds=30, pause=2, seed=0, passes=False)
        await asyncio.gather(*(tab.close() for tab in tabs))
        return held

    held = finished(lesson())
    assert held.problems == Counter()
    assert held.cut_off == []
    assert {rerun.page for rerun in held.reruns if rerun.finished} >= set(PAGES)
    assert held.num_verdicts > 0


def finished(coroutine: Coroutine) -> Any:
    """What a coroutine returns, run in a thread of its own: in this one, Playwright may have left a loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def alone(address: str, *steps) -> list[tuple[Rerun, str, bool]]:
    """What one tab saw after each step: the rerun, the address, whether there was a verdict."""

    async def walk() -> list[tuple[Rerun, str, bool]]:
        tab, seen = Session(address, patience=120), []
        try:
            for step in steps:
                rerun = await step(tab)
                seen.append((rerun, tab.query, has_verdict(tab)))
        finally:
            await tab.close()
        assert tab.problems == []
        return seen

    return finished(walk())


def test_a_drawing_on_the_canvas_gets_a_verdict(address):
    before, after = alone(
        address, lambda tab: tab.visit("Draw", run=RUN), lambda tab: draw_digit(tab, random.Random(0))
    )
    assert (before[2], after[2]) == (False, True)


def test_a_moved_threshold_reaches_the_address_and_only_the_fragment_answers(address):
    (whole, before, _), (part, after, _) = alone(
        address, lambda tab: tab.visit("Reject", run=RUN), lambda tab: tab.move("threshold", 0.5)
    )
    assert "threshold" not in before
    assert "threshold" in after
    assert part.num_messages < whole.num_messages


def test_large_elements_that_a_tab_has_are_not_sent_again(address):
    (first, *_), (second, *_) = alone(address, lambda tab: tab.visit("Reject", run=RUN), lambda tab: tab.rerun())
    assert second.num_bytes < first.num_bytes / 2


def test_a_page_that_there_is_not_is_a_problem(address):
    async def stray() -> Session:
        tab = Session(address)
        await tab.visit("Refund")
        await tab.close()
        return tab

    assert {problem.sentence for problem in finished(stray()).problems} >= {"page not found"}


def test_a_visitor_who_left_stops_costing(server):
    pid, address = server

    async def visit() -> tuple[float, float]:
        tab = Session(address, patience=120)
        await tab.visit("Shift", run="fashion_mnist-small_cnn", view="Which doubt")
        (worker,) = (process.pid for process in processes(pid)[1:] if "core.serving.worker" in process.command)
        begun = cpu_seconds(worker)
        asked = await tab.press(PASSES, patience=4)  # half a minute of work, and much more on a busy machine
        while_here = cpu_seconds(worker) - begun
        await tab.close()
        await asyncio.sleep(8)  # Streamlit notices, and the work ends at its next piece
        left = cpu_seconds(worker)
        await asyncio.sleep(3)
        assert not asked.finished
        return while_here, cpu_seconds(worker) - left

    while_here, afterwards = finished(visit())
    assert while_here > 0.5
    assert afterwards < 0.3
