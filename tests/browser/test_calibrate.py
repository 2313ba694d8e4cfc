"""Page Calibrate: from a bin to its images, and a temperature that moves the charts without asking the server."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.metrics.calibration import fit_temperature
from core.metrics.calibration_errors import negative_log_likelihood
from core.metrics.temperatures import temperature_stops
from core.training import runs
from tests.browser.moves import moves

RUN = "mnist-dense"
STILL = "[aria-label^='Accuracy against coverage']"


def wrong_first(low: float, high: float) -> tuple[np.ndarray, int]:
    """The test images with a confidence in (low, high] in the order of the page, and how many of them are wrong."""
    test = runs.find(RUN).predictions("test")
    confidence = test.probs.max(axis=1)
    inside = np.flatnonzero((confidence > low) & (confidence <= high))
    ordered = inside[np.lexsort((-confidence[inside], test.correct[inside]))]
    return ordered, int((~test.correct[inside]).sum())


@pytest.mark.parametrize("chart", ["Reliability diagram", "Number of images in each bin"])
def test_a_click_on_a_bin_shows_its_images_and_one_of_them_opens(page, press, settled, chart):
    page.goto(f"/Calibrate?run={RUN}&bins=10")
    cards = page.locator("button.card")
    expect(cards.first).to_be_visible()
    settled(page)
    hits = page.locator(f"[aria-label^='{chart}'] [aria-roledescription='rect mark container'] path")
    samples, num_wrong = wrong_first(0.5, 0.6)
    hits.nth(-5).click()  # of the ten bins those under 10 % are empty, and the last one ends at 100 %
    expect(
        page.get_by_text(f"Confidence 50.0 to 60.0 %: {len(samples):,} images, the {num_wrong:,} wrong ones first")
    ).to_be_visible()
    expect(page).to_have_url(re.compile(r"bin=50\.0"))
    expect(page.get_by_role("combobox", name="Bin", exact=True)).to_have_value("50.0 to 60.0 %")
    expect(cards.first).to_have_attribute("data-sample", str(samples[0]))
    settled(page)
    cards.nth(1).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"Image {samples[1]} of test")).to_be_visible()
    press(page, "ArrowLeft")
    expect(dialog.get_by_text(f"Image {samples[0]} of test")).to_be_visible()


def open_temperature(page: Page, settled, query: str = "") -> None:
    page.goto(f"/Calibrate?run={RUN}&view=Temperature{query}")
    expect(page.get_by_role("slider", name="T =")).to_be_visible()
    expect(page.locator("[data-testid=stVegaLiteChart] svg")).to_have_count(4)
    settled(page)


def nll_at(temperature: float) -> str:
    test = runs.find(RUN).predictions("test")
    return f"NLL {negative_log_likelihood(test.logits / temperature, test.labels):.4f} "


def mean_height(page: Page) -> float:
    """Of the curve of accuracy against coverage, in pixels."""
    path = page.locator(f"{STILL} path[aria-label$='T shown']").get_attribute("d")
    return float(np.mean([float(y) for y in re.findall(r"[ML]-?[\d.]+,(-?[\d.]+)", path)]))


def test_the_temperature_moves_numbers_and_bars_and_leaves_the_curve_without_a_run(page, settled):
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_temperature(page, settled)
    asked = len(sent)
    slider = page.get_by_role("slider", name="T =")
    bars = page.locator("[aria-label^='Reliability diagram'] .layer_0_marks path")
    counts = page.locator("[aria-label^='Histogram of the confidence'] .layer_0_marks path")
    expect(page.get_by_text(nll_at(1))).to_be_visible()
    before = [each.get_attribute("d") for each in (*bars.all(), *counts.all())]
    height = mean_height(page)
    slider.press("Home")
    expect(page.get_by_text(nll_at(0.2))).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^T = 0\.2\."))
    expect(page).to_have_url(re.compile(r"[?&]temperature=0\.2(&|$)"))
    page.wait_for_function(
        "([before, labels]) => labels.flatMap((label) => [...document.querySelectorAll(`[aria-label^='${label}'] .layer_0_marks path`)])"
        ".filter((path, place) => path.getAttribute('d') !== before[place]).length > 5",
        arg=[before, ["Reliability diagram", "Histogram of the confidence"]],
    )
    assert abs(mean_height(page) - height) < 2  # pixels: the curve is where it was
    slider.press("End")
    expect(page.get_by_text(nll_at(5))).to_be_visible()
    assert len(sent) == asked, "the server was asked while the temperature moved"


def test_the_fitted_temperature_is_a_stop_that_the_address_names(page, settled):
    validation = runs.find(RUN).predictions("validation")
    fitted = fit_temperature(validation.logits, validation.labels)
    open_temperature(page, settled, f"&temperature={fitted:.3g}+(fitted)")
    expect(page.get_by_text(nll_at(fitted))).to_be_visible()
    expect(page.get_by_role("slider", name="T =")).to_have_attribute(
        "aria-valuetext", re.compile(rf"^T = {fitted:.3g} \(fitted\)")
    )


def test_the_temperature_is_painted_in_less_than_a_fifth_of_a_second(page, settled):
    open_temperature(page, settled)
    num_stops = len(temperature_stops(1.5))
    found = moves(page, [(7 * move) % num_stops for move in range(100)], still=STILL)
    print(
        f"\nTemperature slider, of 100 moves, 95th percentile: {found.work:.0f} ms of work, {found.wait:.0f} ms from the move to "
        "the painted frame"
    )
    assert found.num_charts >= 2
    assert found.work < 200
