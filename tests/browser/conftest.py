"""The app, served on the loopback from this very checkout, and Debian's Chromium looking at it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NUM_PICTURES = pytest.StashKey[int]()
PICTURES = Path(os.environ.get("WAKARANAI_PICTURES") or ROOT / ".pytest_cache/pictures")
expect.set_options(timeout=60_000)  # a busy machine is no fault of the app


def pytest_collection_modifyitems(items):
    if CHROMIUM is None and not os.environ.get("CI"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(
                    pytest.mark.skip(reason="no Chromium on this machine: the browser journeys were not taken")
                )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def serve(runs: Path, **settings: str) -> tuple[subprocess.Popen, str]:
    """Start the app with settings in the environment; returns the process and its address once it answers."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"],
        cwd=ROOT,
        env=os.environ | {"WAKARANAI_RUNS": str(runs)} | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
            return server, url
        except OSError:
            assert time.monotonic() < deadline, "the app did not start within a minute"
            time.sleep(0.1)


@pytest.fixture(scope="session")
def runs_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def url(runs_folder):
    server, address = serve(runs_folder)
    yield address
    maps = Path(f"/proc/{server.pid}/maps")
    assert not maps.exists() or "tensorflow" not in maps.read_text(), "the server has loaded TensorFlow"
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def browser():
    assert CHROMIUM, "CI has no Chromium; .ci/run installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def warm(browser: Browser, url: str) -> None:
    """The server has its networks loaded, as it has when somebody opened Home a minute ago."""
    page = browser.new_page(base_url=url)
    page.goto("/Draw?run=mnist-small_cnn&example=2+round")
    page.get_by_text("Example", exact=True).first.click()
    expect(page.get_by_text("Epistemic")).to_be_visible(timeout=180_000)
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1, timeout=180_000)
    page.close()


@pytest.fixture
def visit(browser: Browser, url: str):
    """Opens windows. At the end of every journey there must be no exception on a page and no foreign request."""
    pages, foreign, errors = [], [], []

    def opened(width: int, height: int, **options) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height}, base_url=url, **options)
        page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((url, "data:", "blob:")) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        return page

    yield opened
    for page in pages:
        assert page.get_by_test_id("stException").count() == 0
    assert foreign == []
    assert errors == []
    for page in pages:
        page.close()


@pytest.fixture
def page(visit):
    """A fresh window."""
    return visit(1280, 800)


def slug(text: str) -> str:
    """Text as part of a file's name."""
    return re.sub(r"\W+", "-", text).strip("-")


@pytest.fixture
def photograph(request, settled):
    """Keeps a picture of what a page shows, once nothing is computed any more, numbered in the order of the test."""
    name = slug(request.node.name.removeprefix("test_"))
    taken = count(1)

    def photographed(page: Page, station: str) -> None:
        settled(page)
        for busy in ("stSkeleton", "stSpinner"):
            expect(page.get_by_test_id(busy)).to_have_count(0)
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}-{next(taken):02}-{slug(station)}.png", animations="disabled")
        request.config.stash[NUM_PICTURES] = request.config.stash.get(NUM_PICTURES, 0) + 1

    return photographed


def pytest_terminal_summary(terminalreporter, config):
    if number := config.stash.get(NUM_PICTURES, 0):
        terminalreporter.write_line(f"{number} pictures of the journeys are in {PICTURES}")


@pytest.fixture
def metric():
    """The number under a label."""

    def value(page: Page, label: str):
        return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")

    return value


@pytest.fixture
def settled():
    """Waits until no script runs. What a click on a button of the run before would do is not what a test asks."""

    def waits(page: Page) -> None:
        expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)

    return waits


@pytest.fixture
def press(settled):
    """An arrow key in an opened sample, once its buttons, to which the keys belong, are there and no script runs."""

    def pressed(page: Page, key: str) -> None:
        expect(page.get_by_role("dialog").get_by_role("button", name="Previous")).to_be_enabled()
        settled(page)
        page.keyboard.press(key)

    return pressed
