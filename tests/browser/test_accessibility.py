"""axe-core, the checker that browsers' own tools use, finds nothing serious on any view of any page, in light and dark."""

import importlib
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ui.components.picture import INPUTS
from ui.inspect.page import VIEWS as PRESETS
from ui.shell import PAGES

# A second look asks only for what another theme may change.
COLOURS = "axe.run({resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block']})"
WIDGETS = {"Example": "stSelectbox", "Upload": "stFileUploader", "Camera": "stCameraInput"}  # of Draw's inputs


def views_in_address(title: str) -> Mapping[str, object]:
    """The views of a page that its address names, from the module that holds them."""
    try:
        return importlib.import_module(f"ui.{title.lower()}").VIEWS
    except (ModuleNotFoundError, AttributeError):
        return {}


ADDRESSES = [
    "",
    *(title for title in PAGES if title != "Home" and not views_in_address(title)),
    *(f"{title}?{urlencode({'view': view})}" for title in PAGES for view in views_in_address(title)),
    "Inspect?sample=5",  # an opened image
    "Errors?refuse=true",
    "Explain?of=Drawing",
    "Train?train=Experiment",
]


@pytest.fixture(scope="module")
def window(browser: Browser, url: str) -> Iterator[Page]:
    """One window for all pages: a new one would load Streamlit's scripts again."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, base_url=url)
    yield page
    page.close()


def idle(page: Page) -> None:
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    # A view that asks the network about thousands of images takes long on a busy machine.
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1, timeout=300_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(page.get_by_test_id("stSpinner")).to_have_count(0)
    assert page.get_by_test_id("stException").count() == 0


def serious(page: Page) -> list[str]:
    """What axe finds in the light theme, then in the dark one; it must have been loaded into the page."""
    found = []
    for scheme, command in (("light", "axe.run({resultTypes: ['violations']})"), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
        found += [
            f"{scheme}, {rule['id']}: {node['html'][:200]}"
            for rule in page.evaluate(command)["violations"]
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]
    return found


def opened(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"/{address}")
    idle(page)
    page.evaluate(Axe().axe_script)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_view_has_a_serious_finding(window, address):
    opened(window, address)
    assert serious(window) == []


@pytest.mark.parametrize("preset", [name for name, changes in PRESETS.items() if changes])
def test_no_preset_of_inspect_has_a_serious_finding(window, preset):
    opened(window, "Inspect")
    before = window.url
    window.get_by_role("button", name=preset, exact=True).click()
    expect(window).not_to_have_url(before)
    idle(window)
    assert serious(window) == []


@pytest.mark.parametrize("way", INPUTS[1:])
def test_no_input_of_draw_has_a_serious_finding(window, way):
    opened(window, "Draw")
    window.get_by_role("radio", name=way).or_(window.get_by_text(way, exact=True)).first.click()
    expect(window.get_by_test_id(WIDGETS[way]).first).to_be_visible()
    idle(window)
    assert serious(window) == []
