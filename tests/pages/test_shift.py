"""Page Shift through its widgets, against numbers computed here."""

import numpy as np
import pytest

from core.data import corruptions, datasets, sources
from core.metrics.calibration import expected_calibration_error
from core.metrics.detection import detection
from core.metrics.predictions import softmax
from core.metrics.scores import Need, labels_from
from core.metrics.uncertainty import normalized_entropy
from core.models import inference
from core.training import passes, runs
from tests.pages.test_pages import metrics
from ui import serving
from ui.loaded import evidence

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
    app = open_page(SHIFT, run="mnist-small_cnn")
    ours = metrics(app)
    assert ours["Above: images"] == f"{(entropy > 0.02).sum():,}"
    app.toggle(key="article").set_value(True).run()
    assert not app.exception
    assert metrics(app) == ours
    assert any("0.0200 here is 0.0050 there" in caption.value for caption in app.caption)


def test_noise_shows_what_the_network_says_of_corrupted_images(open_page, model):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Noise")
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
    app = open_page(SHIFT, run="mnist-small_cnn", view="Noise", kind=kind)
    slider = app.select_slider[0]
    assert len(slider.options) == 6
    slider.set_value(float(slider.options[-1])).run()
    worst = metrics(app)
    assert float(worst["Accuracy"].removesuffix(" %")) < 98


def test_data_from_elsewhere_are_measured_by_every_score(open_page, entropy, model):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Data from elsewhere")
    others = normalized_entropy(softmax(inference.logits(model, datasets.load("fashion_mnist", "test").images)))
    expected = detection(entropy, others, num_resamples=0)
    table = app.dataframe[0].value
    row = table[table["Score"] == "Entropy"].iloc[0]
    assert row["AUROC, %"].startswith(f"{100 * expected.auroc:.2f}")
    assert row["FPR95 (own positive), %"].startswith(f"{100 * expected.fpr95_in_positive:.2f}")
    assert {"Energy", "Mahalanobis", "k-NN distance"} <= set(table["Score"])
    app.slider(key="share").set_value(0).run()
    assert metrics(app)["Foreign answered"] == "0"
    app.selectbox(key="foreign").select("noise").run()
    assert not app.exception
    assert metrics(app)["Images"] == "10,000"


def test_monte_carlo_scores_are_offered_and_kept(open_page, monkeypatch):
    monkeypatch.setattr(serving, "NUM_PASSES", 3)
    app = open_page(SHIFT, run="mnist-small_cnn", view="Which doubt")
    assert passes.saved_passes(runs.find("mnist-small_cnn"), evidence.TEST, 3) is None
    assert not app.get("vega_lite_chart")
    next(button for button in app.button if button.label.startswith("Compute")).click().run()
    assert not app.exception
    assert app.get("vega_lite_chart")
    kept = passes.saved_passes(runs.find("mnist-small_cnn"), evidence.TEST, 3)
    assert len(kept.mutual_information) == 10_000
    again = open_page(SHIFT, run="mnist-small_cnn", view="Data from elsewhere", score="MC mutual information")
    assert "MC mutual information" in set(again.dataframe[0].value["Score"])


def test_a_network_without_dropout_is_told_so_and_the_rest_shown(open_page):
    app = open_page(SHIFT, run="mnist-dense", view="Which doubt")
    assert any("train small_cnn" in info.value for info in app.info)
    app = open_page(SHIFT, run="mnist-dense", view="Data from elsewhere")
    assert app.dataframe[0].value["Score"].tolist() == list(labels_from(set(Need) - {Need.PASSES}))


def test_without_training_images_scores_of_features_are_left_out_with_a_word(open_page, monkeypatch):
    missing = sources.missing_files
    monkeypatch.setattr(
        sources, "missing_files", lambda name, split=None: ["a file"] if split == "train" else missing(name, split)
    )
    evidence._scores.clear()
    app = open_page(SHIFT, run="mnist-small_cnn", view="Data from elsewhere")
    assert "Mahalanobis" not in set(app.dataframe[0].value["Score"])
    assert any("training images, which are not here in full" in caption.value for caption in app.caption)
    evidence._scores.clear()


def test_own_pictures_are_read_scored_and_what_is_none_is_named(open_page):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Data from elsewhere", foreign="My own images")
    assert any("Give it pictures" in info.value for info in app.info)
    drawings = runs.ROOT / "starter/drawings"
    files = [(path.name, path.read_bytes(), "image/png") for path in sorted(drawings.glob("*.png"))[:3]]
    files += [("no.zip", b"no", "application/zip"), ("a.png", b"no", "image/png")]
    app.file_uploader(key="own_images").set_value(files)
    app.run()
    assert not app.exception
    assert metrics(app)["Foreign flagged"]
    assert any("no.zip is no ZIP file" in error.value for error in app.error)
    assert any("1 files could not be read" in expander.label for expander in app.expander)
    assert np.isfinite(float(metrics(app)["Foreign flagged"].removesuffix(" %")))


def test_one_photograph_gets_one_verdict_on_draw_and_on_shift(open_page):
    photo = runs.ROOT / "starter/drawings/2 as if photographed.png"
    app = open_page("pages/3_Draw.py", run="mnist-small_cnn", example=photo.stem)
    app.get_by_key("way").set_value("Example").run()
    table = app.dataframe[0].value.set_index("Score")["Value"]
    app = open_page(SHIFT, run="mnist-small_cnn", view="Data from elsewhere", foreign="My own images")
    app.file_uploader(key="own_images").set_value([(photo.name, photo.read_bytes(), "image/png")])
    app.run()
    assert not app.exception
    _, read = app.session_state.own_read
    for score in ("Entropy", "Energy"):
        assert read.scores[score][0] == pytest.approx(table[score], abs=1e-5)


def test_the_help_texts_of_noise_say_what_is_computed(open_page):
    app = open_page(SHIFT, run="mnist-small_cnn", view="Noise", kind="Shot noise")
    help = {element.label: element.help for element in (*app.metric, *app.toggle)}
    assert "mean absolute gap between confidence and accuracy over 15 bins" in help["ECE"]
    assert "at most the first 1,000" in help["All test images"]  # the pets' sample has fewer
    white = np.full((50, 28, 28, 1), 255, np.uint8)
    measured = (corruptions.shot_noise(white, 0.3, seed=0) / 255).std()
    assert measured == pytest.approx(0.166, abs=0.005)  # nothing is brighter than white
    assert app.select_slider[0].label == "Deviation of a white pixel before clipping"


def test_the_sides_of_the_threshold_are_said_to_be_in_the_order_of_the_data_set(open_page, entropy):
    app = open_page(SHIFT, run="mnist-small_cnn")
    titles = [
        text.value for text in app.markdown if text.value.startswith("**Above") or text.value.startswith("**Below")
    ]
    assert titles == [f"**{side}**, the first 20 in data set order" for side in ("Above: unsure", "Below: sure")]
