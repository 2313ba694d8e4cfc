"""Dropout passes, computed and clicked through, and addresses that bring a view back."""

import re

from playwright.sync_api import expect


def test_passes_are_cancelled_computed_and_a_click_shows_an_image(page, metric, settled):
    page.goto("/Shift?run=fashion_mnist-small_cnn&view=Which+doubt")
    compute = page.get_by_role("button", name="Compute 100 Monte Carlo passes")
    expect(compute).to_be_enabled(timeout=60_000)
    compute.click()
    expect(page.get_by_text("MNIST: ", exact=False).first).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=30_000)
    compute.click()
    chart = page.get_by_test_id("stVegaLiteChart").first
    expect(chart).to_be_visible(timeout=300_000)
    expect(page.get_by_role("img", name="Unfamiliar: ")).to_be_visible()
    settled(page)  # nothing moves any more
    box = chart.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(metric(page, "Epistemic")).to_be_visible()
    expect(page).to_have_url(re.compile("opened="))
    page.reload()
    expect(metric(page, "Epistemic")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("dropout passes agree")).to_be_visible()
    page.get_by_text("Out-of-distribution data", exact=True).click()
    expect(page.get_by_text("How well each score detects OOD images")).to_be_visible(timeout=60_000)
    expect(compute).to_have_count(0)


def test_a_strength_is_chosen_and_an_address_brings_it_back(page, metric):
    page.goto("/Shift?run=mnist-small_cnn&view=Noise&kind=Rotation")
    expect(metric(page, "Accuracy")).to_be_visible(timeout=60_000)
    before = metric(page, "Accuracy").inner_text()
    page.get_by_role("slider").first.press("ArrowRight")
    expect(metric(page, "Accuracy")).not_to_have_text(before)
    expect(page).to_have_url(re.compile("strength_rotation="))
    after = metric(page, "Accuracy").inner_text()
    page.reload()
    expect(metric(page, "Accuracy")).to_have_text(after, timeout=60_000)
    expect(page.get_by_text("Accuracy and refusal against severity")).to_have_count(1)
