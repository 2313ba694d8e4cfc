"""What people do with the app, from the first click on."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.data import datasets
from core.metrics.confusion import confusion_matrix
from core.metrics.predictions import Predictions
from core.metrics.rejection import reject_outcome
from core.metrics.samples import SampleFilter, chosen_samples, selection_summary
from core.metrics.selective import accuracy_coverage_curve, threshold_at_coverage
from core.metrics.uncertainty import least_confidence
from core.training import runs

TITLE = {"level": 1}


@pytest.fixture(scope="module")
def thesis() -> Predictions:
    return runs.find("mnist-dense").predictions("test")


def heading(page: Page, name: str):
    return page.get_by_role("heading", level=1, name=name)


def show_runs_of_a_kind(page: Page, label: str, option: str) -> None:
    """Choose in a select box by its label."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_home_leads_through_the_tour_with_one_run(page):
    page.goto("/")
    expect(heading(page, "When should it say")).to_be_visible()
    page.get_by_role("link", name="Open Inspect").click()
    expect(heading(page, "Inspect")).to_be_visible()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("MNIST · small_cnn")
    page.get_by_role("link", name="Next stop").click()
    expect(heading(page, "Reject")).to_be_visible()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("MNIST · small_cnn")


def test_a_click_on_a_row_of_home_opens_that_model(page, settled):
    page.goto("/")
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    expect(table.locator("canvas").first).to_be_visible()
    settled(page)
    table.scroll_into_view_if_needed()

    def opens() -> bool:
        """Whether Inspect is shown after a click; what stands above the table may still have moved it."""
        if box := table.bounding_box():
            page.mouse.click(box["x"] + 60, box["y"] + 35 * 1.5)  # rows are 35 pixels high; the first is the head
        page.wait_for_timeout(1000)
        return heading(page, "Inspect").is_visible()

    assert any(opens() for _ in range(20))
    first = next(run for run in runs.all_runs() if run.status == "done")
    expect(page).to_have_url(re.compile(f"run={first.name}(&|$)"))


def test_an_image_and_the_curve_of_home_answer_a_click(page, settled):
    page.goto("/?run=mnist-dense")
    refused = page.get_by_text("It refuses 316, and")
    expect(refused).to_be_visible()
    expect(page.locator("button.card")).to_have_count(3)
    settled(page)
    chart = page.get_by_test_id("stVegaLiteChart").first
    expect(chart.locator("canvas, svg").first).to_be_visible()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    expect(chart.get_by_text("refused").first).to_be_visible()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    expect(page).to_have_url(re.compile("threshold="))
    expect(refused).to_have_count(0)
    settled(page)
    card = page.locator("button.card.wrong").first
    sample = card.get_attribute("data-sample")
    card.click()
    expect(page.get_by_role("dialog").get_by_text(f"Image {sample} of test")).to_be_visible()
    expect(page).to_have_url(re.compile("run=mnist-dense"))


def test_the_run_stays_chosen_from_page_to_page_and_in_the_address(page):
    page.goto("/Inspect?run=mnist-small_cnn")
    expect(page.get_by_role("combobox", name="Model")).to_have_value("MNIST · small_cnn")
    page.get_by_role("link", name="Reject").click()
    expect(heading(page, "Reject")).to_be_visible()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("MNIST · small_cnn")
    show_runs_of_a_kind(page, "Model", "MNIST · dense")
    expect(page).to_have_url(re.compile("run=mnist-dense"))
    page.get_by_role("link", name="Inspect").click()
    expect(heading(page, "Inspect")).to_be_visible()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("MNIST · dense")


def test_a_second_run_picked_while_the_page_still_draws_the_first_is_shown(page):
    page.goto("/Reject?run=mnist-dense")
    expect(page.get_by_role("combobox", name="Model")).to_have_value("MNIST · dense")
    picker = page.get_by_role("combobox", name="Model").element_handle()
    show_runs_of_a_kind(page, "Model", "MNIST · small_cnn")
    show_runs_of_a_kind(page, "Model", "Fashion-MNIST · small_cnn")
    expect(page).to_have_url(re.compile("run=fashion_mnist-small_cnn"))
    expect(page.get_by_role("combobox", name="Model")).to_have_value("Fashion-MNIST · small_cnn")
    # The picker is the same all along: in another one's place a click could be lost.
    assert picker.is_visible()


def test_the_first_view_of_inspect_is_the_thesis_view(page, metric, thesis):
    uncertainty = least_confidence(thesis.probs)
    chosen = chosen_samples(thesis, uncertainty, SampleFilter(above=0.5))
    summary = selection_summary(thesis, chosen)
    page.goto("/Inspect?run=mnist-dense")
    expect(metric(page, "Images")).to_have_text(f"{summary.num_chosen:,}")
    expect(metric(page, "Correct")).to_have_text(f"{summary.num_correct:,}")
    expect(metric(page, "Accuracy").first).to_have_text(f"{summary.accuracy_chosen:.2%}".replace("%", " %"))
    expect(metric(page, "Accuracy of rest")).to_have_text(f"{summary.accuracy_others:.2%}".replace("%", " %"))
    expect(metric(page, "Top two within 0.1")).to_have_text(f"{summary.close_calls:,}")
    assert summary.ties == 0
    expect(metric(page, "Ties")).to_have_count(0)
    first = page.locator("button.card").first
    expect(first).to_have_attribute("data-sample", str(chosen[0]))
    expect(first.locator(".column")).to_have_count(10)


def test_a_card_shows_the_very_pixels(page):
    images = datasets.load("mnist", "test").images
    page.goto("/Inspect?run=mnist-dense")
    cards = page.locator("button.card")
    expect(cards).to_have_count(48)
    for card in (cards.first, cards.last):
        picture = card.get_by_role("img")
        shown = picture.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
        sample = int(card.get_attribute("data-sample"))
        assert (np.reshape(shown, (28, 28, 4))[..., :3] == images[sample]).all()
        expect(picture).to_have_accessible_name(f"image {sample}")


def test_a_sample_opens_walks_with_the_arrow_keys_and_has_a_link(page, thesis, press):
    chosen = chosen_samples(thesis, least_confidence(thesis.probs), SampleFilter(above=0.5))
    page.goto("/Inspect?run=mnist-dense")
    page.locator("button.card").nth(1).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"Image {chosen[1]} of test")).to_be_visible()
    press(page, "ArrowRight")
    expect(dialog.get_by_text(f"Image {chosen[2]} of test")).to_be_visible()
    press(page, "ArrowLeft")
    expect(dialog.get_by_text(f"Image {chosen[1]} of test")).to_be_visible()
    press(page, "ArrowLeft")
    expect(dialog.get_by_text(f"Image {chosen[0]} of test")).to_be_visible()
    expect(page).to_have_url(re.compile(f"sample={chosen[0]}"))
    address = page.url
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("sample="))
    page.goto(address)
    expect(dialog.get_by_text(f"Image {chosen[0]} of test")).to_be_visible()


def test_every_error_can_be_shown_and_taken_away_as_table_and_sheet(page, metric, settled, thesis):
    page.goto("/Inspect?run=mnist-dense")
    page.get_by_role("button", name="Every error").click()
    wrong = int((~thesis.correct).sum())
    expect(metric(page, "Images")).to_have_text(str(wrong))
    expect(metric(page, "Correct")).to_have_text("0")
    settled(page)
    page.get_by_role("button", name="Chart and files").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Table (CSV)").click()
    lines = caught.value.path().read_text().splitlines()
    assert len(lines) == wrong + 1
    assert lines[0].startswith("sample,true,predicted,right,Least confidence,")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Printable sheet").click()
    assert caught.value.path().read_bytes().startswith(b"%PDF")


def test_the_most_confident_correct_image_of_each_class_is_one_card_per_class(page, thesis):
    page.goto("/Inspect?run=mnist-dense")
    page.get_by_role("button", name="Most confident correct image per class").click()
    cards = page.locator("button.card")
    expect(cards).to_have_count(10)
    samples = [int(card.get_attribute("data-sample")) for card in cards.all()]
    assert thesis.labels[samples].tolist() == list(range(10))
    probs = np.where(thesis.correct, thesis.probs.max(axis=1), 0)
    assert samples == [int(np.argmax(np.where(thesis.labels == k, probs, 0))) for k in range(10)]


def test_a_threshold_fixed_on_the_curve_agrees_with_core_everywhere(page, metric, settled, thesis):
    page.goto("/Reject?run=mnist-dense")
    validation = runs.find("mnist-dense").predictions("validation")
    curve = accuracy_coverage_curve(least_confidence(validation.probs), validation.correct)
    typed = page.get_by_role("spinbutton", name="Type a threshold")
    expect(typed).to_have_value(f"{threshold_at_coverage(curve, 0.97):.4f}")
    chart = page.get_by_test_id("stVegaLiteChart").first
    expect(chart.locator("canvas, svg").first).to_be_visible()
    settled(page)  # nothing moves any more
    before = typed.input_value()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    # Hovering previews in the chart and asks nothing of the server.
    preview = re.compile(
        r"threshold 0\.\d{4}.*validation: .* correct.*test: .* correct.*refused: .* correct.*errors: .* answered, .* refused",
        re.DOTALL,
    )
    expect(chart.get_by_text("errors:")).to_be_visible()
    expect(chart.get_by_text(preview).first).to_be_attached()
    expect(typed).to_have_value(before)
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    expect(typed).not_to_have_value(before)
    expect(page).to_have_url(re.compile("threshold="))
    threshold = float(re.search(r"threshold=([-0-9.e]+)", page.url)[1])
    uncertainty = least_confidence(thesis.probs)
    outcome = reject_outcome(uncertainty, thesis.correct, threshold)
    expect(metric(page, "Coverage")).to_have_text(f"{100 * outcome.coverage:.2f} %")
    expect(metric(page, "Selective accuracy")).to_have_text(f"{100 * outcome.accuracy_accepted:.2f} %")
    expect(metric(page, "Images refused")).to_have_text(f"{outcome.num_rejected:,}")
    expect(metric(page, "Errors refused")).to_have_text(f"{outcome.errors_caught:,} of {(~thesis.correct).sum():,}")
    refused = chosen_samples(thesis, uncertainty, SampleFilter(above=threshold))
    expect(page.get_by_text(f"Refused: {len(refused):,}", exact=True)).to_be_visible()
    expect(page.locator("button.card").first).to_have_attribute("data-sample", str(refused[0]))
    matrix = confusion_matrix(thesis, uncertainty > threshold)
    heatmap = page.get_by_test_id("stVegaLiteChart").nth(2)
    expect(heatmap.get_by_text(str(matrix[0, 10]), exact=True).first).to_be_attached()
    histogram = page.get_by_test_id("stVegaLiteChart").nth(1)
    line = histogram.locator('[aria-roledescription="rule mark"][aria-label*="threshold"]')
    shown = float(re.search(r"threshold: ([-0-9.e]+)", line.get_attribute("aria-label"))[1])
    assert shown == pytest.approx(threshold, abs=1e-6)
    # The address holds the threshold exactly: a link shows the same.
    shown = metric(page, "Errors refused").inner_text()
    page.goto(page.url)
    expect(metric(page, "Errors refused")).to_have_text(shown)


def test_the_threshold_follows_the_wanted_coverage(page, settled):
    page.goto("/Reject?run=mnist-dense")
    validation = runs.find("mnist-dense").predictions("validation")
    curve = accuracy_coverage_curve(least_confidence(validation.probs), validation.correct)
    typed = page.get_by_role("spinbutton", name="Type a threshold")
    expect(typed).to_have_value(f"{threshold_at_coverage(curve, 0.97):.4f}")
    asked = page.get_by_role("spinbutton", name="Coverage asked (%)")
    asked.focus()
    for share in (0.969, 0.968, 0.967, 0.966, 0.965):
        settled(page)  # before, what the script says of the last press would overwrite this one
        asked.press("ArrowDown")
        expect(typed).to_have_value(f"{threshold_at_coverage(curve, share):.4f}")


def test_the_arrow_keys_stay_among_the_refused_of_reject(page, press, settled, thesis):
    validation = runs.find("mnist-dense").predictions("validation")
    curve = accuracy_coverage_curve(least_confidence(validation.probs), validation.correct)
    threshold = threshold_at_coverage(curve, 0.97)
    refused = chosen_samples(thesis, least_confidence(thesis.probs), SampleFilter(above=threshold))
    page.goto(f"/Reject?run=mnist-dense&sample={refused[-2]}")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"{len(refused) - 1:,} of {len(refused):,} in this list")).to_be_visible()
    press(page, "ArrowRight")
    expect(dialog.get_by_text(f"Image {refused[-1]} of test")).to_be_visible()
    expect(dialog.get_by_role("button", name="Next")).to_be_disabled()
    settled(page)
    page.keyboard.press("ArrowRight")
    press(page, "ArrowLeft")
    expect(dialog.get_by_text(f"Image {refused[-2]} of test")).to_be_visible()


def test_a_threshold_moved_on_reject_holds_on_inspect_and_errors(page, metric, thesis):
    page.goto("/Reject?run=mnist-dense")
    typed = page.get_by_role("spinbutton", name="Type a threshold")
    before = typed.input_value()
    page.get_by_role("slider", name="Threshold").press("ArrowRight")
    expect(typed).not_to_have_value(before)
    expect(page).to_have_url(re.compile("threshold="))
    threshold = float(re.search(r"threshold=([-0-9.e]+)", page.url)[1])
    refused = int((least_confidence(thesis.probs) > threshold).sum())
    page.get_by_role("link", name="Inspect").click()
    expect(heading(page, "Inspect")).to_be_visible()
    expect(metric(page, "Images")).to_have_text(f"{refused:,}")
    page.get_by_role("link", name="Errors").click()
    page.get_by_test_id("stPopoverButton").filter(has_text="Threshold").click()
    expect(page.get_by_role("slider", name="Threshold")).to_have_attribute("aria-valuetext", f"{threshold:.4f}")


def start_softmax_regression(page: Page, **more: str) -> None:
    query = "&".join(f"{key}={value}" for key, value in {"architecture": "softmax_regression", **more}.items())
    page.goto(f"/Train?{query}")
    expect(heading(page, "Train")).to_be_visible()
    page.get_by_role("button", name="Start training").click()


def test_one_epoch_is_trained_from_the_page_and_opened_in_reject(page, metric):
    start_softmax_regression(page, num_epochs="1")
    expect(page.get_by_text("of the test images correct")).to_be_visible(timeout=90_000)
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    page.get_by_role("link", name="Let it refuse").click()
    expect(heading(page, "Reject")).to_be_visible()
    expect(page.get_by_role("combobox", name="Model")).to_have_value(re.compile("softmax_regression"))
    expect(metric(page, "Errors refused")).to_be_visible()


def test_a_run_is_stopped_found_again_after_a_reload_resumed_and_deleted(page, runs_folder):
    start_softmax_regression(page, num_epochs="5000", seed="7")
    expect(page.get_by_text("images/s").first).to_be_visible(timeout=90_000)
    page.reload()
    expect(page.get_by_text("images/s").first).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It was stopped after")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("images/s").first).to_be_visible(timeout=90_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It was stopped after")).to_be_visible(timeout=60_000)
    before = {folder.name for folder in runs_folder.iterdir() if folder.is_dir()}
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("It was stopped after")).to_have_count(0)
    assert len(before) - len({folder.name for folder in runs_folder.iterdir() if folder.is_dir()}) == 1
