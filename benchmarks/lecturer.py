"""What a lecturer waits for, in Chromium on this machine: `python -m benchmarks.lecturer`.

The whole story, from a wrong answer on Home to corrupted images on Shift, at the size of a projector, on a server on which Home was opened
a minute before. A wait is the time from a click to the new content: the awaited text, image or chart is visible and no script runs. The
lecturer speaks for three seconds about every view. The story is told three times, each time on a new server.
tests/browser/test_lecturer.py tells it, too.
"""

import argparse
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks.server import served
from core.training import machine

PROJECTOR = {"width": 1280, "height": 720}
MOST_CLICKS, LONGEST_WAIT = 12, 2.0  # wanted; the wait in seconds
TIMES, SPEAKS, PATIENCE = 3, 3.0, 60.0  # the last two in seconds
LOOK = 50  # milliseconds between two looks at the page
IDLE = "[data-test-script-state=notRunning]"
BUSY = "[data-testid=stSpinner], [data-testid=stSkeleton]"


class Wait(NamedTuple):
    """A click, and the seconds until its content was there."""

    click: str
    seconds: float


class Clicks:
    """The clicks on a page, and how long each waited. Typing a number, a key and a stroke count as one click each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.waits: list[Wait] = []

    def click(self, name: str, act: Callable[[], object], arrived: Callable[[], bool]) -> None:
        """Do something that a viewer does with one click, and wait until its content has arrived.

        Raises:
            TimeoutError: it has not arrived after PATIENCE.
        """
        start = time.perf_counter()
        act()
        while not (arrived() and self._idle()):
            if time.perf_counter() - start > PATIENCE:
                raise TimeoutError(f"After {PATIENCE:.0f} s the page does not show what was awaited: {name}.")
            self.page.wait_for_timeout(LOOK)
        self.waits.append(Wait(name, time.perf_counter() - start))

    def _idle(self) -> bool:
        return self.page.locator(IDLE).count() == 1 and self.page.locator(BUSY).count() == 0


def title(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", level=1, name=name)


def chart(page: Page) -> Locator:
    """The first chart of a page; it is drawn as SVG."""
    return page.get_by_test_id("stVegaLiteChart").first.locator("svg").first


def number(page: Page, label: str) -> Locator:
    return page.get_by_test_id("stMetric").filter(has_text=label).first.get_by_test_id("stMetricValue")


def next_station(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Next")).click()


def draw_one(page: Page) -> None:
    """A vertical stroke on the canvas, with the mouse."""
    box = page.locator(".st-key-canvas canvas").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + 0.15 * box["height"])
    page.mouse.down()
    page.mouse.move(middle, box["y"] + 0.85 * box["height"], steps=8)
    page.mouse.up()


def verdict(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("heading").nth(1)


def story(clicks: Clicks) -> Iterator[str]:
    """Tell the story on a page that shows Home, and yield the name of each view when it is there."""
    page = clicks.page
    dialog, cards = page.get_by_role("dialog"), page.locator("button.card")
    yield "home"
    clicks.click("a wrong answer", cards.nth(1).click, dialog.get_by_text("Class probabilities").is_visible)
    yield "opened"
    clicks.click(
        "close it", lambda: page.keyboard.press("Escape"), lambda: not dialog.count() and cards.first.is_visible()
    )
    yield "inspect"
    clicks.click(
        "Reject",
        lambda: next_station(page),
        lambda: title(page, "Reject").is_visible() and chart(page).is_visible() and cards.first.is_visible(),
    )
    yield "reject"
    caught = number(page, "Errors refused")
    before = caught.inner_text()
    clicks.click("type a threshold", lambda: type_threshold(page, "0.3"), lambda: caught.inner_text() != before)
    yield "reject, another threshold"
    clicks.click(
        "Errors",
        lambda: next_station(page),
        lambda: title(page, "Errors").is_visible() and chart(page).is_visible() and cards.first.is_visible(),
    )
    yield "errors"
    before = page.url
    clicks.click("a cell", lambda: click_cell(page), lambda: page.url != before and cards.first.is_visible())
    yield "errors, another cell"
    clicks.click(
        "Draw", lambda: next_station(page), lambda: title(page, "Draw").is_visible() and page.locator(".st-key-canvas canvas").is_visible()
    )  # fmt: skip
    yield "draw"
    clicks.click("draw a one", lambda: draw_one(page), verdict(page).is_visible)
    yield "draw, the verdict"
    overlays = page.locator("figure .overlay")
    clicks.click(
        "Explain", lambda: next_station(page), lambda: title(page, "Explain").is_visible() and overlays.count() == 4
    )
    yield "explain"
    clicks.click(
        "Shift", lambda: next_station(page), lambda: title(page, "Shift").is_visible() and chart(page).is_visible()
    )
    yield "shift"
    accuracy = number(page, "Accuracy")
    before = accuracy.inner_text()
    strength = page.get_by_test_id("stMain").get_by_role("slider").first
    clicks.click("more noise", lambda: strength.press("ArrowRight"), lambda: accuracy.inner_text() != before)
    yield "shift, more noise"


def type_threshold(page: Page, threshold: str) -> None:
    typed = page.get_by_role("spinbutton", name=re.compile("threshold", re.IGNORECASE)).first
    typed.fill(threshold)
    typed.press("Enter")


def click_cell(page: Page) -> None:
    """A click on the cell of the confusion matrix that counts the nines predicted as 4."""
    # Its number lies on it and gets the click, which the chart takes as one on the cell.
    chart(page).locator("path[aria-label*='true class: 9; answer: 4;']").click(force=True)


def tell(browser: Browser, minutes: float) -> list[Wait]:
    """The waits of the story on a server of its own, on which Home was opened some minutes before."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (_, url):
        page = browser.new_page(viewport=PROJECTOR)
        page.goto(url)
        chart(page).wait_for()
        page.wait_for_timeout(60_000 * minutes)
        clicks = Clicks(page)
        for _ in story(clicks):
            page.wait_for_timeout(1000 * SPEAKS)
        page.close()
        return clicks.waits


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=1.0, help="between the first page and the story (1)")
    arguments.add_argument("--times", type=int, default=TIMES, help=f"how often the story is told ({TIMES})")
    given = arguments.parse_args()
    print(machine.description("cpu"))
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        told = [tell(browser, given.minutes) for _ in range(given.times)]
        browser.close()
    for waits in zip(*told, strict=True):
        seconds = [wait.seconds for wait in waits]
        print(f"{waits[0].click}: median {median(seconds):.2f} s, longest {max(seconds):.2f} s")
    longest = max(wait.seconds for waits in told for wait in waits)
    print(
        f"{len(told[0])} clicks (at most {MOST_CLICKS}), n = {given.times}; longest wait {longest:.2f} s (at most {LONGEST_WAIT:.0f} s)"
    )


if __name__ == "__main__":
    main()
