"""Asking for a guarantee that cannot be had, and for one that can."""

import re

from playwright.sync_api import expect

from core.metrics.guarantee import samples_needed
from core.training import runs


def test_a_guarantee_that_cannot_be_had_is_a_sentence_and_one_that_can_is_numbers(page, settled):
    number = runs.find("oxford_pets-pets_transfer").predictions("validation").num_samples
    page.goto("/Reject?run=oxford_pets-pets_transfer")
    expect(page.get_by_text("Asked on validation")).to_be_visible()
    settled(page)
    page.get_by_text("Guarantee", exact=True).click()
    expect(page).to_have_url(re.compile("view=Guarantee"))
    refused = page.get_by_text("No threshold can be promised")
    expect(refused).to_contain_text("at most 2.0 % wrong with 95 % confidence")
    expect(refused).to_contain_text(f"at least {samples_needed(0.02, 0.05):,} answered validation images")
    expect(refused).to_contain_text(f"there are only {number}, so ask for a higher risk or less confidence")
    expect(page.get_by_test_id("stDownloadButton")).to_have_count(0)

    page.goto("/Reject?run=mnist-dense&view=Guarantee")
    expect(page.get_by_text("Asked: at most 2.0 % wrong with 95 % confidence")).to_be_visible()
    expect(refused).to_have_count(0)
    expect(page.get_by_role("button", name="Policy (JSON)")).to_have_count(2)
    settled(page)
    slider = page.get_by_role("slider", name="Wanted risk (%)")
    slider.press("Home")
    expect(page).to_have_url(re.compile("risk=0.1"))
    # 2,995 images without an error are needed: there are 10,000, but not so many without an error.
    expect(page.get_by_text("No threshold can be promised")).to_contain_text(
        f"at least {samples_needed(0.001, 0.05):,}"
    )
    expect(page.get_by_text("No threshold can be promised")).to_contain_text(
        "so ask for a higher risk or less confidence"
    )
    slider.press("End")
    expect(page.get_by_text("Asked: at most 20.0 % wrong with 95 % confidence")).to_be_visible()
    settled(page)
    with page.expect_download() as started:
        page.get_by_role("button", name="Policy (JSON)").first.click()
    assert started.value.suggested_filename == "mnist-dense-policy.json"
