"""A student with a laptop who has never heard of selective classification: from Home through every station of the tour."""

import re

import pytest
from playwright.sync_api import Page, expect

from benchmarks.lecturer import chart, click_cell, draw_one, next_station, title, verdict
from core.metrics.predictions import Predictions
from core.metrics.rejection import RejectOutcome, reject_outcome
from core.metrics.selective import accuracy_coverage_curve, threshold_at_coverage
from core.metrics.uncertainty import least_confidence
from core.training import runs


@pytest.fixture(scope="module")
def test_split() -> Predictions:
    return runs.find("mnist-small_cnn").predictions("test")


@pytest.fixture(scope="module")
def outcome(test_split: Predictions) -> RejectOutcome:
    """At the threshold that the app begins with: 97 % of the validation images are answered."""
    validation = runs.find("mnist-small_cnn").predictions("validation")
    curve = accuracy_coverage_curve(least_confidence(validation.probs), validation.correct)
    return reject_outcome(least_confidence(test_split.probs), test_split.correct, threshold_at_coverage(curve, 0.97))


def says(page: Page, *numbers: int) -> None:
    """A text of the page, above its charts, has these numbers."""
    text = page.get_by_test_id("stMain").get_by_test_id("stMarkdown")
    for number in numbers:
        text = text.filter(has_text=re.compile(rf"(?<![\d,.]){number:,}(?![\d%])"))
    expect(text.first).to_be_visible()


def go_on(page: Page, name: str) -> None:
    next_station(page)
    expect(title(page, name)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_student_follows_the_tour(visit, warm, photograph, settled, metric, test_split, outcome, scheme):
    page = visit(1280, 800, color_scheme=scheme)
    errors, cards = outcome.errors_caught + outcome.errors_left, page.locator("button.card")
    assert (outcome.num_accepted, outcome.num_rejected, outcome.errors_caught, errors) == (9682, 318, 69, 79)

    page.goto("/")
    says(page, test_split.num_samples, outcome.num_accepted, outcome.num_rejected, outcome.errors_caught, errors)
    for heading, confidence in (("Answered, right", "100.0 %"), ("Answered, wrong", "99.9 %"), ("Refused", "25.5 %")):
        expect(page.get_by_text(heading).first.locator("xpath=ancestor-or-self::p")).to_contain_text(confidence)
    expect(cards).to_have_count(3)
    expect(chart(page)).to_be_visible()
    expect(page.get_by_text("90 are answered and 88")).to_be_visible()
    photograph(page, "home")

    page.get_by_role("link", name="Open Inspect").click()
    expect(title(page, "Inspect")).to_be_visible()
    says(page, outcome.num_rejected, errors, outcome.errors_left)
    expect(metric(page, "Images")).to_have_text(str(outcome.num_rejected))
    expect(cards.first).to_be_visible()
    photograph(page, "inspect")

    go_on(page, "Reject")
    says(page, outcome.num_accepted, outcome.num_rejected, outcome.errors_caught, outcome.errors_left)
    expect(chart(page)).to_be_visible()
    refused = metric(page, "Images refused")
    expect(refused).to_have_text(str(outcome.num_rejected))
    photograph(page, "reject")
    page.get_by_test_id("stMetric").filter(has_text="Errors refused").get_by_test_id("stTooltipIcon").hover()
    expect(page.get_by_test_id("stTooltipContent")).to_contain_text("refused")
    photograph(page, "reject-what-a-number-means")
    page.mouse.move(0, 0)
    before = page.url
    page.get_by_role("slider", name="Threshold").press("ArrowLeft")
    expect(refused).not_to_have_text(str(outcome.num_rejected))
    expect(page).not_to_have_url(before)  # the tile follows in the browser; the address is the server's
    threshold = float(re.search(r"threshold=([-0-9.e]+)", page.url)[1])
    stricter = reject_outcome(least_confidence(test_split.probs), test_split.correct, threshold)
    assert stricter.num_rejected > outcome.num_rejected
    expect(refused).to_have_text(str(stricter.num_rejected))
    says(page, stricter.num_accepted, stricter.num_rejected, stricter.errors_caught, stricter.errors_left)
    photograph(page, "reject-another-threshold")

    go_on(page, "Errors")
    says(page, test_split.num_samples, errors)
    expect(chart(page)).to_be_visible()
    photograph(page, "errors")
    settled(page)
    click_cell(page)
    for box, name in (("True class", "9"), ("Answer", "4")):
        expect(page.get_by_role("combobox", name=box, exact=True)).to_have_value(name)
    expect(cards).to_have_count(int(((test_split.labels == 9) & (test_split.predicted == 4)).sum()))
    photograph(page, "errors-another-cell")

    go_on(page, "Draw")
    says(page, test_split.num_samples)
    expect(page.locator(".st-key-canvas canvas")).to_be_in_viewport(ratio=1)
    photograph(page, "draw")
    draw_one(page)
    expect(verdict(page)).to_have_text("1")
    photograph(page, "draw-the-verdict")

    go_on(page, "Explain")
    says(page, test_split.num_samples, errors)
    expect(page.locator("figure .overlay")).to_have_count(4)
    photograph(page, "explain")

    go_on(page, "Shift")
    expect(page.get_by_text("Without corruption").first).to_be_visible()
    expect(chart(page)).to_be_visible()
    photograph(page, "shift")

    go_on(page, "Train")
    expect(page.get_by_role("button", name="Start training")).to_be_in_viewport(ratio=1)
    photograph(page, "train")
