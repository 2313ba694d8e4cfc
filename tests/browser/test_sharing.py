"""A server that many share: a run belongs to the browser that started it, and to the host."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serve


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    server, address = serve(
        tmp_path_factory.mktemp("shared"),
        WAKARANAI_SHARED="1",
        WAKARANAI_HOST_KEY="open sesame",
        WAKARANAI_MOST_WAITING="1",
    )
    yield address
    server.terminate()
    server.wait()


@pytest.fixture
def visitor(browser: Browser, shared: str):
    """Opens Train in a browser of one's own, which keeps what it stores."""
    contexts = []

    def opened() -> Page:
        contexts.append(browser.new_context(base_url=shared))
        page = contexts[-1].new_page()
        page.goto("/Train?architecture=softmax_regression&epochs=500")
        page.get_by_role("heading", name="New run").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()


def test_only_who_started_a_run_and_the_host_can_stop_it(visitor):
    aiko, ken = visitor(), visitor()
    aiko.get_by_role("textbox", name="Your name").fill("Aiko")
    aiko.keyboard.press("Enter")
    aiko.get_by_role("button", name="Start training").click()
    stop = {page: page.get_by_role("button", name="Stop", exact=True).locator("visible=true") for page in (aiko, ken)}
    expect(stop[aiko]).to_be_visible()
    ken.reload()  # his page was there before the run
    expect(ken.get_by_text("Started by Aiko. Only they and the host")).to_be_visible()
    expect(stop[ken]).to_have_count(0)
    aiko.reload()  # the secret stays in the browser
    expect(aiko.get_by_text("This is your run")).to_be_visible()
    expect(stop[aiko]).to_be_visible()
    ken.get_by_role("button", name="I am the host").click()
    ken.get_by_role("textbox", name="Host key").fill("open sesame")
    ken.keyboard.press("Enter")
    expect(ken.get_by_text("You may stop, resume and delete every run")).to_be_visible()
    ken.keyboard.press("Escape")
    stop[ken].click()
    expect(aiko.get_by_role("button", name="Resume")).to_be_visible()
