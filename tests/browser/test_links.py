"""What the browser writes into the address opens the same page in another window."""

import re

from playwright.sync_api import expect


def test_an_example_and_a_page_of_cards_are_opened_again_by_their_addresses(page, browser, url):
    page.goto("/Draw?run=mnist-dense")
    page.get_by_text("Example", exact=True).click()
    page.get_by_role("combobox", name="Example").click()
    page.get_by_role("option", name="2 round").click()
    expect(page).to_have_url(re.compile(r"example=2\+round.*way=Example"))
    example = page.url
    page.goto("/Errors?run=mnist-dense&true_class=4&answer=9")
    expect(page.get_by_text("predicted as 9").first).to_be_visible()
    page.get_by_test_id("stPaginationNext").click()
    expect(page).to_have_url(re.compile(r"page\+of\+4\+9=2"))
    with browser.new_context() as fresh:
        other = fresh.new_page()
        other.goto(example)
        expect(other.get_by_role("img", name="2 round")).to_be_visible()
        other.goto(page.url)
        expect(other.get_by_test_id("stPaginationPageActive")).to_have_text("2")
        expect(other).to_have_url(page.url)
