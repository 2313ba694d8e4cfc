"""Drawing with a real mouse, uploading, and coming back."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.training.runs import ROOT

PHOTO = ROOT / "starter/drawings/2 as if photographed.png"


def sheet(page: Page) -> Locator:
    """What is drawn on; tables of scores are canvases as well."""
    return page.locator(".st-key-canvas canvas")


def open_draw(page: Page) -> None:
    page.goto("/Draw?run=mnist-small_cnn")
    expect(page.get_by_role("heading", level=1, name="Draw")).to_be_visible()
    expect(sheet(page)).to_be_visible()


def stroke(page: Page, *points: tuple[float, float]) -> None:
    """One line on the canvas, through points given as shares of its sides."""
    box = sheet(page).bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def history(page: Page) -> Locator:
    return page.get_by_role("img", name="drawing")


def verdict(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("heading").nth(1)


def test_a_one_drawn_with_the_mouse_is_a_one_and_survives_another_page(page):
    open_draw(page)
    expect(page.get_by_text("Draw one digit")).to_be_visible()
    stroke(page, (0.5, 0.15), (0.5, 0.85))
    expect(verdict(page)).to_have_text("1", timeout=60_000)
    expect(page.get_by_text("Epistemic")).to_be_visible()
    page.get_by_role("link", name="Inspect").click()
    expect(page.get_by_role("heading", level=1, name="Inspect")).to_be_visible()
    page.get_by_role("link", name="Draw").click()
    expect(verdict(page)).to_have_text("1", timeout=60_000)
    pixels = Image.open(io.BytesIO(sheet(page).screenshot())).convert("L")
    assert np.asarray(pixels)[20:-20, 110:115].mean() > 100  # the stroke is on the canvas again


def test_a_stroke_after_a_pause_changes_the_verdict_and_the_history_keeps_both(page, settled):
    open_draw(page)
    stroke(page, (0.5, 0.15), (0.5, 0.85))
    expect(verdict(page)).to_have_text("1", timeout=60_000)
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 60_000 }")
    stroke(page, (0.25, 0.5), (0.8, 0.5))
    expect(verdict(page)).not_to_have_text("1", timeout=30_000)
    expect(history(page)).to_have_count(2)
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_role("button", name="Card (PNG)")).to_be_visible()
    settled(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Card (PNG)").click()
    assert Image.open(io.BytesIO(caught.value.path().read_bytes())).size == (600, 800)
    page.keyboard.press("Escape")
    page.get_by_text("Blend two drawings").click()
    expect(page.locator("button.card")).to_have_count(8, timeout=30_000)


STROKE = """(canvas, points) => {
  const box = canvas.getBoundingClientRect()
  canvas.setPointerCapture = () => {}
  points.forEach(([x, y], place) => canvas.dispatchEvent(new PointerEvent(place ? "pointermove" : "pointerdown", {
    pointerId: 1, clientX: box.left + x * box.width, clientY: box.top + y * box.height,
  })))
  canvas.dispatchEvent(new PointerEvent("pointerup", {pointerId: 1}))
}"""
DOWN, ACROSS = [[0.5, 0.15], [0.5, 0.85]], [[0.25, 0.5], [0.8, 0.5]]


def test_strokes_within_a_second_are_one_drawing_in_the_history(page):
    open_draw(page)
    page.evaluate("() => { let now = 0; Date.now = () => now++ }")
    for num_drawings in (1, 2):
        sheet(page).evaluate(STROKE, DOWN)
        expect(verdict(page)).to_have_text("1")
        expect(history(page)).to_have_count(num_drawings)
        sheet(page).evaluate(STROKE, ACROSS)
        expect(verdict(page)).not_to_have_text("1")
        page.get_by_role("button", name="Undo").click()
        expect(verdict(page)).to_have_text("1")
        sheet(page).evaluate(STROKE, ACROSS)
        expect(verdict(page)).not_to_have_text("1")
        expect(history(page)).to_have_count(num_drawings)
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_text("Draw one digit")).to_be_visible()
        expect(page.get_by_role("button", name="Undo")).to_be_disabled()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (853, 480)], ids=["phone", "tablet", "150 %"])
def test_canvas_and_verdict_are_whole_and_on_one_screen(browser, url, width, height):
    page = browser.new_page(viewport={"width": width, "height": height}, base_url=url)
    open_draw(page)
    stroke(page, (0.5, 0.15), (0.5, 0.85))
    expect(verdict(page)).to_have_text("1", timeout=60_000)
    for part in (sheet(page), verdict(page), page.get_by_role("button", name="Clear")):
        expect(part).to_be_in_viewport(ratio=1)
    verdict_box, sheet_box = verdict(page).bounding_box(), sheet(page).bounding_box()
    is_below = verdict_box["y"] >= sheet_box["y"] + sheet_box["height"]
    assert is_below or verdict_box["x"] >= sheet_box["x"] + sheet_box["width"]
    page.close()


def test_the_verdict_is_saved_as_a_card_and_shared_with_a_link_to_the_same_network(page, url, settled):
    page.add_init_script("""
      navigator.canShare = () => true
      navigator.share = async ({files, text, url}) => { window.shared = {type: files[0].type, text, url} }
    """)
    open_draw(page)
    stroke(page, (0.5, 0.15), (0.5, 0.85))
    expect(verdict(page)).to_have_text("1", timeout=60_000)
    share = page.get_by_role("button", name="Share", exact=True)
    expect(share).to_be_visible()
    settled(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save card").click()
    assert Image.open(io.BytesIO(caught.value.path().read_bytes())).size == (600, 800)
    share.click()
    shared = page.wait_for_function("() => window.shared").json_value()
    assert shared["type"] == "image/png"
    assert shared["text"].endswith(": 1")
    assert shared["url"].startswith(f"{url}/Draw?run=mnist-small_cnn&score=")
    page.goto(shared["url"])
    expect(sheet(page)).to_be_visible()


def upload(page: Page, name: str, content: bytes) -> None:
    page.get_by_role("radio", name="Upload").or_(page.get_by_text("Upload", exact=True)).first.click()
    page.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "image/png", "buffer": content})


def test_a_photograph_is_uploaded_and_read(page):
    open_draw(page)
    upload(page, "photo.png", PHOTO.read_bytes())
    expect(verdict(page)).to_have_text("2", timeout=60_000)


@pytest.mark.parametrize("content", [b"this is no picture", PHOTO.read_bytes()[:900]], ids=["no picture", "cut off"])
def test_a_file_that_is_no_picture_gets_a_sentence_and_the_page_goes_on(page, content):
    open_draw(page)
    upload(page, "photo.png", content)
    expect(page.get_by_test_id("stAlert").filter(has_text="photo.png is")).to_be_visible()
    upload(page, "photo.png", PHOTO.read_bytes())
    expect(verdict(page)).to_have_text("2", timeout=60_000)
