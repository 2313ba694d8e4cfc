"""Every page alone, with runs and without, and through its widgets."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.data import sources
from core.metrics.evidence import Evidence, Reference
from core.metrics.rejection import reject_outcome
from core.metrics.scores import FROM_LOGITS, SCORES, labels_from
from core.metrics.selective import accuracy_coverage_curve, threshold_at_accuracy, threshold_at_coverage
from core.training import runs, starter
from core.training.config import RunConfig
from tests.core.views.tables import rows
from tests.pages.conftest import PAGES
from ui.components.plain_text import plain
from ui.inspect.downloads import number_printed
from ui.loaded import data


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def values(score: str, split: str, name: str = "mnist-dense"):
    """A score of logits, computed here."""
    run = runs.find(name)
    reference = Reference(run.predictions("validation"))
    return SCORES[score].values(Evidence(run.predictions(split).logits), reference)


def predictions(split: str, name: str = "mnist-dense"):
    return runs.find(name).predictions(split)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_alone_and_says_in_a_sentence_what_it_shows(open_page, page):
    app = open_page(page)
    assert len(app.title) == 1
    assert any(len(text.value) > 40 for text in app.main.markdown)
    assert all(metric.help for metric in app.metric)  # every number is explained


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_any_run_and_says_how_to_get_one(open_page, no_starters, page):
    app = open_page(page)
    if page in ("app.py", "pages/1_Train.py"):
        return
    assert "There is no trained model yet" in app.info[0].value
    assert not app.metric


def test_a_run_on_a_sample_says_so_and_how_far_its_accuracy_can_be_trusted(open_page):
    app = open_page("pages/4_Reject.py", run="oxford_pets-pets_transfer")
    said = [caption.value for caption in app.caption if "**A sample**" in caption.value]
    assert len(said) == 1
    assert "74 test images, where 3,669 were published. 67.6 % of them are right" in said[0]
    assert "95 % confidence interval is 56 to 78 %" in said[0]  # 50 of 74
    app = open_page("pages/4_Reject.py", run="mnist-dense")
    assert not any("**A sample**" in caption.value for caption in app.caption)


@pytest.mark.parametrize("page", ["pages/2_Inspect.py", "pages/4_Reject.py"])
@pytest.mark.parametrize("name", ["fashion_mnist-small_cnn", "mnist-small_cnn"])
def test_the_address_names_the_run(open_page, page, name):
    app = open_page(page, run=name)
    assert app.sidebar.selectbox[0].label == "Model"
    assert app.sidebar.selectbox[0].value == name


@pytest.mark.parametrize("run", starter.STARTERS)
@pytest.mark.parametrize(
    ("page", "view"),
    [
        ("pages/2_Inspect.py", None),
        ("pages/3_Draw.py", None),
        ("pages/4_Reject.py", None),
        ("pages/4_Reject.py", "Guarantee"),
        ("pages/4_Reject.py", "Cost"),
        ("pages/4_Reject.py", "Team"),
        ("pages/9_Calibrate.py", "Reliability"),
        ("pages/9_Calibrate.py", "Temperature"),
        ("pages/9_Calibrate.py", "Prediction sets"),
        ("pages/6_Errors.py", "Confusion matrix"),
        ("pages/6_Errors.py", "Superclasses"),
        ("pages/6_Errors.py", "Logits"),
        ("pages/6_Errors.py", "Label errors and human votes"),
        ("pages/7_Shift.py", "Sure vs unsure"),
    ],
)
def test_every_page_that_needs_logits_alone_opens_on_every_run_that_came_with_the_app(open_page, page, view, run):
    app = open_page(page, run=run, **({"view": view} if view else {}))
    assert app.sidebar.selectbox[0].value == run
    assert view is None or app.segmented_control(key="view").value == view


def test_an_address_that_names_no_run_is_answered_and_another_shown(open_page):
    app = open_page("pages/2_Inspect.py", run="nobody")
    assert "There is no trained model named 'nobody'" in app.toast[0].value
    assert app.metric


@pytest.mark.parametrize("sample", ["74", "-1", "cat"])
def test_an_address_that_names_no_sample_is_answered_in_a_sentence(open_page, sample):
    app = open_page("pages/2_Inspect.py", run="oxford_pets-pets_transfer", sample=sample)
    assert f"There is no image '{plain(sample)}' here; they are numbered 0 to 73." in app.toast[0].value
    assert "sample" not in app.query_params
    assert metrics(app)["Images"]


@pytest.mark.parametrize(("page", "threshold"), [("pages/2_Inspect.py", 0.5), ("pages/4_Reject.py", 0.25)])
def test_an_opened_image_is_headed_by_what_it_is_and_what_becomes_of_it(open_page, page, threshold):
    test, uncertainty = predictions("test"), values("Least confidence", "test")
    sample = int(np.flatnonzero(~test.correct & (uncertainty > threshold))[0])
    what = f"Image {sample} of test: true {test.labels[sample]}, predicted {test.predicted[sample]}"
    for limit, verdicts in ((threshold, ":orange[**wrong**] · :violet[**refused**]"), (0.99, ":orange[**wrong**]")):
        app = open_page(page, run="mnist-dense", sample=str(sample), threshold=str(limit), side="all")
        assert [header.value for header in app.header] == [f"{what} · {verdicts}"]


def test_inspect_filters_by_every_control(open_page):
    test = predictions("test")
    app = open_page("pages/2_Inspect.py", run="mnist-dense")
    app.selectbox(key="side").select("below threshold").run()
    app.selectbox(key="outcome").select("wrong").run()
    app.multiselect(key="true").select("4").run()
    least = values("Least confidence", "test")
    expected = (least <= 0.5) & ~test.correct & (test.labels == 4)
    assert not app.exception
    assert metrics(app)["Images"] == f"{expected.sum():,}"
    app.multiselect(key="predicted").select("9").run()
    assert metrics(app)["Images"] == f"{(expected & (test.predicted == 9)).sum():,}"


@pytest.mark.parametrize("score", labels_from(FROM_LOGITS))
def test_every_score_of_logits_can_be_inspected_and_rejected_on(open_page, score):
    found = values(score, "validation")
    app = open_page("pages/2_Inspect.py", run="mnist-dense", score=score, split="validation", threshold="0.25")
    assert metrics(app)["Images"] == f"{(found > 0.25).sum():,}" or not (found > 0.25).any()
    app = open_page("pages/4_Reject.py", run="mnist-dense", score=score)
    assert float(metrics(app)["Coverage"].split()[0]) == pytest.approx(97, abs=1.5)


@pytest.mark.parametrize("page", ["pages/4_Reject.py", "pages/6_Errors.py"])
def test_a_threshold_below_every_score_of_another_run_is_no_error_there(open_page, page):
    app = open_page(page, run="mnist-small_cnn")
    app.slider(key="threshold").set_value(app.slider(key="threshold").min + 0.01).run()
    pets = "oxford_pets-pets_transfer"
    for name in (pets, "cifar10-conv10", "mnist-dense", pets, "mnist-small_cnn", pets):
        app.sidebar.selectbox[0].set_value(name).run()
        assert not app.exception
        scores = values("Least confidence", "validation", name)
        assert scores.min() <= app.slider(key="threshold").value <= scores.max()


@pytest.mark.parametrize(("former", "now"), [("refused", "above threshold"), ("accepted", "below threshold")])
def test_an_old_link_to_one_side_of_the_threshold_still_shows_that_side(open_page, former, now):
    app = open_page("pages/2_Inspect.py", run="mnist-dense", side=former)
    assert app.selectbox(key="side").value == now
    least = values("Least confidence", "test")
    assert metrics(app)["Images"] == f"{((least > 0.5) == (former == 'refused')).sum():,}"
    app.selectbox(key="side").select("all").run()
    assert metrics(app)["Images"] == "10,000"


def test_inspect_says_what_its_threshold_does_to_the_errors(open_page):
    app = open_page("pages/2_Inspect.py", run="mnist-dense", threshold="0.25")
    refused, wrong = values("Least confidence", "test") > 0.25, ~predictions("test").correct
    (story,) = (text.value for text in app.main.markdown if "At this threshold" in text.value)
    assert f"refuses **{refused.sum():,}** of 10,000 test images" in story
    assert f"{(refused & wrong).sum():,} of its {wrong.sum():,} errors are among them" in story
    assert f"the other {(~refused & wrong).sum():,} are answered" in story


def test_a_filter_that_nothing_passes_says_so(open_page):
    app = open_page("pages/2_Inspect.py", run="mnist-dense", threshold="0.95")
    assert "No image passes these filters" in app.info[0].value
    assert metrics(app)["Accuracy"] == "–"


def test_the_views_of_inspect_set_its_controls(open_page):
    app = open_page("pages/2_Inspect.py", run="mnist-dense")
    wrong = int((~predictions("test").correct).sum())
    next(button for button in app.button if button.label == "Every error").click().run()
    assert metrics(app)["Images"] == str(wrong)
    next(button for button in app.button if button.label.startswith("Largest probability")).click().run()
    assert app.selectbox(key="side").value == "above threshold"
    assert app.number_input(key="threshold").value == 0.5


def test_a_card_shows_every_class_only_where_their_names_fit(open_page):
    app = open_page("pages/2_Inspect.py", run="mnist-dense")
    assert app.selectbox(key="bars").options == ["all classes", "five most likely"]
    app = open_page("pages/2_Inspect.py", run="oxford_pets-pets_transfer", bars="all classes")
    next(button for button in app.button if button.label == "Every error").click().run()
    assert not app.exception
    assert "bars" not in [box.key for box in app.selectbox]


def test_a_sheet_that_leaves_images_out_says_so():
    assert number_printed(2000) == "2,000 images"
    assert number_printed(10_000) == "the first 2,000 of 10,000 images"


def test_reject_reports_on_test_what_was_chosen_on_validation(open_page):
    validation, test = predictions("validation"), predictions("test")
    curve = accuracy_coverage_curve(values("Entropy", "validation"), validation.correct)
    app = open_page("pages/4_Reject.py", run="mnist-dense", score="Entropy")

    def expect(threshold):
        outcome = reject_outcome(values("Entropy", "test"), test.correct, threshold)
        assert app.number_input(key="typed").value == pytest.approx(threshold)
        assert metrics(app)["Coverage"] == f"{100 * outcome.coverage:.2f} %"
        assert metrics(app)["Images refused"] == f"{outcome.num_rejected:,}"
        assert metrics(app)["Errors refused"] == f"{outcome.errors_caught:,} of {(~test.correct).sum():,}"

    expect(threshold_at_coverage(curve, 0.97))
    app.number_input(key="coverage").set_value(90.0).run()
    expect(threshold_at_coverage(curve, 0.9))
    app.number_input(key="accuracy").set_value(99.0).run()
    expect(threshold_at_accuracy(curve, 0.99))
    place = int(np.searchsorted(curve.threshold, threshold_at_accuracy(curve, 0.99)))
    assert app.number_input(key="coverage").value == pytest.approx(100 * curve.coverage[place])
    app.slider(key="threshold").set_value(0.5).run()
    expect(0.5)
    app.number_input(key="typed").set_value(0.4).run()
    expect(0.4)
    assert app.slider(key="threshold").value == 0.4


def test_the_accuracy_of_the_answered_comes_with_its_interval(open_page):
    app = open_page("pages/4_Reject.py", run="mnist-small_cnn", threshold="0.0001")
    test = runs.find("mnist-small_cnn").predictions("test")
    outcome = reject_outcome(1 - test.probs.max(axis=1), test.correct, 0.0001)
    assert outcome.errors_left == 0  # and yet the accuracy need not be 100 %
    (tile,) = (shown for shown in app.metric if shown.label == "Selective accuracy")
    least = 0.025 ** (1 / outcome.num_accepted)
    assert f"95 % confidence interval {100 * least:.2f} % to 100.00 %" in tile.help


def charts(app) -> list[dict[str, bytes]]:
    """Of each chart its specification and its tables, as they are sent."""
    sent = [chart.proto for chart in app.get("vega_lite_chart")]
    return [{"spec": proto.spec} | {data.name: data.data.data for data in proto.datasets} for proto in sent]


def test_what_does_not_change_is_sent_as_the_same_bytes(open_page):
    # The browser has them already, and the server sends a hash in their place.
    app = open_page("pages/4_Reject.py", run="mnist-dense")
    first = charts(app)
    app.run()
    assert charts(app) == first
    app.slider(key="threshold").set_value(0.5).run()
    curve, histogram, matrix = charts(app)
    assert {name for name in curve if curve[name] != first[0][name]} == {"chosen"}
    assert {name for name in histogram if histogram[name] != first[1][name]} == {"bars", "line", "refused"}
    assert {name for name in matrix if matrix[name] != first[2][name]} == {"cells"}


def test_the_chart_begins_earlier_where_the_coverage_at_the_threshold_is_lower(open_page):
    app = open_page("pages/4_Reject.py", run="mnist-small_cnn", threshold="0.0001")
    assert metrics(app)["Coverage"] == "72.69 %"
    curve = charts(app)[0]
    assert json.loads(curve["spec"])["layer"][1]["encoding"]["x"]["scale"]["domain"] == [0.7, 1.0]  # not 80 %, as asked
    assert rows(curve["chosen"]).coverage.tolist() == pytest.approx([0.7269])
    assert rows(curve["curves"]).coverage.min() < 0.7269


def test_scores_are_compared_and_the_band_is_drawn_on_request(open_page):
    app = open_page("pages/4_Reject.py", run="mnist-dense", also="Energy", band="true")
    assert app.multiselect(key="also").value == ["Energy"]
    assert app.toggle(key="band").value is True


def test_without_the_images_the_numbers_are_complete(open_page, monkeypatch, tmp_path):
    data.split_of.clear()
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    for page in ("pages/2_Inspect.py", "pages/4_Reject.py"):
        app = open_page(page, run="mnist-dense")
        assert "the images cannot be shown" in app.info[0].value
        assert len(app.metric) >= 4
    data.split_of.clear()


def test_train_counts_before_it_starts(open_page):
    app = open_page("pages/1_Train.py", architecture="dense", unit="steps")
    caption = RunConfig("mnist", "dense", steps=1000)
    assert any(
        f"**{caption.num_parameters:,}** parameters · **1,000** steps, 391 per epoch" in c.value for c in app.caption
    )


def test_train_offers_the_download_of_what_is_missing(open_page, monkeypatch, tmp_path):
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    if (sources.ROOT / "data/fashion_mnist").exists():
        monkeypatch.setattr(sources, "ROOT", tmp_path)
    app = open_page("pages/1_Train.py", dataset="Fashion-MNIST")
    assert "Fashion-MNIST is not here in full" in app.warning[0].value
    assert not [button for button in app.button if button.label == "Start training"]


def test_train_shows_a_failed_run_with_its_sentence_and_deletes_only_when_asked_twice(open_page):
    run = runs.create(RunConfig("mnist", "dense", epochs=1))
    (run.folder / "error.txt").write_text("The loss became nan at step 3. Try a lower learning rate.")
    app = open_page("pages/1_Train.py")
    assert app.error[0].value == "The loss became nan at step 3. Try a lower learning rate."
    next(button for button in app.button if button.label == "Delete…").click().run()
    assert run.folder.exists()
    next(button for button in app.button if button.label == "Delete permanently").click().run()
    assert not run.folder.exists()


def test_a_finished_run_of_ones_own_is_offered_on_every_page(open_page):
    run = runs.create(RunConfig("mnist", "softmax_regression", epochs=1, num_train=300, batch_size=100))
    from core.training import trainer

    trainer.main([str(run.folder)])
    app = open_page("pages/4_Reject.py", run=run.name)
    assert app.sidebar.selectbox[0].value == run.name
    assert float(metrics(app)["Coverage"].split()[0]) > 90


def drawn_examples() -> list[str]:
    return sorted(path.stem for path in (sources.ROOT / "starter/drawings").glob("*.png"))


def test_a_dozen_examples_are_drawn_by_the_script_beside_them(tmp_path, monkeypatch):
    from PIL import Image

    from starter.drawings import make

    assert len(drawn_examples()) == 12
    monkeypatch.setattr(make, "HERE", tmp_path)
    make.main()
    for name in drawn_examples():
        made, kept = (
            Image.open(folder / f"{name}.png").convert("L") for folder in (tmp_path, sources.ROOT / "starter/drawings")
        )
        assert np.abs(np.asarray(made, int) - np.asarray(kept, int)).mean() < 1


def test_images_of_another_selection_are_not_shown_beside_the_answers(open_page, monkeypatch):
    dataset = data.split_of("mnist", "test")
    fewer = replace(dataset, images=dataset.images[:100], labels=dataset.labels[:100])
    monkeypatch.setattr(data, "split_of", lambda name, split: fewer)
    app = open_page("pages/2_Inspect.py", run="mnist-dense")
    assert any("answered 10,000 images, here are 100" in info.value for info in app.info)
    assert metrics(app)["Images"] == "187"


def test_reject_says_what_was_asked_on_validation_what_came_out_on_test_and_why_they_differ(open_page):
    app = open_page("pages/4_Reject.py", run="fashion_mnist-small_cnn")
    said = "\n".join(text.value for text in app.main.markdown)
    assert "answers **9,691** and refuses **309**. Of its 838 errors, 178 are refused and 660 are answered." in said
    assert "coverage 97.00 %, selective accuracy 93.47 %" in said
    assert "coverage 96.91 %, selective accuracy 93.19 % (95 % confidence interval 92.67 % to 93.68 %)" in said
    assert "can be sampling alone" in said
    app = open_page("pages/4_Reject.py", run="mnist-small_cnn", threshold="-1")
    assert not app.exception
