"""Prediction sets: alpha moves the sets on the images, and the address brings them back."""

import re

from playwright.sync_api import expect


def test_a_smaller_alpha_gives_larger_sets_and_the_address_brings_them_back(page, settled):
    page.goto("/Calibrate?view=Prediction+sets&run=cifar10-conv10")
    expect(page.get_by_text("at least 90 % of the images")).to_be_visible()
    cards = page.locator("button.card")
    expect(page.get_by_text("up to 2 of 10 classes")).to_be_visible()
    expect(cards.first).to_contain_text(re.compile(r"set \{\w+, \w+\}"))
    settled(page)
    slider = page.get_by_role("slider", name="α")
    slider.focus()
    for stop in (7, 5, 3, 2):
        slider.press("ArrowLeft")
        expect(page).to_have_url(re.compile(f"alpha={stop}"))
    expect(page.get_by_text("at least 98 % of the images")).to_be_visible()
    expect(cards.first).to_contain_text(re.compile(r"set \{\w+, \w+, \w+"))
    settled(page)
    card = cards.first.inner_text()
    page.reload()
    expect(page.get_by_text("at least 98 % of the images")).to_be_visible()
    expect(cards.first).to_have_text(re.compile(re.escape(card.splitlines()[0])))
    cards.first.click()
    expect(page.get_by_role("dialog").get_by_text("1 of 10,000 in this list")).to_be_visible()


def test_one_part_is_looked_at_after_the_other(page, settled):
    page.goto("/Calibrate?view=Prediction+sets&run=mnist-dense&alpha=10")
    page.get_by_text("Re-splits", exact=True).click()
    expect(page.get_by_text("The 20,000 validation and test images are split at random")).to_be_visible()
    expect(page.locator("[aria-label^='Coverage in 1,000 re-splits'] svg")).to_be_visible()
    settled(page)
    page.get_by_role("slider", name="Calibration images").press("ArrowLeft")
    expect(page.get_by_text("exactly 10 / 11 = 90.91 % is expected")).to_be_visible()
    page.get_by_text("Classes", exact=True).click()
    expect(page.get_by_text("Is the promise kept for each class?")).to_be_visible()
