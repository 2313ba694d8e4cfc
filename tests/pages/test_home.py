"""What Home says of the runs that its tour opens is measured on these runs."""

import re

from core.metrics.rejection import reject_outcome
from core.metrics.selective import accuracy_coverage_curve, threshold_at_coverage
from core.metrics.uncertainty import least_confidence
from core.training import runs
from tests.pages.test_pages import metrics


def tour(app) -> list[str]:
    return [text.value for text in app.markdown if re.match(r"\*\*\d · ", text.value)]


def test_the_first_step_counts_what_inspect_then_shows(open_page):
    test = runs.find("mnist-dense").predictions("test")
    unsure = test.probs.max(axis=1) < 0.5
    said = tour(open_page("app.py"))[0]
    assert f"{unsure.sum()} test digits" in said
    assert f"{(unsure & ~test.correct).sum()} of these answers are wrong" in said
    shown = metrics(open_page("pages/2_Inspect.py", run="mnist-dense"))
    assert shown["Images"] == str(unsure.sum())
    assert int(shown["Images"]) - int(shown["Correct"]) == (unsure & ~test.correct).sum()


def test_the_second_step_does_not_call_the_refused_the_errors_but_counts_both(open_page):
    validation, test = (runs.find("fashion_mnist-small_cnn").predictions(split) for split in ("validation", "test"))
    curve = accuracy_coverage_curve(least_confidence(validation.probs), validation.correct)
    outcome = reject_outcome(least_confidence(test.probs), test.correct, threshold_at_coverage(curve, 0.97))
    assert (outcome.num_rejected, outcome.errors_caught, outcome.errors_left) == (309, 178, 660)
    said = tour(open_page("app.py"))[1]
    assert "the refused are the errors" not in said
    assert "57.6 % of the refused answers are wrong" in said  # 178 of 309
    assert "78.8 % of all errors are still answered" in said  # 660 of 838
    assert "91.6 % to 93.2 %" in said
    shown = metrics(open_page("pages/4_Reject.py", run="fashion_mnist-small_cnn"))
    assert (shown["Errors left"], shown["Errors caught"]) == ("660", "178")


def test_without_the_runs_the_tour_has_no_numbers(open_page, no_starters):
    said = tour(open_page("app.py"))
    assert len(said) == 3
    assert not any("%" in text for text in said)


def test_the_table_of_runs_does_not_call_a_samples_images_all_of_the_published_ones(open_page):
    app = open_page("app.py")
    settings = app.dataframe[0].proto.columns
    assert "published ones, or a sample" in settings
    assert "training adjusts" not in settings  # of the pets' weights most are frozen at first, and averages always are
