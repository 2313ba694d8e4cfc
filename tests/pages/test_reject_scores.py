"""Views Which score and Conventions of page Reject, and superclasses with a guarantee, against numbers computed here."""

import io
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from core.data import sources
from core.metrics.bootstrap import draws
from core.metrics.evidence import Evidence, Reference
from core.metrics.hierarchy import group_answers, group_threshold
from core.metrics.hierarchy_guarantee import guaranteed_groups, guaranteed_hierarchy
from core.metrics.intervals import share_interval
from core.metrics.predictions import Predictions
from core.metrics.scores import FROM_LOGITS, SCORES, labels_from
from core.metrics.selective import aurc
from core.metrics.uncertainty import least_confidence
from core.training import kept_scores, runs
from tests.core.views.tables import rows
from tests.core.views.test_score_table import bold, cells
from tests.pages.test_pages import metrics
from ui.components.score_names import score_name
from ui.loaded import score_tables
from ui.reject.superclass_thresholds import BOTH, GROUPS
from ui.reject.which_score import measures_csv

REJECT = "pages/4_Reject.py"
SCORE, CONVENTIONS = {"view": "Which score"}, {"view": "Conventions"}
OF_LOGITS = labels_from(FROM_LOGITS)
PETS = "oxford_pets-pets_transfer"  # 74 test images


def html(app) -> str:
    return "".join(each.proto.body for each in app.get("html") if 'class="numbers"' in each.proto.body)


def said(app) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.info))


def values(predictions: Predictions, validation: Predictions) -> dict[str, np.ndarray]:
    return {label: SCORES[label].values(Evidence(predictions.logits), Reference(validation)) for label in OF_LOGITS}


def by_hand(run: str, split: str) -> dict[str, float]:
    """AURC of every score of logits, the lowest first."""
    answers, validation = (runs.find(run).predictions(each) for each in (split, "validation"))
    found = {label: aurc(uncertainty, answers.correct) for label, uncertainty in values(answers, validation).items()}
    return dict(sorted(found.items(), key=lambda each: round(each[1], 12)))


@pytest.fixture
def made_up(own_runs):
    """Returns a function: name, predictions on test, and on validation -> a run of CIFAR-10 that has only these."""

    def written(name: str, test: Predictions, validation: Predictions | None = None) -> str:
        folder, starter = own_runs / name, runs.find("mnist-small_cnn").folder
        folder.mkdir(parents=True)
        config = json.loads((starter / "config.json").read_text()) | {"dataset": "cifar10"}
        (folder / "config.json").write_text(json.dumps(config))
        for file in ("done.json", "history.jsonl"):
            shutil.copy(starter / file, folder / file)
        test.save(folder / "predictions/test.npz")
        (validation or test).save(folder / "predictions/validation.npz")
        return name

    return written


def answers(rng, num_samples: int, strength: float = 4.0) -> Predictions:
    labels = rng.integers(10, size=num_samples)
    logits = rng.normal(size=(num_samples, 10)) + strength * np.eye(10)[labels]
    return Predictions(logits, labels, sources.source("cifar10").class_names)


def test_every_score_of_logits_stands_in_the_table_the_lowest_aurc_first(open_page):
    expected = by_hand("mnist-dense", "test")
    app = open_page(REJECT, run="mnist-dense", **SCORE)
    shown = cells(html(app))
    assert [row[0] for row in shown] == [score_name(label) for label in expected]
    found = [re.sub("</?b>", "", row[1]) for row in shown]
    assert found == [f"{1000 * value:.3f}" for value in expected.values()]
    assert bold(html(app))[0][0] and not bold(html(app))[-1][0]
    test = runs.find("mnist-dense").predictions("test")
    first, last = score_name(next(iter(expected))), score_name(list(expected)[-1])
    assert f"same 10,000 test answers, of which {(~test.correct).sum():,} are wrong" in said(app)
    assert f"**{first}** ranks the errors best" in said(app) and f"**{last}** worst" in said(app)


def test_the_score_that_validation_chooses_is_named_with_what_it_does_on_test(open_page):
    for run in ("cifar10-conv10", "mnist-dense", "fashion_mnist-small_cnn"):
        chosen, on_test = next(iter(by_hand(run, "validation"))), by_hand(run, "test")
        place = list(on_test).index(chosen) + 1
        expected = (
            "The validation images choose the same score."
            if place == 1
            else f"choose **{score_name(chosen)}**, which on test has {1000 * on_test[chosen]:.3f}, place {place} of 8"
        )
        app = open_page(REJECT, run=run, **SCORE)
        assert expected in said(app)
        assert "nothing is chosen by them" in said(app)
    app.selectbox(key="split").select("validation").run()
    assert f"So validation chooses **{score_name(chosen)}**" in said(app)
    assert "MaxLogit-pNorm chose its p by AURC on these validation images" in said(app)
    assert cells(html(app))[0][0] == score_name(chosen)


def test_intervals_are_computed_on_request_and_stay(open_page, monkeypatch):
    monkeypatch.setattr(score_tables, "NUM_RESAMPLES", 200)
    score_tables._intervals.clear()
    app = open_page(REJECT, run=PETS, **SCORE)
    assert "<small>" not in html(app).partition("<tbody>")[2]
    next(button for button in app.button if button.label == "Compute 95 % intervals").click().run()
    assert not app.exception, app.exception
    validation, test = (runs.find(PETS).predictions(split) for split in ("validation", "test"))
    # A slow twin: the areas of the same resamples, one by one.
    drawn = np.concatenate(list(draws(test.num_samples, 200, seed=0)))
    areas = {
        score_name(label): np.array([aurc(uncertainty[sample], test.correct[sample]) for sample in drawn])
        for label, uncertainty in values(test, validation).items()
    }
    shown, best = cells(html(app)), next(iter(by_hand(PETS, "test")))
    for row, is_bold in zip(shown, bold(html(app)), strict=True):
        lower, upper = np.quantile(areas[row[0]], [0.025, 0.975])
        assert row[1].endswith(f"<small>{1000 * lower:.3f} – {1000 * upper:.3f}</small>")
        behind = np.quantile(areas[row[0]] - areas[score_name(best)], [0.025, 0.975])
        assert is_bold[0] == (behind[0] <= 0 <= behind[1])
    assert "seed 0" in said(app)
    labels = [button.label for button in open_page(REJECT, run=PETS, **SCORE).button]
    assert "Compute 95 % intervals" not in labels
    score_tables._intervals.clear()


def test_the_curves_of_the_chosen_scores_are_drawn_and_the_address_keeps_them(open_page):
    app = open_page(REJECT, run="mnist-dense", drawn="Entropy", **SCORE)
    assert app.multiselect(key="drawn").value == ["Entropy"]
    (chart,) = app.get("vega_lite_chart")
    curves = next(rows(data.data.data) for data in chart.proto.datasets if data.name == "curves")
    test = runs.find("mnist-dense").predictions("test")
    assert set(curves.score) == {"Entropy"}
    assert curves.risk.iloc[-1] == pytest.approx(1 - test.accuracy, abs=1e-6)
    app.multiselect(key="drawn").set_value([]).run()
    assert not app.get("vega_lite_chart")
    assert "Choose at least one score" in said(app)


def test_a_score_that_needs_the_network_is_in_the_table_once_it_was_computed(open_page):
    run = runs.find("mnist-dense")
    app = open_page(REJECT, run=run.name, **SCORE)
    assert "Not in the table, because they need the network: Mahalanobis, Relative Mahalanobis" in said(app)
    for split in ("validation", "test"):
        worst = run.predictions(split).correct.astype(float)  # right answers are called the least certain
        kept_scores.save_scores(run, split, {"Mahalanobis": worst})
    app = open_page(REJECT, run=run.name, **SCORE)
    assert [row[0] for row in cells(html(app))][-1] == "Mahalanobis"
    assert "need the network: Relative Mahalanobis" in said(app)


def test_the_file_has_every_measure_of_every_score_with_all_digits():
    run = runs.find("mnist-dense")
    table = score_tables.score_table(run, "test", OF_LOGITS)
    frame = pd.read_csv(io.BytesIO(measures_csv(table, "test", 10_000)))
    assert len(frame) == 8 * len(OF_LOGITS)
    found = frame[frame.measure == "aurc"].set_index("score").value
    assert found.to_dict() == pytest.approx(by_hand("mnist-dense", "test"), abs=1e-12)


NAMES = sources.source("cifar10").class_names
SURE, UNSURE = 1000 * np.eye(10), np.eye(10)
EDGES = {
    "all-right": Predictions(SURE, np.arange(10), NAMES),
    "all-wrong": Predictions(UNSURE, (np.arange(10) + 1) % 10, NAMES),
    "one-sample": Predictions(UNSURE[:1], np.array([0]), NAMES),
    "one-class": Predictions(np.vstack([UNSURE, SURE])[:15], np.zeros(15, int), NAMES),
    "saturated": Predictions(np.float32(SURE).repeat(3, axis=0), np.arange(30) % 10, NAMES),
}


@pytest.mark.parametrize("case", EDGES)
@pytest.mark.parametrize("view", ["Which score", "Conventions", "Threshold"])
def test_the_views_open_on_runs_of_every_kind(open_page, made_up, case, view):
    extra = {"superclass": "true", "group_way": BOTH} if view == "Threshold" else {}
    app = open_page(REJECT, run=made_up(case, EDGES[case]), view=view, **extra)
    if view == "Which score":
        assert len(cells(html(app))) == 8
        assert ("nothing to rank" in said(app)) == (case in ("all-right", "all-wrong", "one-sample"))
    elif view == "Conventions":
        assert len(cells(html(app))) > 20
    else:
        assert "Superclass answered" in metrics(app)


def test_conventions_are_those_of_the_chosen_score(open_page):
    test = runs.find("mnist-dense").predictions("test")
    for label in ("Least confidence", "Max logit"):
        uncertainty = values(test, test)[label]
        app = open_page(REJECT, run="mnist-dense", score=label, **CONVENTIONS)
        shown = cells(html(app))
        assert shown[0][0] == "AURC"
        assert float(shown[0][1].strip("</b>")) == pytest.approx(aurc(uncertainty, test.correct), rel=1e-4)
        assert float(shown[1][0]) == pytest.approx(1000 * aurc(uncertainty, test.correct), rel=1e-4)
        assert f"For {score_name(label)} on 10,000 test images" in said(app)
    brier = ((test.probs - np.eye(10)[test.labels]) ** 2).sum(axis=1).mean()
    halved = next(row for row in shown if "scikit-learn" in row[2])
    assert float(halved[0]) == pytest.approx(brier / 2, rel=1e-4)
    assert halved[1] == "× 0.5"
    entropy = -(test.probs * np.log(np.maximum(test.probs, 1e-300))).sum(axis=1).mean()
    by_rows = next(row for row in shown if "MNIST" in row[2])
    assert float(by_rows[0]) == pytest.approx(entropy / np.log(10_000), rel=1e-4)


def test_conventions_of_a_score_that_is_not_here_offer_to_compute_it(open_page):
    app = open_page(REJECT, run="mnist-dense", score="Mahalanobis", **CONVENTIONS)
    assert not html(app)
    assert any(button.label == "Compute the feature scores" for button in app.button)


@pytest.fixture
def cifar10(made_up, rng):
    """Test and validation predictions of a made-up run that refuses much."""
    test, validation = answers(rng, 10_000, 2.5), answers(rng, 5_000, 2.5)
    made_up("half-sure", test, validation)
    return test, validation


def percent(fraction: float, digits: int = 2) -> str:
    return f"{100 * fraction:.{digits}f} %"


def answered_superclasses(test: Predictions, class_threshold: float, threshold: float) -> tuple[int, int]:
    found = group_answers(test, sources.source("cifar10").groups)
    answered = (least_confidence(test.probs) > class_threshold) & (found.uncertainty <= threshold)
    return int((answered & found.correct).sum()), int(answered.sum())


def test_superclasses_with_a_guarantee_for_the_class_threshold_set_by_hand(open_page, cifar10):
    test, validation = cifar10
    found = group_answers(validation, sources.source("cifar10").groups)
    app = open_page(REJECT, run="half-sure", superclass="true", group_way=GROUPS, threshold="0.4")
    threshold = app.slider(key="threshold").value
    uncertainty = least_confidence(validation.probs)
    for confidence, delta in (("95 %", 0.05), ("99 %", 0.01)):
        app.selectbox(key="group_confidence").select(confidence).run()
        expected = guaranteed_groups(uncertainty, found, threshold, 0.05, delta)
        right, answered = answered_superclasses(test, threshold, expected.threshold)
        shown = metrics(app)
        assert shown["Superclass threshold"] == f"{expected.threshold:.4f}"
        assert shown["Superclass correct"] == percent(right / answered)
        assert (
            f"with {confidence} probability over random draws of the validation images, at least 95.0 % of the answered superclasses are right"
            in said(app)
        )
        assert f"{expected.num_errors:,} errors among {expected.num_accepted:,} answers" in said(app)
        lower, upper = share_interval(right, answered)
        assert f"**{percent(right / answered)}** of {answered:,} answered superclasses are right" in said(app)
        assert f"95 % confidence interval {percent(lower, 1)} to {percent(upper, 1)}" in said(app)
        limit = group_threshold(uncertainty, found, threshold, 0.95)
        right, answered = answered_superclasses(test, threshold, limit)
        assert (
            f"With the class threshold above and no guarantee it would be **{percent(right / answered)}** of {answered:,}"
            in said(app)
        )
        assert limit > expected.threshold  # the price of the promise


def test_superclasses_with_a_guarantee_that_finds_the_class_threshold_too(open_page):
    run = runs.find("cifar10-conv10-superclass")
    test, validation = run.predictions("test"), run.predictions("validation")
    found = group_answers(validation, sources.source("cifar10").groups)
    expected = guaranteed_hierarchy(least_confidence(validation.probs), validation.correct, found, 1 - 0.95, 1 - 0.95)
    app = open_page(REJECT, run=run.name, superclass="true", group_way=BOTH)
    assert "at least 95.0 % of the answered classes and at least 95.0 % of the answered superclasses" in said(app)
    shown = metrics(app)
    assert shown["Class threshold"] == f"{expected.classes.threshold:.4f}"
    assert shown["Superclass threshold"] == f"{expected.groups.threshold:.4f}"
    accepted = least_confidence(test.probs) <= expected.classes.threshold
    assert shown["Class answered"] == percent(accepted.mean())
    assert shown["Class correct"] == percent(test.correct[accepted].mean())
    right, answered = answered_superclasses(test, expected.classes.threshold, expected.groups.threshold)
    assert shown["Superclass correct"] == percent(right / answered)


def test_a_promise_that_cannot_be_made_is_refused_in_a_sentence(open_page, cifar10):
    app = open_page(REJECT, run="half-sure", superclass="true", group_way=GROUPS)
    app.number_input(key="coverage").set_value(100.0).run()
    # 0.95^m + m 0.05 0.95^(m - 1) <= 0.05 from m = 93 on.
    assert "with one error among them, 93 answered superclasses are needed" in said(app)
    assert "the class is refused on only 0 validation images" in said(app)
    assert "no superclass is answered." in said(app)
    assert metrics(app)["Superclass correct"] == "–"
    app.slider(key="group_accuracy").set_value(100.0).run()
    assert "can promise that no superclass is wrong" in said(app)


def test_what_was_answered_without_a_guarantee_is_shown_where_none_can_be_given(open_page):
    app = open_page(REJECT, run="cifar10-conv10", superclass="true", group_way=GROUPS)
    assert "the class is refused on only 150 validation images" in said(app)
    assert "no superclass is answered." in said(app)
    assert "no guarantee it would be **93.70 %** of 270" in said(app)  # less than the 95 % asked


def test_of_a_score_that_validation_labels_made_no_promise_is_called_proven(open_page):
    address = {"run": "cifar10-conv10-superclass", "superclass": "true", "group_way": BOTH}
    assert "this is not proven" in said(open_page(REJECT, score="MaxLogit-pNorm", **address))
    assert "not proven" not in said(open_page(REJECT, score="Entropy", **address))


def test_a_way_that_the_address_does_not_know_is_no_error(open_page, cifar10):
    app = open_page(REJECT, run="half-sure", superclass="true", group_way="by magic", group_confidence="101 %")
    assert app.selectbox(key="group_way").value == "on validation, as is"
