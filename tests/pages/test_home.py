"""What Home says of a run is measured on this run, and its links show the same."""

import numpy as np
import pytest

from core.data import sources
from core.metrics.predictions import Predictions
from core.metrics.rejection import reject_outcome
from core.metrics.selective import accuracy_coverage_curve, threshold_at_coverage
from core.metrics.uncertainty import least_confidence
from core.training import runs
from tests.pages.test_pages import metrics
from ui import serving
from ui.home.story import examples
from ui.home.words import UNBROKEN_WAKARANAI
from ui.loaded import data


def tour(app) -> dict[str, str]:
    """Page -> what its station says."""
    said = [text.value for text in app.main.markdown if text.value.startswith("**") and "\n\n" in text.value]
    stations = [text.split("\n\n") for text in said if text[2].isdigit()]
    return {head.strip("*").split(" · ")[1]: text for head, text in stations}


def outcome_at_97(name: str):
    validation, test = (runs.find(name).predictions(split) for split in ("validation", "test"))
    curve = accuracy_coverage_curve(least_confidence(validation.probs), validation.correct)
    return reject_outcome(least_confidence(test.probs), test.correct, threshold_at_coverage(curve, 0.97))


def test_the_three_examples_are_the_surest_right_the_surest_wrong_answer_and_the_least_sure_image():
    probs = np.array([[0.9, 0.1], [0.95, 0.05], [0.8, 0.2], [0.7, 0.3], [0.55, 0.45], [0.6, 0.4]])
    predictions = Predictions(np.log(probs), np.array([0, 0, 1, 1, 0, 1]), ("cat", "dog"))
    assert examples(predictions, least_confidence(probs), 0.35) == (1, 2, 4)
    assert examples(predictions, least_confidence(probs), 0.5) == (1, 2, None)
    assert examples(predictions, least_confidence(probs), 0.0) == (None, None, 4)


def test_every_sentence_of_home_has_the_numbers_of_the_run_at_its_threshold(open_page):
    outcome = outcome_at_97("mnist-dense")
    assert (outcome.num_rejected, outcome.errors_caught, outcome.errors_left) == (316, 140, 204)
    app = open_page("app.py", run="mnist-dense")
    assert any("It refuses 316, and 140 of its 344 errors are among them" in text.value for text in app.main.markdown)
    said = tour(app)
    assert "refuses 316 of 10,000 test images: 140 are errors, and 176 would have been right" in said["Inspect"]
    assert "96.8 % of the images takes the accuracy from 96.56 % to 97.89 %. 204 of 344 errors" in said["Reject"]
    assert "above 0.421" in said["Draw"]
    assert "gives 7 a probability of 99.2 %, but the label is 8" in said["Explain"]  # test image 1530
    assert "refuses 3.2 % of clean test images" in said["Shift"]


def test_home_begins_to_load_the_network_that_draw_and_explain_ask(open_page, monkeypatch):
    warmed = []
    monkeypatch.setattr(serving, "warm", lambda run: warmed.append(run.name))
    open_page("app.py", run="mnist-dense")
    assert warmed == ["mnist-dense"]


def test_the_first_stations_open_what_home_says(open_page):
    outcome = outcome_at_97("mnist-dense")
    links = {
        link.proto.label: link.proto.query_string for link in open_page("app.py", run="mnist-dense").get("page_link")
    }
    query = dict(part.split("=") for part in links["Open Inspect"].replace("+", " ").split("&"))
    shown = metrics(open_page("pages/2_Inspect.py", **query))
    assert shown["Images"] == str(outcome.num_rejected)
    assert int(shown["Images"]) - int(shown["Correct"]) == outcome.errors_caught
    assert "sample=1530" in links["Open Explain"]


def test_a_threshold_in_the_address_holds_on_home(open_page):
    app = open_page("app.py", run="mnist-dense", threshold="0.25")
    test = runs.find("mnist-dense").predictions("test")
    refused = least_confidence(test.probs) > 0.25
    assert f"refuses {refused.sum():,} of 10,000 test images" in tour(app)["Inspect"]


def test_home_begins_with_a_run_that_every_page_can_show_and_does_not_choose_it_for_other_pages(open_page):
    app = open_page("app.py")
    assert any("**MNIST · small_cnn · 20 epochs**" in text.value for text in app.main.markdown)
    assert "run" not in app.session_state
    assert "run" not in app.query_params


def test_without_the_runs_the_tour_has_no_numbers(open_page, no_starters):
    said = tour(open_page("app.py"))
    assert len(said) == 7
    assert not any("%" in text for text in said.values())


def test_without_the_images_home_shows_the_numbers_alone(open_page, monkeypatch, tmp_path):
    data.split_of.clear()
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    app = open_page("app.py", run="mnist-dense")
    assert "316" in tour(app)["Inspect"]
    assert not any("Refused" in text.value for text in app.main.markdown)
    data.split_of.clear()


@pytest.mark.parametrize("run", ["oxford_pets-pets_transfer", "cifar10-conv10-superclass"])
def test_home_shows_any_run(open_page, run):
    assert runs.find(run).title in " ".join(text.value for text in open_page("app.py", run=run).main.markdown)


def test_the_table_of_models_does_not_call_a_samples_images_all_of_the_published_ones(open_page):
    settings = open_page("app.py").dataframe[0].proto.columns
    assert "published ones, or a sample" in settings
    assert "training adjusts" not in settings  # of the pets' weights most are frozen at first, and averages always are


def test_the_japanese_word_cannot_be_broken_across_lines(open_page):
    assert UNBROKEN_WAKARANAI.replace("\u2060", "") == "わからない"
    assert UNBROKEN_WAKARANAI in tour(open_page("app.py"))["Draw"]
    assert "わからない" not in tour(open_page("app.py"))["Draw"]
