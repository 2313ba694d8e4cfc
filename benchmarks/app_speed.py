"""Waiting times of a user, measured in Chromium on this machine: `python -m benchmarks.app_speed`.

First page: from the command to the title of Home on screen, packages installed, files in the disk cache, median of 5.
Threshold: from the end of a click on the curve of Reject, 10,000 test images, to (a) the new numbers and (b) the last change of
anything on the page: numbers, curve, histogram, gallery and confusion matrix. 60 clicks after 5 warm-up clicks, on a server
on which Draw and Explain were used before.
"""

import shutil
import socket
import subprocess
import sys
import time
from statistics import median, quantiles

from playwright.sync_api import Browser, sync_playwright

from core.training import machine
from core.training.runs import ROOT

STARTS, CLICKS, WARMUP = 5, 60, 5
# Addresses of pages that ask networks, and a text that such a page shows after the answer.
USED = (
    ("Explain?run=mnist-small_cnn&methods=Grad-CAM&methods=LIME", "R²"),
    ("Draw?run=mnist-small_cnn", "Draw one digit"),
)
# Resolves to [ms until the numbers changed, ms until the last change], from the release of the button.
WATCH = """() => new Promise(done => {
  const numbers = () => [...document.querySelectorAll('[data-testid=stMetricValue]')].map(e => e.innerText).join()
  const before = numbers()
  let released, changed, last
  document.addEventListener('pointerup', () => { released = performance.now() }, {once: true, capture: true})
  const root = document.querySelector('[data-testid=stMain]')
  const observer = new MutationObserver(() => {
    if (released === undefined) return
    last = performance.now()
    if (changed === undefined && numbers() !== before) requestAnimationFrame(() => { changed = performance.now() })
  })
  observer.observe(root, {subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['src', 'd', 'transform']})
  const quiet = setInterval(() => {
    const now = performance.now()
    if (released && (now - released > 4000 || (changed && now - last > 400))) {
      clearInterval(quiet); observer.disconnect(); done([changed - released, last - released])
    }
  }, 50)
})"""


def serve() -> tuple[subprocess.Popen, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ), f"http://127.0.0.1:{port}"


def first_page(browser: Browser) -> float:
    """Seconds from the command to the title on screen, in a browser that is open already."""
    page = browser.new_page()
    start = time.perf_counter()
    server, url = serve()
    try:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), timeout=1):
                    break
            except OSError:
                time.sleep(0.01)
        page.goto(url)
        page.get_by_role("heading", level=1).wait_for()
        return time.perf_counter() - start
    finally:
        page.close()
        server.terminate()
        server.wait()


def thresholds(browser: Browser) -> list[list[float]]:
    """Milliseconds until the numbers and until everything changed, one pair per click."""
    server, url = serve()
    try:
        time.sleep(3)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        for address, shows in USED:
            page.goto(f"{url}/{address}")
            page.get_by_text(shows).first.wait_for(timeout=60_000)
            page.locator("[data-test-script-state=notRunning]").wait_for(state="attached")
        page.goto(f"{url}/Reject?run=mnist-small_cnn")
        chart = page.get_by_test_id("stVegaLiteChart").first
        chart.locator("svg, canvas").first.wait_for()
        page.wait_for_timeout(1500)
        box = chart.bounding_box()
        waited = []
        for click in range(WARMUP + CLICKS):
            share = 0.2 + 0.7 * ((click * 17) % CLICKS) / CLICKS
            page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.4 * box["height"])
            page.evaluate(f"() => {{ window.waited = ({WATCH})() }}")
            page.mouse.down()
            page.mouse.up()
            waited.append(page.evaluate("() => window.waited"))
        return [pair for pair in waited[WARMUP:] if pair[0] is not None]
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    print(machine.description("cpu"))
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        seconds = [first_page(browser) for _ in range(STARTS)]
        print(f"first page: median of {STARTS} {median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})")
        waited = thresholds(browser)
        for name, values in zip(("numbers on screen", "everything settled"), zip(*waited, strict=True), strict=True):
            cuts = quantiles(values, n=20)
            print(
                f"threshold, {name}: n = {len(values)}, median {median(values):.0f} ms, 95th percentile {cuts[-1]:.0f} ms"
            )
        browser.close()


if __name__ == "__main__":
    main()
