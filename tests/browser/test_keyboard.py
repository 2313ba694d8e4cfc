"""A visitor who has no mouse: Tab, arrow keys, Space and Enter."""

from playwright.sync_api import Locator, Page, expect

from core.metrics.confusion import cell_samples
from core.training import runs


def tab_to(page: Page, wanted: Locator, at_most: int) -> None:
    """Press Tab until this has the focus."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node.getRootNode().activeElement === node"):
            return
    raise AssertionError(f"Tab did not arrive within {at_most} presses.")


def skip_the_menu(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stMain")).to_be_focused()


def test_the_threshold_is_three_keys_behind_the_skip_link_and_one_key_opens_its_help(page, settled, metric):
    page.goto("/Reject?run=mnist-dense")
    refused = metric(page, "Images refused")
    expect(refused).to_have_text("316")
    settled(page)
    curve = page.get_by_label("Accuracy against coverage; the slider Threshold moves the point", exact=True)
    expect(curve).to_be_visible()
    skip_the_menu(page)
    slider = page.get_by_role("slider", name="Threshold")
    tab_to(page, slider, at_most=3)
    expect(slider).to_have_attribute("aria-description", "?: Help for Threshold")
    expect(page.locator(".keys")).to_have_text("?: Help for Threshold")
    page.keyboard.press("?")
    expect(page.get_by_role("tooltip")).to_contain_text("An image is answered when")
    page.keyboard.press("?")  # the next one, of the metrics too, which Tab does not reach
    expect(page.get_by_role("tooltip")).to_contain_text("Share of the validation images")
    page.keyboard.press("Escape")
    expect(slider).to_be_focused()
    expect(page.get_by_role("tooltip")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(refused).not_to_have_text("316")


def test_the_confusion_matrix_has_boxes_for_the_keyboard_and_enter_opens_an_image(page, settled):
    predictions = runs.find("mnist-dense").predictions("test")
    samples = cell_samples(predictions, 7, 2)
    page.goto("/Errors?run=mnist-dense&true_class=4&answer=9")
    cards = page.locator("button.card")
    expect(page.get_by_text("4, predicted as 9")).to_be_visible()
    settled(page)
    expect(
        page.get_by_label("Confusion matrix; the boxes True class and Answer choose a cell, too", exact=True)
    ).to_be_visible()
    skip_the_menu(page)
    for box, name in (("True class", "7"), ("Answer", "2")):
        tab_to(page, page.get_by_role("combobox", name=box, exact=True), at_most=9)
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    expect(page.get_by_text(f"7, predicted as 2: {len(samples)}")).to_be_visible()
    expect(cards.first).to_have_attribute("data-sample", str(samples[0]))
    settled(page)
    tab_to(page, cards.first, at_most=20)
    expect(cards.first).to_have_css("outline-style", "solid")
    page.keyboard.press("ArrowRight")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"Image {samples[1]} of test")).to_be_visible()
    settled(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(cards.nth(1)).to_be_focused()


def test_a_one_drawn_by_keys_is_a_one_and_can_be_undone_and_cleared(page, settled):
    page.goto("/Draw?run=mnist-small_cnn")
    sheet = page.locator(".st-key-canvas canvas")
    expect(sheet).to_be_visible()
    settled(page)
    skip_the_menu(page)
    tab_to(page, sheet, at_most=3)
    expect(page.locator(".keys")).to_contain_text("Space: pen down or up")
    pen = page.locator(".st-key-canvas .pen")
    expect(pen).to_be_visible()
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(pen).to_have_class("pen down")
    for _ in range(18):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    verdict = page.get_by_test_id("stMain").get_by_role("heading").nth(1)
    expect(verdict).to_have_text("1")
    page.keyboard.press("Backspace")
    expect(page.get_by_text("Draw one digit")).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Clear")).to_be_enabled()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    expect(page.locator(".keys")).to_be_empty()  # these are the keys of the canvas
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Clear")).to_be_disabled()
    expect(sheet).to_be_focused()
