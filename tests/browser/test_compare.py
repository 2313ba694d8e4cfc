"""Page Compare in a browser: curves that play without the server, and a report that needs no network."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ui.compare.seeds import CURVES, FOREST, SEEDS

RUNS = "/Compare?experiment=Single+runs&runs=cifar10-conv10&runs=cifar10-conv10-superclass"


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def share_shown(page: Page) -> float:
    """The share of the learning curves that is not cut off."""
    return float(page.get_by_role("slider", name="Show the curves up to: Epoch").input_value()) / 100


def cut_off(page: Page) -> Locator:
    """What is cut off in the chart of the learning curves."""
    return page.get_by_label(CURVES).locator("[clip-path^='url(#play-']")


def open_compare(page: Page, settled) -> None:
    page.goto(RUNS)
    expect(button(page, "Play")).to_be_visible()
    for chart in (SEEDS, FOREST, CURVES):
        expect(page.get_by_label(chart).locator("svg.marks")).to_be_visible()
    settled(page)


def test_the_curves_grow_by_keys_alone_without_asking_the_server(page, settled):
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_compare(page, settled)
    asked = len(sent)
    button(page, "Play").focus()
    page.keyboard.press("Enter")
    expect(button(page, "Pause")).to_be_focused()
    page.wait_for_function("() => { const s = window.seen ??= []; const r = document.querySelector('clipPath[id^=play-] rect');"
        " if (r) s.push(+r.getAttribute('width')); return new Set(s).size > 5 }")  # fmt: skip
    page.keyboard.press("Enter")
    expect(button(page, "Play")).to_be_visible()
    widths = page.evaluate("() => window.seen")
    assert widths == sorted(widths)
    assert 0 < share_shown(page) < 1
    expect(cut_off(page)).not_to_have_count(0)
    assert page.get_by_label(CURVES).locator(".role-legend [clip-path]").count() == 0
    slider = page.get_by_role("slider", name="Show the curves up to: Epoch")
    slider.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "Epoch 15.0 of 15.0")
    slider.press("ArrowLeft")
    expect(slider).not_to_have_attribute("aria-valuetext", "Epoch 15.0 of 15.0")
    assert len(sent) == asked, "the server was asked while the curves played"


def test_whoever_wants_less_motion_sees_still_pictures(visit, settled):
    page = visit(1280, 800, reduced_motion="reduce")
    open_compare(page, settled)
    button(page, "Play").click()
    page.wait_for_function("() => { const s = window.seen ??= new Set(); const r = document.querySelector('clipPath[id^=play-] rect');"
        " if (r) s.add(Math.round(+r.getAttribute('width'))); return s.size > 3 }")  # fmt: skip
    button(page, "Pause").click()
    share = share_shown(page)
    assert share == pytest.approx(round(share, 1))


def test_verdict_and_charts_are_on_one_screen_of_a_projector(visit, settled, photograph):
    page = visit(1280, 720)
    open_compare(page, settled)
    verdict = page.get_by_text("One seed cannot tell a difference from chance")
    for shown in (verdict, page.get_by_label(FOREST).locator("svg.marks")):
        expect(shown).to_be_in_viewport(ratio=0.7)
    photograph(page, "compare")


def test_the_report_is_read_without_a_network(page, settled, browser: Browser, tmp_path: Path):
    open_compare(page, settled)
    with page.expect_download() as started:
        button(page, "Report (HTML)").click()
    file = tmp_path / "comparison.html"
    started.value.save_as(file)
    text = file.read_text(encoding="utf-8")
    assert text.count("<svg") == 3
    assert "<!--figure" not in text
    assert not re.search(
        r'(src|href)="|url\(["\']?http|@import', text.replace('xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    )
    offline = browser.new_context(offline=True).new_page()
    asked: list[str] = []
    offline.on("request", lambda request: asked.append(request.url))
    offline.goto(file.as_uri())
    expect(offline.get_by_role("heading", name="Comparison: Single runs")).to_be_visible()
    expect(offline.get_by_role("img", name=CURVES)).to_be_visible()
    assert asked == [file.as_uri()]
    offline.context.close()
