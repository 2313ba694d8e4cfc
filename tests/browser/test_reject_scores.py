"""The table of all scores: its intervals on request, what its columns mean, and how it fits a phone."""

import pytest
from playwright.sync_api import Page, expect

WHICH_SCORE = "/Reject?run=oxford_pets-pets_transfer&view=Which+score"  # 74 test images: its intervals are quick


def test_intervals_come_on_request_and_more_scores_are_bold_then(page: Page):
    page.goto(WHICH_SCORE)
    table = page.get_by_role("region", name="Measures of every score")
    expect(table.get_by_role("row")).to_have_count(9)
    expect(table.locator("td small")).to_have_count(0)
    best = table.locator("td.best b").count()
    assert best >= 8
    page.get_by_role("button", name="Compute 95 % intervals").click()
    expect(table.locator("td small")).to_have_count(64)
    assert table.locator("td.best b").count() >= best
    weight = table.locator("td.best b").first.evaluate("element => Number(getComputedStyle(element).fontWeight)")
    assert weight >= 700
    head = table.get_by_role("columnheader", name="AURC").first
    assert "Lower is better." in head.get_attribute("title")
    page.reload()  # what was computed stays
    expect(table.locator("td small")).to_have_count(64)


@pytest.mark.parametrize("view", ["Which+score", "Conventions"])
def test_on_a_phone_a_wide_table_scrolls_and_the_page_does_not(visit, view):
    page = visit(390, 844)
    page.goto(f"/Reject?run=mnist-dense&view={view}")
    table = page.locator(".numbers")
    expect(table.get_by_role("row").nth(8)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert table.evaluate("element => element.scrollWidth > element.clientWidth")
    name = table.locator("tbody th").first
    before = name.bounding_box()["x"]
    table.evaluate("element => { element.scrollLeft = 200; }")
    assert name.bounding_box()["x"] == pytest.approx(before, abs=1)  # the names stay in sight
