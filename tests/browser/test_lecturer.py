"""A lecturer at a projector of 1280 x 720 pixels: the whole story in at most 12 clicks, and every view without scrolling."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.lecturer import MOST_CLICKS, PROJECTOR, Clicks, chart, story, title
from tests.browser.conftest import PICTURES

SLOWER = 30  # times an empty page: what no click may take, however busy the machine is


def lies_in_view(part: Locator) -> None:
    box = part.bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= PROJECTOR["width"]
    assert box["y"] >= 0 and box["y"] + box["height"] <= PROJECTOR["height"]


def seconds_of_an_empty_page(page: Page) -> float:
    """From Home to Train, which needs no model and no image."""
    opened = Clicks(page)
    opened.click("Train", page.get_by_role("link", name="Train", exact=True).click, title(page, "Train").is_visible)
    return opened.waits[0].seconds


def look(page: Page, station: str) -> None:
    """What must be in view at a station, without scrolling."""
    if station == "home":
        expect(page.get_by_text(re.compile("of 10,000 test images")).first).to_be_visible()
        for card in page.locator("button.card").all():
            lies_in_view(card)
        lies_in_view(chart(page))
    elif station == "opened":
        expect(page.get_by_role("dialog").get_by_text("in this list")).to_be_visible()
    elif station == "inspect":
        for card in page.locator("button.card").all()[:4]:
            lies_in_view(card)
    elif station.startswith("reject"):
        lies_in_view(chart(page))
        lies_in_view(page.get_by_text("Next stop"))
        for tile in page.get_by_test_id("stMetric").all()[:4]:
            lies_in_view(tile)
    elif station.startswith("draw"):
        lies_in_view(page.locator(".st-key-canvas canvas"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_lecturer_tells_the_whole_story_in_twelve_clicks(visit, warm, settled, photograph, scheme):
    page = visit(**PROJECTOR, color_scheme=scheme)
    page.goto("/?run=mnist-small_cnn")
    settled(page)
    baseline = seconds_of_an_empty_page(page)
    page.goto("/?run=mnist-small_cnn")
    expect(chart(page)).to_be_visible()
    settled(page)
    clicks = Clicks(page)
    for station in story(clicks):
        photograph(page, station)
        look(page, station)
    page.goto("/")
    settled(page)
    baseline = max(baseline, seconds_of_an_empty_page(page))
    told = "".join(f"{wait.seconds:.2f} s  {wait.click}\n" for wait in clicks.waits)
    (PICTURES / f"lecturer-{scheme}.txt").write_text(f"{told}{baseline:.2f} s  an empty page\n", encoding="utf-8")
    assert len(clicks.waits) <= MOST_CLICKS
    assert max(wait.seconds for wait in clicks.waits) <= SLOWER * baseline, told
