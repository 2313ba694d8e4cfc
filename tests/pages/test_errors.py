"""Page Errors and hierarchical refusal through their widgets, against numbers computed here."""

import json
import shutil

import numpy as np
import pytest

from core.data import sources
from core.data.formats import references
from core.metrics.agreement import entropy_rank_correlation
from core.metrics.calibration import fit_temperature
from core.metrics.confusion import (
    cell_samples,
    confusion_matrix,
    error_logits,
    exceptional_errors,
    mutual_confusions,
)
from core.metrics.hierarchy import group_answers, group_threshold, hierarchical_curve
from core.metrics.predictions import Predictions
from core.metrics.selective import accuracy_coverage_curve, threshold_at_coverage
from core.metrics.uncertainty import least_confidence, logit_margin_uncertainty
from core.training import runs
from tests.core.views.tables import rows
from tests.pages.test_pages import metrics
from ui.errors import marks
from ui.loaded import data, people

ERRORS, REJECT = "pages/6_Errors.py", "pages/4_Reject.py"


def percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


def texts(app) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.info))


@pytest.fixture
def test() -> Predictions:
    return runs.find("mnist-dense").predictions("test")


@pytest.fixture
def cifar10(own_runs, rng) -> Predictions:
    """A run whose logits are made up, which is enough for a page that reads nothing else of it."""
    folder = own_runs / "made-up"
    folder.mkdir(parents=True)
    starter = runs.find("mnist-small_cnn").folder
    config = json.loads((starter / "config.json").read_text()) | {"dataset": "cifar10"}
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("done.json", "history.jsonl"):
        shutil.copy(starter / name, folder / name)
    names = sources.source("cifar10").class_names
    for split, num_samples in (("validation", 5_000), ("test", 10_000)):
        labels = rng.integers(10, size=num_samples)
        logits = rng.normal(size=(num_samples, 10)) + 4 * np.eye(10)[labels]
        Predictions(logits, labels, names).save(folder / f"predictions/{split}.npz")
    return Predictions.load(folder / "predictions/test.npz")


@pytest.fixture
def extras(tmp_path, monkeypatch):
    """An empty place for the files of others."""
    monkeypatch.setattr(references, "folders", lambda: [tmp_path / "extras"])
    for folder in ("label_errors", "cifar10h"):
        (tmp_path / "extras" / folder).mkdir(parents=True)
    people._reviews.clear()
    people._votes.clear()
    yield tmp_path / "extras"
    people._reviews.clear()
    people._votes.clear()


def test_the_page_opens_on_the_most_frequent_error_and_ranks_pairs(open_page, test):
    matrix = confusion_matrix(test)
    errors = matrix - np.diag(np.diag(matrix))
    first, second = np.unravel_index(errors.argmax(), errors.shape)
    app = open_page(ERRORS, run="mnist-dense")
    assert app.selectbox(key="true_class").value == str(first)
    assert app.selectbox(key="answer").value == str(second)
    assert f"**{first}, predicted as {second}: {errors.max()}**" in texts(app)
    pair = mutual_confusions(matrix)[0]
    row = app.dataframe[0].value.iloc[0]
    assert row.tolist() == [str(pair.first), str(pair.second), pair.there, pair.back, pair.there + pair.back]


def test_a_cell_is_named_in_the_address(open_page, test):
    app = open_page(ERRORS, run="mnist-dense", true_class="4", answer="9")
    assert f"**4, predicted as 9: {len(cell_samples(test, 4, 9))}**" in texts(app)
    app.selectbox(key="answer").select("4").run()
    assert f"**4, answered correctly: {len(cell_samples(test, 4, 4))}**" in texts(app)


def test_what_is_refused_becomes_a_column_and_leaves_the_other_cells(open_page, test):
    validation = runs.find("mnist-dense").predictions("validation")
    curve = accuracy_coverage_curve(least_confidence(validation.probs), validation.correct)
    rejected = least_confidence(test.probs) > threshold_at_coverage(curve, 0.97)
    app = open_page(ERRORS, run="mnist-dense", true_class="4", answer="9", refuse="true")
    assert f"**4, predicted as 9: {len(cell_samples(test, 4, 9, rejected))}**" in texts(app)
    app.selectbox(key="answer").select("don't know").run()
    assert f"**4, don't know: {len(cell_samples(test, 4, 10, rejected))}**" in texts(app)
    app.toggle(key="refuse").set_value(False).run()
    assert not app.exception
    assert app.selectbox(key="answer").value != "don't know"


def test_the_matrix_is_drawn_in_every_way(open_page):
    app = open_page(ERRORS, run="mnist-dense", arrange="by similarity", figures="percent of the row", mute="false")
    assert len(app.get("vega_lite_chart")) == 1
    app.toggle(key="mute").set_value(True).run()
    assert not app.exception


def test_another_run_with_other_classes_brings_its_own_cell(open_page):
    app = open_page(ERRORS, run="mnist-dense", true_class="4", answer="9")
    app.query_params["run"] = "fashion_mnist-small_cnn"
    app.run()
    assert not app.exception
    assert app.selectbox(key="true_class").value in sources.source("fashion_mnist").class_names


@pytest.mark.parametrize("name", ["mnist-dense", "fashion_mnist-small_cnn"])
def test_exceptional_errors_are_those_that_leave_their_superclass(open_page, name):
    test = runs.find(name).predictions("test")
    groups = sources.source(runs.find(name).config.dataset).groups
    across = exceptional_errors(test, groups)
    app = open_page(ERRORS, run=name, view="Superclasses")
    shown = metrics(app)
    assert shown["Errors"] == f"{(~test.correct).sum():,}"
    assert shown["Across superclasses"] == f"{len(across):,}"
    assert shown["Of all images"] == percent(len(across) / 10_000)
    by_group = app.dataframe[0].value
    assert by_group["Superclass"].tolist() == list(groups)
    assert by_group["Images"].sum() == 10_000
    app.toggle(key="refuse").set_value(True).run()
    assert int(metrics(app)["Across superclasses"].replace(",", "")) < len(across)


def test_logits_of_the_errors_stand_beside_those_of_the_thesis_for_cifar10_alone(open_page, test, cifar10):
    app = open_page(ERRORS, run="mnist-dense", view="Logits")
    found = error_logits(test)
    assert metrics(app)["Mean"] == f"{found.mean:.3f}"
    assert metrics(app)["Gap under 1"] == f"{100 * found.share_close:.1f} %"
    assert not app.table
    app = open_page(ERRORS, run="made-up", view="Logits")
    assert app.table[0].value["Largest"].tolist() == [f"{error_logits(cifar10).largest:.3f}", "5.728"]
    assert app.table[0].value["Gap under 1"].tolist()[1] == "26.7 %"


def test_without_the_files_one_sentence_says_what_would_be_shown_and_where_to_put_them(open_page, cifar10, extras):
    app = open_page(ERRORS, run="made-up", view="Labels and people")
    assert len(app.info) == 1
    assert str(extras / "cifar10h/cifar10h-counts.npy") in app.info[0].value
    assert str(extras / "label_errors/cifar10_mturk.json") in app.info[0].value
    app = open_page(ERRORS, run="fashion_mnist-small_cnn", view="Labels and people")
    assert "nobody has published" in app.info[0].value


def test_doubted_labels_and_votes_are_shown_where_they_are_here(open_page, cifar10, extras):
    wrong = np.flatnonzero(~cifar10.correct)[:2]
    entries = [
        {
            "id": int(sample),
            "given_original_label": int(cifar10.labels[sample]),
            "our_guessed_label": int(cifar10.predicted[sample]),
            "mturk": {"given": given, "guessed": 5 - given, "neither": 0, "both": 0},
        }
        for sample, given in zip(wrong, (1, 4), strict=True)
    ]
    (extras / "label_errors/cifar10_mturk.json").write_text(json.dumps(entries))
    votes = 40 * np.eye(10, dtype=np.int64)[cifar10.labels] + 1
    votes[-100:] = 5
    np.save(extras / "cifar10h/cifar10h-counts.npy", votes)
    app = open_page(ERRORS, run="made-up", view="Labels and people", which="doubted labels")
    shown = metrics(app)
    assert (shown["Checked"], shown["Wrong labels"], shown["Errors there"], shown["Model = suggested label"]) == ("2", "1", "1", "1")  # fmt: skip
    others = np.arange(10_000) != wrong[0]
    assert shown["Accuracy of the rest"] == percent(cifar10.correct[others].mean())
    assert shown["Rank correlation"] == f"{entropy_rank_correlation(cifar10.probs, votes):.3f}"
    assert "**2 doubted labels**" in texts(app)
    by_class, _entropies, _one_image = app.get("vega_lite_chart")
    bars = rows(by_class.proto.datasets[0].data.data).pivot(index="class", columns="who", values="error")
    first = cifar10.labels == 0
    assert (
        f"People found **1** wrong labels; 1 of the network's {(~cifar10.correct).sum():,} errors are on these"
        in texts(app)
    )
    hardest = bars["people"].idxmax()
    assert (
        f"The hardest class is **{hardest}** for people ({100 * bars.loc[hardest, 'people']:.1f} % of their votes"
        in texts(app)
    )
    assert (
        f"**{bars['network'].idxmax()}** for the network ({100 * bars['network'].max():.1f} % of its images"
        in texts(app)
    )
    assert bars.loc["airplane", "network"] == pytest.approx((cifar10.predicted[first] != 0).mean())
    assert bars.loc["airplane", "people"] == pytest.approx((1 - votes[first, 0] / votes[first].sum(axis=1)).mean())
    said = marks.notes(runs.find("made-up"), cifar10.class_names, wrong)
    assert said[0].startswith(
        f"label wrong: 1 of 5 reviewers chose only {cifar10.class_names[cifar10.labels[wrong[0]]]} · people: 41 "
    )
    assert said[1].startswith("label doubted: 4 of 5")


def test_a_file_that_cannot_be_read_is_named_and_the_page_goes_on(open_page, cifar10, extras):
    (extras / "label_errors/cifar10_mturk.json").write_text("no")
    app = open_page(ERRORS, run="made-up", view="Labels and people")
    assert "is not a list of reviewed labels" in app.error[0].value


def test_without_images_the_numbers_work_in_full(open_page, cifar10, monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "places", lambda name: [tmp_path])
    data.split_of.clear()
    for view in ("Confusion matrix", "Superclasses"):
        app = open_page(ERRORS, run="made-up", view=view)
        assert app.get("vega_lite_chart")
        assert any("images cannot be shown" in info.value for info in app.info)
    assert metrics(app)["Errors"] == f"{(~cifar10.correct).sum():,}"


def test_where_the_class_is_refused_the_superclass_is_answered(open_page, cifar10):
    validation = runs.find("made-up").predictions("validation")
    groups = sources.source("cifar10").groups
    app = open_page(REJECT, superclass="true", run="made-up")
    app.number_input(key="coverage").set_value(80.0).run()
    threshold = app.slider(key="threshold").value

    def expect(accuracy: float) -> str:
        limit = group_threshold(
            least_confidence(validation.probs), group_answers(validation, groups), threshold, accuracy
        )
        curve = hierarchical_curve(
            least_confidence(cifar10.probs), cifar10.correct, group_answers(cifar10, groups), limit, [threshold]
        )
        shown = metrics(app)
        assert shown["Class answered"] == percent(curve.class_share[0])
        assert shown["Superclass answered"] == percent(curve.group_share[0])
        assert shown["Superclass correct"] == percent(curve.group_accuracy[0])
        assert shown["Don't know"] == percent(curve.refused_share[0])
        return shown["Superclass answered"]

    loose = expect(0.95)
    app.slider(key="group_accuracy").set_value(98.0).run()
    assert expect(0.98) != loose
    app.number_input(key="coverage").set_value(100.0).run()
    assert metrics(app)["Superclass correct"] == "–"
    assert "nothing is refused there" in texts(app)


def test_logits_are_not_said_to_be_comparable_by_their_gap_which_scales_as_they_do(open_page, cifar10):
    halved = Predictions(cifar10.logits / 2, cifar10.labels, cifar10.class_names)
    before, after = error_logits(cifar10), error_logits(halved)
    assert after.mean == pytest.approx(before.mean / 2)
    assert after.share_close > before.share_close + 0.05  # the same answers with the same errors
    app = open_page(ERRORS, run="made-up", view="Logits")
    assert "compare the gap" not in texts(app)
    assert "The gap scales with the logits" in texts(app)
    help = next(metric.help for metric in app.metric if metric.label == "Gap under 1")
    validation = runs.find("made-up").predictions("validation")
    temperature = fit_temperature(validation.logits, validation.labels)
    share = (-logit_margin_uncertainty(cifar10.logits)[~cifar10.correct] < temperature).mean()
    assert f"{100 * share:.1f} % with the logits divided by {temperature:.2f}" in help


def test_a_label_is_called_wrong_by_the_votes_for_it_alone(open_page, cifar10, extras):
    # Two of five chose the label, two said that both are there: a majority does not reject it, but fewer than half chose it alone.
    entry = {
        "id": 3,
        "given_original_label": int(cifar10.labels[3]),
        "our_guessed_label": (int(cifar10.labels[3]) + 1) % 10,
        "mturk": {"given": 2, "guessed": 1, "neither": 0, "both": 2},
    }
    (extras / "label_errors/cifar10_mturk.json").write_text(json.dumps([entry]))
    app = open_page(ERRORS, run="made-up", view="Labels and people")
    assert metrics(app)["Wrong labels"] == "1"
    help = next(metric.help for metric in app.metric if metric.label == "Wrong labels")
    assert "the official label alone" in help
    assert "both" in help
    name = cifar10.class_names[cifar10.labels[3]]
    assert marks.notes(runs.find("made-up"), cifar10.class_names, np.array([3])) == [
        f"label wrong: 2 of 5 reviewers chose only {name}"
    ]


@pytest.mark.parametrize(
    "name", ["mnist-dense", "fashion_mnist-small_cnn", "cifar10-conv10", "oxford_pets-pets_transfer"]
)
def test_examples_of_errors_are_of_the_runs_own_classes_and_on_the_right_side(open_page, name):
    source = sources.source(runs.find(name).config.dataset)
    group_of = {label: group for group, members in source.groups.items() for label in members}
    app = open_page(ERRORS, run=name, view="Superclasses")
    help = {metric.label: metric.help for metric in app.metric}
    for label, same in (("Within superclass", True), ("Across superclasses", False)):
        true, answer = help[label].split("for instance ")[1].split(" predicted as ")
        assert (group_of[true] == group_of[answer]) is same
        assert true != answer


def test_links_with_earlier_labels_go_on_working(open_page):
    app = open_page(ERRORS, run="mnist-dense", view="Labels and people")
    assert app.segmented_control(key="view").value == "Label errors and human votes"
    app = open_page(ERRORS, run="mnist-dense", arrange="as stored")
    assert app.selectbox(key="arrange").value == "data set order"


def test_sentences_say_how_many_answers_are_wrong_and_which_error_is_the_most_frequent(open_page, test):
    app = open_page(ERRORS, run="mnist-dense")
    assert (
        "Of 10,000 test images, **344** get a wrong answer. The most frequent error is **7 predicted as 2** (20 images)"
        in texts(app)
    )
    app.toggle(key="refuse").set_value(True).run()
    assert "**204** get a wrong answer and 316 are refused." in texts(app)
    app = open_page(ERRORS, run="mnist-dense", view="Superclasses")
    across = len(exceptional_errors(test, sources.source("mnist").groups))
    assert f"Of 344 errors on 10,000 test images, **{across}** go to another superclass" in texts(app)


def test_the_views_of_logits_and_of_labels_say_what_is_seen_and_what_to_try(open_page, test, extras):
    top = test.logits.max(axis=1)
    app = open_page(ERRORS, run="mnist-dense", view="Logits")
    assert (
        f"On average the largest logit is **{top[~test.correct].mean():.1f}** for the 344 errors and "
        f"**{top[test.correct].mean():.1f}** for correct answers" in texts(app)
    )
    entry = {
        "id": int(np.flatnonzero(~test.correct)[0]),
        "given_original_label": 3,
        "our_guessed_label": 5,
        "mturk": {"given": 0, "guessed": 5, "neither": 0, "both": 0},
    }
    (extras / "label_errors/mnist_mturk.json").write_text(json.dumps([entry]))
    app = open_page(ERRORS, run="mnist-dense", view="Label errors and human votes")
    assert (
        "People found **1** wrong labels; 1 of the network's 344 errors are on these images. Look at the images"
        in texts(app)
    )
