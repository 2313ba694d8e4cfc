"""The sliders of Reject and Calibrate whose values the server computes, in Chromium: `python -m benchmarks.slider_speed`.

Per slider, 60 arrow keys after 5 to warm up, 10,000 test images: from the key to the new text, and to the last change of text
or chart. A table is a canvas whose drawing cannot be seen from outside; its text for screen readers, which it writes about
200 ms later, is not counted. Draw and Explain were used before, and other visitors move the threshold of Reject all the time;
--others says how many.
"""

import argparse
import asyncio
import random
import shutil
import tempfile
import threading
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Browser, sync_playwright

from benchmarks.app_speed import USED
from benchmarks.server import served
from benchmarks.sessions import Session
from core.training import machine

KEYS, WARMUP, PATIENCE = 60, 5, 4000  # ms
# (address, the slider's label)
SLIDERS = (
    ("Reject?run=cifar10-conv10&view=Guarantee&risk=5.0", "Wanted risk (%)"),
    ("Reject?run=cifar10-conv10&view=Cost&price=20", "A wrong answer costs as much as N refusals"),
    ("Reject?run=cifar10-conv10&view=Team&people_right=80.0", "How often people are right (%)"),
    ("Reject?run=cifar10-conv10&view=Team", "An error costs N answers by people"),
    ("Reject?run=cifar10-conv10&superclass=true&group_accuracy=80.0", "Accuracy of superclasses asked (%)"),
    ("Calibrate?run=cifar10-conv10&view=Prediction sets", "α: share of the sets that may miss the true class (%)"),
    ("Calibrate?run=cifar10-conv10&view=Prediction sets&sets_part=Classes", "α: share of the sets that may miss the true class (%)"),
    ("Calibrate?run=cifar10-conv10&view=Prediction sets&sets_part=Re-splits", "Calibration images"),
)  # fmt: skip
# Resolves to [ms until the text changed, ms until the last change], from the key.
WATCH = f"""() => new Promise(done => {{
  const root = document.querySelector('[data-testid=stMain]')
  const texts = '[data-testid=stMarkdownContainer], [data-testid=stMetricValue], svg text'
  const text = () => [...root.querySelectorAll(texts)]
    .filter(node => !node.closest('[data-testid=stSlider]')).map(node => node.textContent).join()
  const before = text()
  let pressed, changed, last
  document.addEventListener('keydown', () => {{ pressed = performance.now() }}, {{once: true, capture: true}})
  const observer = new MutationObserver(records => {{
    const hidden = '[data-testid=stSlider], [data-testid=stDataFrame]'
    if (pressed === undefined || records.every(record => record.target.parentElement?.closest(hidden))) return
    last = performance.now()
    if (changed === undefined && text() !== before) changed = last
  }})
  observer.observe(root, {{subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['src', 'd', 'transform']}})
  const quiet = setInterval(() => {{
    const now = performance.now()
    if (pressed && (now - pressed > {PATIENCE} || (changed && now - last > 400))) {{
      clearInterval(quiet); observer.disconnect(); done([changed - pressed, last - pressed])
    }}
  }}, 50)
}})"""


def waits(browser: Browser, address: str, label: str) -> list[tuple[float, float]]:
    """Milliseconds until the text and until everything changed, one pair per key; keys that changed no text are left out."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(address)
    slider = page.get_by_role("slider", name=label)
    slider.wait_for(timeout=60_000)
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(1500)
    waited = []
    for key in range(WARMUP + KEYS):
        page.evaluate(f"() => {{ window.waited = ({WATCH})() }}")
        slider.press("ArrowRight" if key // 10 % 2 == 0 else "ArrowLeft")
        waited.append(page.evaluate("() => window.waited"))
    page.close()
    return [(text, last) for text, last in waited[WARMUP:] if text == text]  # NaN: no text changed


def visit(address: str, number: int, ended: threading.Event) -> None:
    """Another visitor, who moves the threshold of Reject every two seconds until the measurement has ended."""

    async def move() -> None:
        tab, rng = Session(address, 60), random.Random(number)
        await tab.visit("Reject", run="mnist-small_cnn")
        while not ended.is_set():
            await tab.move("threshold", rng.random())
            await asyncio.sleep(2)
        await tab.close()

    asyncio.run(move())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slider_speed", description=__doc__)
    parser.add_argument("--others", type=int, default=3, help="visitors beside the one who is measured")
    asked = parser.parse_args()
    print(machine.description("cpu"))
    ended = threading.Event()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, served(Path(folder)) as (_, url):
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        for address, shows in USED:
            page.goto(f"{url}/{address}")
            page.get_by_text(shows).first.wait_for(timeout=120_000)
        page.close()
        others = [threading.Thread(target=visit, args=(url, number, ended)) for number in range(asked.others)]
        for other in others:
            other.start()
        try:
            for address, label in SLIDERS:
                waited = waits(browser, f"{url}/{address}", label)
                texts, lasts = zip(*waited, strict=True)
                cuts = [quantiles(values, n=20)[-1] for values in (texts, lasts)]
                print(
                    f"{address}, {label}: n = {len(waited)}, new text median {median(texts):.0f} ms, 95th percentile "
                    f"{cuts[0]:.0f} ms; settled 95th percentile {cuts[1]:.0f} ms",
                    flush=True,
                )
        finally:
            ended.set()
            for other in others:
                other.join()
            browser.close()


if __name__ == "__main__":
    main()
