"""Numbers that follow the threshold while it is dragged."""

import re

from playwright.sync_api import Page, expect

from core.metrics.selective import accuracy_coverage_curve
from core.metrics.uncertainty import least_confidence
from core.training import runs
from ui.decision import slider_stops

TILES = ("Coverage", "Selective accuracy", "Images refused", "Errors refused")


def at_stop(stop: int) -> tuple[float, str, str]:
    """The threshold at a stop of the slider, and what is answered there: coverage, and number of test images."""
    validation, test = (runs.find("mnist-dense").predictions(split) for split in ("validation", "test"))
    curve = accuracy_coverage_curve(least_confidence(validation.probs), validation.correct)
    threshold = float(slider_stops(curve).values[stop])
    answered = int((least_confidence(test.probs) <= threshold).sum())
    return threshold, f"{100 * answered / test.num_samples:.2f} %", f"{answered:,}"


def shown(page: Page, metric) -> list[str]:
    return [metric(page, label).inner_text() for label in TILES]


def test_numbers_follow_the_dragged_threshold_without_a_run_and_stay_after_the_release(page, metric, settled):
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    threshold, coverage, _ = at_stop(300)
    page.goto(f"/Reject?run=mnist-dense&threshold={threshold!r}")
    expect(metric(page, "Coverage")).to_have_text(coverage)
    expect(page.locator(".st-key-live_threshold")).to_be_attached()
    diamond = page.locator("[aria-label^='Accuracy against coverage'] .layer_6_marks path")
    expect(diamond).to_have_count(1)
    settled(page)
    place = diamond.get_attribute("transform")
    before, asked = shown(page, metric), len(sent)
    slider = page.get_by_role("slider", name="Threshold")
    low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
    box = page.get_by_test_id("stSliderThumbValue").first.locator("xpath=..").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y)
    expect(metric(page, "Coverage")).not_to_have_text(coverage)
    stop = round(500 * (float(slider.input_value()) - low) / (high - low))
    _, coverage, answered = at_stop(stop)
    expect(metric(page, "Coverage")).to_have_text(coverage)
    expect(page.get_by_text(f"this network answers {answered} and refuses")).to_be_visible()
    expect(diamond).not_to_have_attribute("transform", place)
    page.mouse.move(x, y)
    expect(diamond).to_have_attribute("transform", re.compile(place.split(".")[0].replace("(", r"\(")))
    assert shown(page, metric) == before
    page.mouse.up()
    assert shown(page, metric) == before
    assert len(sent) == asked, "the server was asked while the threshold was dragged"

    page.mouse.down()
    page.mouse.move(x - 30, y)
    expect(metric(page, "Coverage")).to_have_text(coverage)
    dragged = shown(page, metric)
    page.mouse.up()
    assert shown(page, metric) == dragged
    expect(page).not_to_have_url(re.compile(re.escape(f"threshold={threshold!r}")))
    settled(page)
    assert shown(page, metric) == dragged


def test_a_threshold_that_is_typed_after_keys_on_the_slider_is_the_one_that_is_shown(page, metric, settled):
    threshold, coverage, _ = at_stop(300)
    page.goto(f"/Reject?run=mnist-dense&threshold={threshold!r}")
    expect(metric(page, "Coverage")).to_have_text(coverage)
    expect(page.locator(".st-key-live_threshold")).to_be_attached()
    settled(page)
    slider = page.get_by_role("slider", name="Threshold")
    for _ in range(3):  # faster than the page answers, and each counts
        slider.press("PageDown")
    expect(metric(page, "Coverage")).to_have_text(at_stop(150)[1])
    typed = page.get_by_role("spinbutton", name="Type a threshold")
    expect(typed).to_have_value(f"{at_stop(150)[0]:.4f}")
    # Between two stops, where the page must show what the server says and not what belongs to a stop.
    between = round((at_stop(20)[0] + at_stop(21)[0]) / 2, 4)
    answered = (least_confidence(runs.find("mnist-dense").predictions("test").probs) <= between).mean()
    coverage = f"{100 * answered:.2f} %"
    assert coverage not in (at_stop(20)[1], at_stop(21)[1])
    typed.fill(f"{between:.4f}")
    typed.press("Enter")
    expect(metric(page, "Coverage")).to_have_text(coverage)
    settled(page)
    expect(metric(page, "Coverage")).to_have_text(coverage)
