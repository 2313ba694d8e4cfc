"""The slider over the epochs and Play on page Compare, which ask the server nothing."""

import re
import shutil

import pytest
from playwright.sync_api import Page, expect

from core.training import epoch_logits
from tests.browser.moves import moves
from tests.seed_runs import write_run

NUM_EPOCHS, NUM_MOVES = 15, 30
SLIDER = "Epoch"


@pytest.fixture(scope="module")
def run(runs_folder):
    made = write_run(runs_folder, 0, num_epochs=NUM_EPOCHS)
    yield made
    shutil.rmtree(made.folder)  # other tests click on the first row of a table of runs


@pytest.fixture
def open_epochs(run, settled):
    """The view Epochs of the run, once all of its charts are drawn."""

    def opened(page: Page, query: str = "") -> None:
        page.goto(f"/Compare?view=Epochs&experiment=Single+runs&runs={run.name}{query}")
        expect(page.get_by_role("slider", name=SLIDER)).to_be_visible()
        expect(page.locator("[data-testid=stVegaLiteChart] svg")).to_have_count(7)
        settled(page)

    return opened


def accuracy_after(run, place: int) -> str:
    kept = epoch_logits.kept(run)
    return f"accuracy {100 * (kept.logits[place].argmax(axis=-1) == kept.labels).mean():.2f} %"


def expect_diagonal(page: Page, run, place: int) -> None:
    """The confusion matrix has the right answers of this epoch on its diagonal, here those of the digit 3."""
    kept = epoch_logits.kept(run)
    right = int(((kept.logits[place].argmax(axis=-1) == 3) & (kept.labels == 3)).sum())
    cell = page.locator('path[aria-label*="true: 3; answer: 3;"]')
    expect(cell).to_have_attribute("aria-label", re.compile(f"images: {right}$"))


def test_every_chart_follows_the_slider_and_the_server_is_not_asked(page, run, open_epochs):
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_epochs(page)
    asked = len(sent)
    slider, last = page.get_by_role("slider", name=SLIDER), NUM_EPOCHS - 1
    curve = page.locator("[aria-label^='Accuracy against coverage'] path[aria-label$='epoch shown']")
    drawn = curve.get_attribute("d")
    expect(page.get_by_text(accuracy_after(run, last))).to_be_visible()
    expect_diagonal(page, run, last)
    slider.press("Home")
    expect(page.get_by_text(accuracy_after(run, 0))).to_be_visible()
    expect(curve).not_to_have_attribute("d", drawn)
    expect_diagonal(page, run, 0)
    expect(page).to_have_url(re.compile(r"[?&]epoch=1(&|$)"))
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Epoch 2"))
    expect_diagonal(page, run, 1)
    slider.press("End")
    expect(page).not_to_have_url(re.compile("epoch="))
    expect(curve).to_have_attribute("d", drawn)
    assert len(sent) == asked, "the server was asked while the slider moved"


def test_the_epoch_in_the_address_is_shown_and_stays_when_the_page_runs_again(page, run, open_epochs, settled):
    open_epochs(page, "&epoch=4")
    expect_diagonal(page, run, 3)
    page.get_by_role("slider", name=SLIDER).press("ArrowRight")
    page.get_by_role("spinbutton", name="Validation image").fill("5")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("image=5"))
    settled(page)
    expect(page).to_have_url(re.compile("epoch=5"))
    expect_diagonal(page, run, 4)
    page.reload()
    expect_diagonal(page, run, 4)


def test_play_goes_through_the_epochs_to_the_last_one(page, run, open_epochs):
    open_epochs(page)
    slider = page.get_by_role("slider", name=SLIDER)
    page.get_by_role("button", name="Play").press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"^Epoch {NUM_EPOCHS}"))
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect_diagonal(page, run, NUM_EPOCHS - 1)


def test_play_is_paused_by_moving_the_slider(page, run, open_epochs):
    open_epochs(page)
    slider = page.get_by_role("slider", name=SLIDER)
    page.get_by_role("button", name="Play").click()
    slider.press("Home")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Epoch 1\\."))


def test_where_motion_is_to_be_reduced_a_click_goes_one_epoch_on(visit, run, open_epochs):
    page = visit(1280, 800, reduced_motion="reduce")
    open_epochs(page, "&epoch=3")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("slider", name=SLIDER)).to_have_attribute("aria-valuetext", re.compile("^Epoch 4"))
    expect_diagonal(page, run, 3)
    expect(page).to_have_url(re.compile("epoch=4"))


def test_the_epoch_is_painted_in_less_than_a_fifth_of_a_second(page, run, open_epochs):
    open_epochs(page)
    found = moves(page, [move % NUM_EPOCHS for move in range(NUM_MOVES)])
    print(
        f"\nEpoch slider, of {NUM_MOVES} moves, 95th percentile: {found.work:.0f} ms of work, {found.wait:.0f} ms from the move "
        "to the painted frame"
    )
    assert found.num_charts >= 2
    assert found.work < 200
