"""From pen up to verdict, in Chromium on this machine, and what the drawing path costs: `python -m benchmarks.drawing_speed`.

Keras is loaded and the page has drawn once before the measurement. Each stroke adds to the drawing and so changes the picture
that the network sees. The measured time is from the release of the pen to the new verdict on screen.
"""

import os
import shutil
import time
from statistics import median, quantiles

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
from playwright.sync_api import Browser, sync_playwright

from benchmarks.app_speed import serve
from core.data import datasets
from core.data.digits import digit_from_image
from core.models import inference
from core.training import machine, runs

DRAWINGS, STROKES = 5, 8
# Resolves to the ms from the pen's release until the picture beside the verdict changes: it is sent after the verdict.
WATCH = """() => new Promise(done => {
  const seen = () => document.querySelector('img[alt="the picture as the network sees it"]')?.src
  const before = seen()
  let released
  document.addEventListener('pointerup', () => { released = performance.now() }, {once: true, capture: true})
  document.addEventListener('mouseup', () => { released ??= performance.now() }, {once: true, capture: true})
  const look = () => {
    if (released && seen() && seen() !== before) done(performance.now() - released)
    else if (released && performance.now() - released > 5000) done(null)
    else requestAnimationFrame(look)
  }
  look()
})"""


def pen_up_to_verdict(browser: Browser) -> list[float]:
    """Milliseconds, one per stroke; none for a stroke that did not change the prepared picture."""
    server, url = serve()
    rng = np.random.default_rng(0)
    waited = []
    try:
        time.sleep(3)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for _ in range(DRAWINGS):
            page.goto(f"{url}/Draw?run=mnist-small_cnn")
            canvas = page.locator(".st-key-canvas canvas")
            canvas.wait_for()
            page.wait_for_timeout(9000)  # the network and its training images are loaded
            box = canvas.bounding_box()
            for stroke in range(STROKES + 1):
                page.evaluate(f"() => {{ window.waited = ({WATCH})() }}")
                start, end = rng.uniform(0.15, 0.85, (2, 2))
                page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
                page.mouse.down()
                page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=6)
                page.mouse.up()
                milliseconds = page.evaluate("() => window.waited")
                if stroke and milliseconds is not None:
                    waited.append(milliseconds)
                page.wait_for_timeout(800)
        return waited
    finally:
        server.terminate()
        server.wait()


def accuracy_through_the_drawing_path(model: keras.Model) -> None:
    test = datasets.load("mnist", "test")
    start = time.perf_counter()
    drawn = np.stack([digit_from_image(image[..., 0].repeat(10, 0).repeat(10, 1)).image for image in test.images])
    milliseconds = 1000 * (time.perf_counter() - start) / len(drawn)
    own, through = (
        (inference.logits(model, images).argmax(axis=1) == test.labels).mean()
        for images in (test.images, drawn[..., None])
    )
    print(
        f"10,000 test images: {own:.2%} as they are, {through:.2%} enlarged tenfold and drawn; {milliseconds:.1f} ms per drawing"
    )


def monte_carlo(model: keras.Model) -> None:
    images = datasets.load("mnist", "test").images[:1000]
    inference.mc_dropout_probs(model, images, 100, seed=0)
    ours, plain = [], []
    for _ in range(3):
        start = time.perf_counter()
        inference.mc_dropout_probs(model, images, 100, seed=0)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        for _ in range(100):
            np.asarray(model(images, training=True))
        plain.append(time.perf_counter() - start)
    print(
        f"100 passes over 1,000 images: {median(ours):.2f} s, 100 calls of the whole model {median(plain):.2f} s, "
        f"ratio {median(plain) / median(ours):.1f} (median of 3)"
    )


def main() -> None:
    print(machine.description("cpu"))
    model = runs.find("mnist-small_cnn").model()
    accuracy_through_the_drawing_path(model)
    monte_carlo(model)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        waited = pen_up_to_verdict(browser)
        print(
            f"pen up to verdict: n = {len(waited)}, median {median(waited):.0f} ms, "
            f"95th percentile {quantiles(waited, n=20)[-1]:.0f} ms"
        )
        browser.close()


if __name__ == "__main__":
    main()
