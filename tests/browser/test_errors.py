"""From a cell of the confusion matrix to its images."""

import re
import shutil

import numpy as np
from playwright.sync_api import expect

from core.metrics.confusion import cell_samples, confusion_matrix
from core.metrics.predictions import Predictions
from core.training import runs


def test_a_click_on_a_cell_shows_its_images(page, settled):
    predictions = runs.find("mnist-dense").predictions("test")
    matrix = confusion_matrix(predictions)
    page.goto("/Errors?run=mnist-dense")
    chart = page.get_by_test_id("stVegaLiteChart")
    expect(chart.locator("svg, canvas").first).to_be_visible()
    cards = page.locator("button.card")
    expect(cards.first).to_be_visible()
    settled(page)  # nothing moves any more
    box = chart.bounding_box()
    seen = set()
    for x, y in ((0.45, 0.5), (0.7, 0.62)):
        before = page.url
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        expect(page).not_to_have_url(before)
        expect(page).to_have_url(re.compile("answer=|true_class="))
        settled(page)  # both boxes, and not one of them, name the cell
        true, answer = (
            int(page.get_by_role("combobox", name=name, exact=True).input_value()) for name in ("True class", "Answer")
        )
        expect(page.get_by_text(f"{matrix[true, answer]:,}, most confident first")).to_be_visible()
        samples = cell_samples(predictions, true, answer)
        if len(samples):
            expect(cards.first).to_have_attribute("data-sample", str(samples[0]))
            expect(cards.first.locator(".track")).to_have_count(5)
        seen.add((true, answer))
    assert len(seen) == 2


def test_a_named_cell_shows_its_images_and_one_of_them_opens(page, press):
    predictions = runs.find("mnist-dense").predictions("test")
    matrix = confusion_matrix(predictions)
    true, answer = np.unravel_index((matrix - np.diag(np.diag(matrix))).argmax(), matrix.shape)
    samples = cell_samples(predictions, true, answer)
    page.goto(f"/Errors?run=mnist-dense&true_class={true}&answer={answer}")
    card = page.locator("button.card").nth(1)
    expect(card).to_have_attribute("data-sample", str(samples[1]))
    card.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"Image {samples[1]} of test")).to_be_visible()
    press(page, "ArrowLeft")
    expect(dialog.get_by_text(f"Image {samples[0]} of test")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_text("Superclasses", exact=True).click()
    expect(page.get_by_text("The superclass is wrong, too")).to_be_visible()


def test_without_images_the_cards_show_bars_and_open(page, runs_folder):
    folder = runs_folder / "of-forty-images"
    shutil.copytree(runs.find("mnist-dense").folder, folder, ignore=shutil.ignore_patterns("progress.json"))
    whole = Predictions.load(folder / "predictions/test.npz")
    wrong = np.flatnonzero(~whole.correct)[:40]
    Predictions(whole.logits[wrong], whole.labels[wrong], whole.class_names).save(folder / "predictions/test.npz")
    for address in ("Inspect?run=of-forty-images&side=all", "Errors?run=of-forty-images"):
        page.goto(f"/{address}")
        expect(page.get_by_text("the images cannot be shown")).to_be_visible()
        card = page.locator("button.card").first
        expect(card).to_have_class(re.compile("bare"))
        expect(card.get_by_role("img")).to_have_count(0)
        card.click()
        expect(page.get_by_role("dialog").get_by_text("Class probabilities")).to_be_attached()
    shutil.rmtree(folder)


def test_after_a_change_of_run_the_boxes_name_the_cell_that_is_shown(page, settled):
    page.goto("/Errors?run=mnist-dense&true_class=4&answer=9")
    expect(page.get_by_text("4, predicted as 9: 19")).to_be_visible()
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name=re.compile("^Fashion-MNIST · small_cnn")).click()
    expect(page.get_by_text("Shirt, predicted as T-shirt/top: 103")).to_be_visible()
    settled(page)
    expect(page.get_by_role("combobox", name="True class", exact=True)).to_have_value("Shirt")
    expect(page.get_by_role("combobox", name="Answer", exact=True)).to_have_value("T-shirt/top")
