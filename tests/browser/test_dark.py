"""A visitor whose browser asks for the dark theme: the same journey, in the palette's dark colours."""

import colorsys
import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.views.palette import DARK


@pytest.fixture
def dark(browser: Browser, url: str):
    page = browser.new_page(viewport={"width": 1280, "height": 800}, base_url=url, color_scheme="dark")
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))
    yield page
    assert page.get_by_test_id("stException").count() == 0
    assert errors == []
    page.close()


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


def hue(colour: str) -> float:
    """In degrees, of a CSS colour: letters have a lighter or darker shade of a role's colour, so that they can be read."""
    return 360 * colorsys.rgb_to_hls(*(int(part) / 255 for part in re.findall(r"\d+", colour)[:3]))[0]


def colour_of(text: Locator) -> str:
    expect(text).to_be_visible()
    return text.evaluate("element => getComputedStyle(element).color")


def fills(page: Page, number: int) -> set[str]:
    """The colours of the marks of a chart that are bars."""
    chart = page.get_by_test_id("stVegaLiteChart").nth(number)
    expect(chart.locator("svg, canvas").first).to_be_visible()
    return set(chart.locator(".mark-rect path").evaluate_all("paths => paths.map(path => path.getAttribute('fill'))"))


def test_from_reject_to_an_error_in_the_dark(dark, settled):
    dark.goto("/Reject?run=mnist-dense")
    expect(dark.get_by_role("heading", level=1, name="Reject")).to_be_visible()
    settled(dark)
    assert {DARK.right, DARK.wrong} <= fills(dark, 1)  # the histogram of right and wrong answers
    background = dark.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    assert background == "rgb(17, 23, 29)"
    dark.get_by_role("link", name="Inspect").click()
    expect(dark.locator("button.card").first).to_be_visible()
    wrong = dark.locator("button.card.wrong").first
    expect(wrong).to_have_css("border-left-color", rgb(DARK.refused))
    # A right answer that is refused looks refused too.
    right = dark.locator("button.card.right").first
    expect(right).to_have_css("border-left-color", rgb(DARK.refused))
    expect(right.get_by_text("refused")).to_be_visible()
    expect(right.locator(".column.predicted .fill")).to_have_css("background-color", rgb(DARK.refused))
    wrong.click()
    dialog = dark.get_by_role("dialog")
    assert hue(colour_of(dialog.get_by_text(re.compile("^wrong$")))) == pytest.approx(hue(rgb(DARK.wrong)), abs=10)


def test_a_refused_digit_has_the_colour_of_refusals_in_the_dark(dark):
    dark.goto("/Draw?run=mnist-small_cnn&example=2+round&threshold=0")
    dark.get_by_role("radio", name="Example").or_(dark.get_by_text("Example", exact=True)).first.click()
    verdict = dark.get_by_test_id("stMain").get_by_role("heading").nth(1)
    expect(verdict).to_have_text("わからない", timeout=60_000)
    said = colour_of(verdict.get_by_text("わからない"))
    expect(verdict.get_by_text("わからない")).to_have_css("word-break", "keep-all")  # in one piece on a phone, too
    assert hue(said) == pytest.approx(hue(rgb(DARK.refused)), abs=10)
