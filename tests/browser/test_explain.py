"""From an error to two overlays, another class, and a picture to take away."""

import io

import numpy as np
from PIL import Image
from playwright.sync_api import expect


def test_an_error_is_explained_the_class_switched_and_an_overlay_taken_away(page, settled):
    page.goto("/Explain?run=mnist-small_cnn")
    overlays = page.locator("figure .overlay")
    expect(overlays).to_have_count(4, timeout=90_000)  # two methods, the predicted and the true class
    expect(page.locator("figure", has_text="Grad-CAM").first).to_contain_text("(predicted)")
    page.get_by_role("combobox", name="Explain").click()
    page.get_by_role("option", name="One class").click()
    expect(overlays).to_have_count(2)
    before = overlays.first.get_attribute("src")
    page.get_by_role("combobox", name="Class").click()
    page.get_by_role("option", name="0", exact=True).click()
    expect(page.locator("figure").first).to_contain_text("for 0")
    assert overlays.first.get_attribute("src") != before
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.down("h")
    expect(overlays.first).to_be_hidden()
    page.keyboard.up("h")
    expect(overlays.first).to_be_visible()
    settled(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Overlay (PNG)").click()
    picture = np.asarray(Image.open(io.BytesIO(caught.value.path().read_bytes())))
    assert picture.shape == (448, 448, 3)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Map (NPY)").click()
    saliency_map = np.load(caught.value.path(), allow_pickle=False)
    assert (saliency_map.shape, saliency_map.dtype) == ((28, 28), np.float32)


def test_an_opened_sample_leads_to_its_explanation(page):
    page.goto("/Inspect?run=mnist-small_cnn&sample=247")
    page.get_by_role("link", name="Explain it by twelve methods").click()
    expect(page.get_by_role("heading", level=1, name="Explain")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Test image no.")).to_have_value("247")
    expect(page.locator("figure .overlay").first).to_be_visible(timeout=90_000)
