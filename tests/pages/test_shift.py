"""Page Shift through its widgets, against numbers computed here."""

import numpy as np
import pytest
import streamlit as st

from core.data import corruptions, datasets, sources
from core.data.pictures import archives
from core.data.pictures.allowance import Allowance
from core.metrics.calibration import expected_calibration_error
from core.metrics.detection import detection
from core.metrics.predictions import softmax
from core.metrics.scores import FROM_LOGITS, labels_from
from core.metrics.uncertainty import normalized_entropy
from core.models import inference
from core.training import kept_scores, passes, runs
from tests.pages.test_pages import metrics
from ui import serving
from ui.components.score_names import score_name
from ui.loaded import evidence
from ui.shift import split
from ui.shift.own_images import Reading

SHIFT = "pages/7_Shift.py"


def percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


@pytest.fixture(scope="module")
def model():
    return runs.find("mnist-small_cnn").model()


@pytest.fixture(scope="module")
def entropy():
    return normalized_entropy(runs.find("mnist-small_cnn").predictions("test").probs)


def test_the_articles_threshold_and_ours_split_alike(open_page, entropy):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Sure vs unsure")
    ours = metrics(app)
    assert ours["Unsure: images"] == f"{(entropy > 0.02).sum():,}"
    app.toggle(key="article").set_value(True).run()
    assert not app.exception
    assert metrics(app) == ours
    assert any("0.0200 here is 0.0050 there" in caption.value for caption in app.caption)


def test_noise_shows_what_the_network_says_of_corrupted_images(open_page, model):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Corruption")
    test = datasets.load("mnist", "test")
    corrupted = corruptions.noise_blend(test.images[:1000], 0.7, 0, shared=True)
    logits = inference.logits(model, corrupted)
    shown = metrics(app)
    assert shown["Accuracy"] == percent((logits.argmax(axis=1) == test.labels[:1000]).mean())
    assert shown["ECE"] == percent(expected_calibration_error(softmax(logits), test.labels[:1000]))
    app.select_slider[0].set_value(0.0).run()
    own = runs.find("mnist-small_cnn").predictions("test").correct[:1000]
    assert metrics(app)["Accuracy"] == percent(own.mean())


@pytest.mark.parametrize("kind", ["Shot noise", "Blur", "Contrast", "Rotation", "Translation", "Square"])
def test_every_corruption_has_five_severities_and_hurts(open_page, kind):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Corruption", kind=kind)
    slider = app.select_slider[0]
    assert len(slider.options) == 6
    slider.set_value(float(slider.options[-1])).run()
    worst = metrics(app)
    assert float(worst["Accuracy"].removesuffix(" %")) < 98


def test_data_from_elsewhere_are_measured_by_every_score(open_page, entropy, model):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Out-of-distribution data")
    others = normalized_entropy(softmax(inference.logits(model, datasets.load("fashion_mnist", "test").images)))
    expected = detection(entropy, others, num_resamples=0)
    table = app.dataframe[0].value
    row = table[table["Score"] == "Entropy"].iloc[0]
    assert row["AUROC, %"].startswith(f"{100 * expected.auroc:.2f}")
    assert row["FPR95 (ID positive), %"].startswith(f"{100 * expected.fpr95_in_positive:.2f}")
    assert "Energy" in set(table["Score"])
    assert "Mahalanobis" not in set(table["Score"])
    app.slider(key="share").set_value(0).run()
    assert metrics(app)["OOD answered"] == "0"
    app.selectbox(key="foreign").select("noise").run()
    assert not app.exception
    assert metrics(app)["Images"] == "10,000"


def test_monte_carlo_scores_are_offered_and_kept(open_page, monkeypatch):
    monkeypatch.setattr(serving, "NUM_PASSES", 3)
    app = open_page(SHIFT, run="mnist-small_cnn", view="Aleatoric vs epistemic")
    assert passes.saved_passes(runs.find("mnist-small_cnn"), evidence.TEST, 3) is None
    assert not app.get("vega_lite_chart")
    next(button for button in app.button if button.label.startswith("Compute")).click().run()
    assert not app.exception
    assert app.get("vega_lite_chart")
    kept = passes.saved_passes(runs.find("mnist-small_cnn"), evidence.TEST, 3)
    assert len(kept.mutual_information) == 10_000
    again = open_page(SHIFT, run="mnist-small_cnn", view="Out-of-distribution data", score="MC mutual information")
    assert "MC mutual information" in set(again.dataframe[0].value["Score"])


def test_a_network_without_dropout_is_told_so_and_the_rest_shown(open_page):
    app = open_page(SHIFT, run="mnist-dense", view="Aleatoric vs epistemic")
    assert any("Choose a model with Dropout" in info.value for info in app.info)
    app = open_page(SHIFT, run="mnist-dense", view="Out-of-distribution data")
    assert app.dataframe[0].value["Score"].tolist() == [score_name(label) for label in labels_from(FROM_LOGITS)]


def test_without_training_images_scores_of_features_are_left_out_with_a_word(open_page, monkeypatch):
    missing = sources.missing_files
    monkeypatch.setattr(
        sources, "missing_files", lambda name, split=None: ["a file"] if split == "train" else missing(name, split)
    )
    app = open_page(SHIFT, run="mnist-small_cnn", view="Out-of-distribution data")
    assert "Mahalanobis" not in set(app.dataframe[0].value["Score"])
    assert any("training images, which are not here in full" in caption.value for caption in app.caption)


def test_own_pictures_are_read_scored_and_what_is_none_is_named(open_page):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Out-of-distribution data", foreign="My own images")
    assert any("Give it pictures" in info.value for info in app.info)
    drawings = runs.ROOT / "starter/drawings"
    files = [(path.name, path.read_bytes(), "image/png") for path in sorted(drawings.glob("*.png"))[:3]]
    files += [("no.zip", b"no", "application/zip"), ("a.png", b"no", "image/png")]
    app.file_uploader(key="own_images").set_value(files)
    app.run()
    assert not app.exception
    assert metrics(app)["OOD detected"]
    assert any("no.zip is no ZIP file" in error.value for error in app.error)
    assert any("1 files could not be read" in expander.label for expander in app.expander)
    assert np.isfinite(float(metrics(app)["OOD detected"].removesuffix(" %")))


@pytest.fixture
def quick(monkeypatch):
    """Intervals of ten resamples, for tests that do not look at them."""
    monkeypatch.setattr(evidence, "detection", lambda ours, others, **_: detection(ours, others, num_resamples=10))


def opened_with(open_page, *files):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Out-of-distribution data", foreign="My own images")
    app.file_uploader(key="own_images").set_value(list(files)).run()
    assert not app.exception
    return app


def drawn() -> list[tuple[str, bytes, str]]:
    paths = sorted((runs.ROOT / "starter/drawings").glob("*.png"))[:3]
    return [(path.name, path.read_bytes(), "image/png") for path in paths]


def test_reading_that_was_stopped_goes_on_where_it_stopped(quick, open_page, monkeypatch):
    opened = []
    read_image = archives.read_image
    monkeypatch.setattr(
        archives, "read_image", lambda data, name, check: opened.append(name) or read_image(data, name, check)
    )
    add = Reading.add

    def stop_after_the_first(reading, found):
        add(reading, found)
        reading.stopped = len(opened) == 1
        if reading.stopped:
            st.stop()  # as for a viewer who has left, or clicked

    monkeypatch.setattr(Reading, "add", stop_after_the_first)
    app = opened_with(open_page, *drawn())
    assert [button.label for button in app.main.button] == ["Cancel"]
    app.run()
    assert any("Stopped after 1 of 3 files" in info.value for info in app.info)
    assert len(opened) == 1
    next(button for button in app.button if button.label == "Go on").click().run()
    assert len(opened) == len(set(opened)) == 3
    assert metrics(app)["OOD detected"]
    assert not any(button.label == "Cancel" for button in app.button)


def test_pictures_are_read_once_for_all_networks_of_one_shape(quick, open_page):
    app = opened_with(open_page, *drawn())
    left = app.session_state.reading_allowance.num_files
    app.sidebar.selectbox[0].set_value("mnist-dense").run()
    assert not app.exception
    assert metrics(app)["OOD detected"]
    assert app.session_state.reading_allowance.num_files == left == Allowance().num_files - 3


def test_what_a_visitor_may_have_read_holds_for_all_uploads_of_the_visit(quick, open_page):
    app = opened_with(open_page, *drawn())
    app.session_state.reading_allowance.num_files = 2
    app.file_uploader(key="own_images").set_value(drawn()).run()
    assert any("1 files could not be read" in expander.label for expander in app.expander)
    assert any("this visit has no files left for reading" in text.value for text in app.main.markdown)


def test_one_photograph_gets_one_verdict_on_draw_and_on_shift(open_page):
    photo = runs.ROOT / "starter/drawings/2 as if photographed.png"
    app = open_page("pages/3_Draw.py", run="mnist-small_cnn", example=photo.stem)
    app.get_by_key("way").set_value("Example").run()
    table = app.dataframe[0].value.set_index("Score")["Value"]
    app = open_page(SHIFT, run="mnist-small_cnn", view="Out-of-distribution data", foreign="My own images")
    app.file_uploader(key="own_images").set_value([(photo.name, photo.read_bytes(), "image/png")])
    app.run()
    assert not app.exception
    reading = app.session_state.own_reading
    for score in ("Entropy", "Energy"):
        assert reading.scores["mnist-small_cnn"][score][0] == pytest.approx(table[score], abs=1e-5)


def test_the_help_texts_of_noise_say_what_is_computed(open_page):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Corruption", kind="Shot noise")
    help = {element.label: element.help for element in (*app.metric, *app.toggle)}
    assert "mean absolute gap between confidence and accuracy over 15 bins" in help["ECE"]
    assert "at most the first 1,000" in help["All test images"]  # the pets' sample has fewer
    white = np.full((50, 28, 28, 1), 255, np.uint8)
    measured = (corruptions.shot_noise(white, 0.3, seed=0) / 255).std()
    assert measured == pytest.approx(0.166, abs=0.005)  # nothing is brighter than white
    assert app.select_slider[0].label == "Standard deviation of a white pixel before clipping"


def test_the_sides_of_the_threshold_are_said_to_be_in_the_order_of_the_data_set(open_page, entropy):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Sure vs unsure")
    titles = [text.value for text in app.markdown if text.value.startswith(("**Unsure**", "**Sure**"))]
    assert titles == [f"**{side}**, the first 20 in data set order" for side in ("Unsure", "Sure")]


def test_the_cards_of_the_unsure_side_are_seen_to_be_refused(open_page, monkeypatch):
    shown = {}
    monkeypatch.setattr(split, "gallery", lambda *cards, key, refused, **_: shown.update({key: refused[cards[2]]}))
    open_page(SHIFT, run="mnist-small_cnn", view="Sure vs unsure")
    assert {side: (len(refused), refused.all(), refused.any()) for side, refused in shown.items()} == {
        "Unsure": (20, True, True),
        "Sure": (20, False, False),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Noise", "Corruption"),
        ("Data from elsewhere", "Out-of-distribution data"),
        ("Which doubt", "Aleatoric vs epistemic"),
        ("Threshold split", "Sure vs unsure"),
    ],
)
def test_a_link_with_the_old_name_of_a_view_opens_it(open_page, old, new):
    app = open_page(SHIFT, run="mnist-dense", view=old)
    assert app.session_state["view"] == new
    assert app.query_params.get("view", "Corruption") == new  # the first view needs no address


def test_it_opens_on_corrupted_images_and_says_what_is_seen(open_page, model):
    app = open_page(SHIFT, run="mnist-small_cnn")
    assert app.session_state["view"] == "Corruption"
    shown = metrics(app)
    [story] = [text.value for text in app.markdown if text.value.startswith("Without corruption")]
    accuracy = float(shown["Accuracy"].removesuffix(" %"))
    assert f"At *Share of noise 0.7* it is right on **{accuracy:.1f} %**" in story


def test_scores_of_features_are_computed_on_request_and_kept_with_the_run(open_page):
    view = {"run": "mnist-small_cnn", "view": "Out-of-distribution data"}
    app = open_page(SHIFT, **view)
    next(button for button in app.button if button.label == "Compute the feature scores").click().run()
    assert not app.exception
    labels = {"Mahalanobis", "k-NN distance"}
    assert labels <= set(app.dataframe[0].value["Score"])
    run = runs.find("mnist-small_cnn")
    for name in ("test", "fashion_mnist"):
        assert labels <= kept_scores.saved_scores(run, name).keys()
    again = open_page(SHIFT, **view)
    assert labels <= set(again.dataframe[0].value["Score"])
    assert not any(button.label == "Compute the feature scores" for button in again.button)


def test_the_strength_in_the_address_is_the_strength_shown(open_page):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Corruption", kind="Shot noise", strength_shot_noise="0.2")
    assert app.select_slider[0].value == 0.2
    app = open_page(SHIFT, run="mnist-small_cnn", view="Corruption", strength_noise="0.3")
    assert app.select_slider[0].value == 0.3


def test_the_threshold_of_the_split_in_the_address_is_the_one_shown(open_page, entropy):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Sure vs unsure")
    app.number_input(key="threshold").set_value(0.3).run()
    address = dict(app.query_params)
    again = open_page(SHIFT, **{"view": "Sure vs unsure"} | address)
    assert again.number_input(key="threshold").value == 0.3
    assert metrics(again) == metrics(app)
    assert metrics(again)["Unsure: images"] == f"{(entropy > 0.3).sum():,}"


def test_the_two_uncertainties_open_full_with_four_corners_and_the_limits_of_dropout(open_page):
    run = runs.find("mnist-small_cnn")
    app = open_page(SHIFT, run=run.name, view="Aleatoric vs epistemic")
    assert app.get("vega_lite_chart")
    said = " ".join(text.value for text in app.markdown)
    for corner in ("**Clear**", "**Ambiguous**", "**Unfamiliar**", "**Both**"):
        assert corner in said
    noised = passes.saved_passes(run, evidence.NOISED, 100)
    share = noised.mutual_information.mean() / noised.predictive_entropy.mean()
    assert share < 0.2
    assert f"dropout calls only **{100 * share:.0f} %** of the uncertainty under noise epistemic" in said


def test_the_passes_that_come_with_the_run_are_those_of_its_network(model):
    kept = passes.saved_passes(runs.find("mnist-small_cnn"), "own", 100)
    few = passes.summarized_passes(model, datasets.load("mnist", "test").images[:20], 100, 0)
    np.testing.assert_allclose(kept.mean_probs[:20], few.mean_probs, atol=0.1)


def test_the_opened_image_of_the_two_uncertainties_is_in_the_address(open_page):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Aleatoric vs epistemic", opened="fashion_mnist 7")
    kept = passes.saved_passes(runs.find("mnist-small_cnn"), "fashion_mnist", 100)
    assert metrics(app)["Epistemic"] == f"{kept.mutual_information[7]:.3f}"
    for nonsense in ("fashion_mnist 10000", "nobody 3", "x"):
        app = open_page(SHIFT, run="mnist-small_cnn", view="Aleatoric vs epistemic", opened=nonsense)
        assert "Epistemic" not in metrics(app)
