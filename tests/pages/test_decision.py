"""One score and one threshold for all pages, chosen on validation images."""

import numpy as np
import pytest

from core.data import sources
from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve, threshold_at_coverage
from core.metrics.uncertainty import normalized_entropy
from core.training import kept_scores, passes, runs
from tests.pages.conftest import PAGES
from tests.pages.test_pages import metrics
from ui import serving
from ui.components.plain_text import plain
from ui.loaded import evidence, scores

INSPECT, DRAW, REJECT = "pages/2_Inspect.py", "pages/3_Draw.py", "pages/4_Reject.py"
EXPLAIN, ERRORS, SHIFT = "pages/5_Explain.py", "pages/6_Errors.py", "pages/7_Shift.py"


@pytest.fixture(autouse=True)
def nothing_is_computed():
    """Each test has a runs folder of its own, of which the app knows nothing yet."""
    scores._scored.clear()


def go(app, page: str):
    """A click in the menu: the next page with an empty address."""
    for name in list(app.query_params):
        del app.query_params[name]
    app.switch_page(page).run()
    assert not app.exception, app.exception
    return app


def click(app, label: str):
    next(button for button in app.button if button.label.startswith(label)).click().run()
    assert not app.exception, app.exception
    return app


def typed(app) -> float:
    return app.number_input(key="typed").value


def first_threshold(values: np.ndarray, predictions: Predictions) -> float:
    return threshold_at_coverage(accuracy_coverage_curve(values, predictions.correct), 0.97)


def test_what_was_chosen_on_one_page_holds_on_the_others(open_page):
    app = open_page(REJECT, run="mnist-dense")
    app.selectbox(key="score").select("Entropy").run()
    app.slider(key="threshold").set_value(0.3).run()
    assert app.query_params["score"] == "Entropy"
    assert float(app.query_params["threshold"]) == 0.3
    entropy = normalized_entropy(runs.find("mnist-dense").predictions("test").probs)
    for page in (ERRORS, INSPECT, REJECT):
        go(app, page)
        assert app.selectbox(key="score").value == "Entropy"
        asked = app.number_input if page == INSPECT else app.slider
        assert asked(key="threshold").value == 0.3
        assert float(app.query_params["threshold"]) == 0.3
    assert metrics(app)["Coverage"] == f"{100 * (entropy <= 0.3).mean():.2f} %"
    go(app, INSPECT)
    assert metrics(app)["Images"] == f"{(entropy > 0.3).sum():,}"


@pytest.mark.parametrize("box", ["typed", "coverage", "accuracy"])
def test_where_the_browser_sends_an_old_number_with_a_new_place_of_the_slider_the_slider_counts(open_page, box):
    app = open_page(REJECT, run="mnist-dense")
    old = app.number_input(key=box).value
    app.slider(key="threshold").set_value(0.3).run()
    assert app.number_input(key=box).value != old
    app.slider(key="threshold").set_value(0.2)
    app.number_input(key=box).set_value(old).run()
    assert typed(app) == app.slider(key="threshold").value == 0.2
    app.number_input(key=box).set_value(old).run()
    assert typed(app) > 0.3


def test_a_threshold_belongs_to_its_run_and_its_score(open_page):
    app = open_page(REJECT, run="mnist-dense", score="Entropy", threshold="0.3")
    first = typed(app)
    app.selectbox(key="score").select("Margin").run()
    assert "threshold" not in app.query_params
    assert typed(app) != first
    app.selectbox(key="score").select("Entropy").run()
    assert typed(app) == first == 0.3
    app.sidebar.selectbox[0].set_value("mnist-small_cnn").run()
    assert typed(app) != first
    app.sidebar.selectbox[0].set_value("mnist-dense").run()
    assert typed(app) == first


@pytest.mark.parametrize("number", ["cat", "nan", "inf", "-1e400"])
@pytest.mark.parametrize("page", [INSPECT, REJECT, ERRORS, SHIFT])
def test_an_address_that_names_no_score_or_no_threshold_is_answered(open_page, page, number):
    app = open_page(page, run="mnist-dense", score="Nonsense", threshold=number)
    said = " ".join(toast.value for toast in app.toast)
    assert "There is no score named 'Nonsense'" in said
    assert f"'{plain(number)}' is no number" in said
    assert not {"score", "threshold"} & set(app.query_params)


def test_a_threshold_of_a_score_that_a_view_cannot_have_is_not_taken_for_another_scores(open_page):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Noise", score="MC mutual information", threshold="0.2")
    assert app.selectbox(key="score").value == "Entropy"
    assert app.slider(key="threshold").value != pytest.approx(0.2)
    assert not {"score", "threshold"} & set(app.query_params)
    # The choice itself is kept for the views that can have it.
    assert go(app, REJECT).selectbox(key="score").value == "MC mutual information"


def test_scores_of_passes_are_offered_only_where_the_network_has_dropout(open_page):
    assert "MC mutual information" not in open_page(REJECT, run="mnist-dense").selectbox(key="score").options
    assert "MC mutual information" in open_page(REJECT, run="mnist-small_cnn").selectbox(key="score").options


@pytest.mark.parametrize("page", [REJECT, SHIFT])
def test_the_threshold_of_a_monte_carlo_score_is_chosen_on_validation_images(open_page, monkeypatch, page):
    monkeypatch.setattr(serving, "NUM_PASSES", 3)
    run, score = runs.find("mnist-small_cnn"), "MC predictive entropy"
    view = {"view": "Data from elsewhere"} if page == SHIFT else {}
    app = open_page(page, run=run.name, score=score, **view)
    # Not the test images, even if their passes are here.
    assert "threshold" not in [slider.key for slider in app.slider]
    click(app, "Compute 3 Monte Carlo passes")
    validation = passes.saved_passes(run, evidence.VALIDATION, 3).predictive_entropy
    assert len(validation) == run.predictions("validation").num_samples
    slider = app.slider(key="threshold")
    assert slider.value == pytest.approx(first_threshold(validation, run.predictions("validation")))
    assert (slider.min, slider.max) == pytest.approx((validation.min(), validation.max()))


@pytest.mark.parametrize("page", [REJECT, SHIFT])
def test_the_threshold_of_a_score_of_features_is_chosen_on_validation_images(open_page, page):
    run, score = runs.find("mnist-dense"), "Relative Mahalanobis"
    view = {"view": "Data from elsewhere"} if page == SHIFT else {}
    app = open_page(page, run=run.name, score=score, **view)
    assert "threshold" not in [slider.key for slider in app.slider]
    click(app, "Compute the feature scores")
    validation, test = (kept_scores.saved_scores(run, split)[score] for split in ("validation", "test"))
    assert len(validation) == run.predictions("validation").num_samples
    slider = app.slider(key="threshold")
    assert slider.value == pytest.approx(first_threshold(validation, run.predictions("validation")))
    flagged = f"{100 * (test > slider.value).mean():.2f} %"
    assert (
        metrics(app)["False alarms (ID refused)"] == flagged
        if page == SHIFT
        else float(metrics(app)["Coverage"].split()[0]) > 95
    )


def test_without_the_images_a_score_of_features_is_refused_in_a_sentence(open_page, monkeypatch):
    missing = sources.missing_files
    monkeypatch.setattr(
        sources, "missing_files", lambda name, split=None: ["a file"] if split == "train" else missing(name, split)
    )
    app = open_page(REJECT, run="mnist-dense", score="Mahalanobis")
    assert any("compares with training images, and some of them are missing" in info.value for info in app.info)
    assert not app.metric


def chosen_run(app) -> str:
    return app.sidebar.selectbox[0].value


@pytest.mark.parametrize("page", [DRAW, EXPLAIN])
def test_a_page_that_explains_begins_with_a_network_that_has_convolutions(open_page, page):
    assert chosen_run(open_page(page)) == "mnist-small_cnn"
    # A run that an earlier page began with is nobody's choice.
    app = open_page(INSPECT)
    assert chosen_run(app) == "mnist-dense"
    assert chosen_run(go(app, page)) == "mnist-small_cnn"
    app.run()
    assert chosen_run(app) == "mnist-small_cnn"


@pytest.mark.parametrize("page", [DRAW, EXPLAIN])
def test_a_run_that_somebody_chose_stays_though_it_has_no_convolutions(open_page, page):
    assert chosen_run(open_page(page, run="mnist-dense")) == "mnist-dense"
    app = open_page(INSPECT, run="mnist-dense")
    assert chosen_run(go(app, page)) == "mnist-dense"
    app = open_page(REJECT)
    app.sidebar.selectbox[0].set_value("fashion_mnist-small_cnn").run()
    app.sidebar.selectbox[0].set_value("mnist-dense").run()
    assert chosen_run(go(app, page)) == "mnist-dense"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in ("app.py", "pages/1_Train.py", "pages/8_Compare.py")]
)
def test_a_reload_of_a_page_shows_the_same_run(open_page, page):
    app = open_page(page)
    name = chosen_run(app)
    assert app.query_params["run"] == name
    app.run()
    assert chosen_run(app) == name
