"""A visitor with a phone: opens a link to Draw, draws by touch, and sees canvas and verdict on one screen."""

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.lecturer import verdict
from ui.shell import PAGES

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
SIDEWAYS = PHONE | {"width": 844, "height": 390}
DOWN, ACROSS = ((0.65, 0.15), (0.62, 0.9)), ((0.4, 0.15), (0.3, 0.55), (0.85, 0.55))  # of a 4
CAN_SHARE = "navigator.canShare = () => true; navigator.share = async () => {}"


def sheet(page: Page) -> Locator:
    return page.locator(".st-key-canvas canvas")


def touch(page: Page, points: tuple[tuple[float, float], ...]) -> None:
    """A stroke by finger, through points given as shares of the canvas's sides."""
    box, finger = sheet(page).bounding_box(), page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(points):
        place = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        kind = "touchMove" if number else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()


def on_one_screen(page: Page, *parts: Locator) -> None:
    """Every part is whole on the screen, as it is when the page is at its top."""
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    for part in parts:
        expect(part).to_be_visible()
        expect(part).to_be_in_viewport(ratio=1)


def is_not_wider_than_the_screen(page: Page) -> bool:
    main = page.get_by_test_id("stMain")
    return main.evaluate("element => element.scrollWidth - element.clientWidth") <= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_visitor_draws_by_touch(visit, warm, photograph, settled, scheme):
    page = visit(**PHONE, color_scheme=scheme)
    page.add_init_script(CAN_SHARE)
    page.goto("/Draw?run=mnist-dense")
    expect(sheet(page)).to_be_visible()
    switch = page.get_by_role("button", name="Switch to")
    on_one_screen(page, sheet(page), switch)
    photograph(page, "draw-dense")
    switch.tap()
    expect(switch).to_have_count(0)
    on_one_screen(page, sheet(page))
    settled(page)
    page.evaluate("() => { let now = 0; Date.now = () => now++ }")  # a busy machine does not part the strokes
    touch(page, DOWN)
    touch(page, ACROSS)
    expect(verdict(page)).to_have_text("4")
    undo, clear, save, share = (
        page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Clear", "Save card", "Share")
    )
    drawn = page.get_by_role("img", name="drawing")
    on_one_screen(page, sheet(page), verdict(page), undo, clear, save, share)
    expect(page.get_by_text("Prediction set at 90 %")).to_contain_text("{4}")
    assert is_not_wider_than_the_screen(page)
    photograph(page, "a-four")
    expect(drawn).to_have_count(1)  # two strokes, one drawing
    drawn.scroll_into_view_if_needed()
    photograph(page, "history")
    settled(page)
    undo.click()  # not a tap, here and below: Chromium takes one right after scrolling for a part of the scrolling
    expect(verdict(page)).not_to_have_text("4")
    on_one_screen(page, sheet(page), verdict(page), undo, clear)
    photograph(page, "undo")
    clear.click()
    expect(page.get_by_text("Draw one digit")).to_be_visible()
    expect(undo).to_be_disabled()
    photograph(page, "clear")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_phone(visit, warm, photograph, settled, scheme):
    page = visit(**PHONE, color_scheme=scheme)
    for name in PAGES:
        page.goto("/" if name == "Home" else f"/{name}")
        expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_be_visible()
        photograph(page, name.lower())
        assert is_not_wider_than_the_screen(page), name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [SIDEWAYS, {"width": 1000, "height": 700}], ids=["sideways", "1000"])
def test_the_whole_canvas_is_shown(visit, warm, photograph, settled, screen, scheme):
    page = visit(**screen, color_scheme=scheme)
    page.goto("/Draw?run=mnist-small_cnn")
    expect(sheet(page)).to_be_visible()
    settled(page)
    on_one_screen(page, sheet(page), page.get_by_role("button", name="Clear"))
    photograph(page, "draw")
