"""axe-core, the checker that browsers' own tools use, finds nothing serious on any page, in light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from ui.shell import PAGES

ADDRESSES = ["", *(title for title in PAGES if title != "Home")]


def serious(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_has_a_serious_finding(page, settled, address, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(f"/{address}")
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(page.get_by_test_id("stSpinner")).to_have_count(0)
    assert serious(page) == []
