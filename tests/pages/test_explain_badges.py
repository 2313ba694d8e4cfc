"""What is said beside a map: its badge, and notes under the maps."""

import numpy as np
import pytest

from core import saliency
from core.data import datasets
from core.metrics.explanation import Explanation
from core.training import runs
from ui.components.saliency import store
from ui.components.saliency.maps import map_figure
from ui.components.saliency.methods import METHODS, percent
from ui.components.saliency.notes import lrp_notes, ties_note
from ui.components.saliency.options import Options

EXPLAIN = "pages/5_Explain.py"
MAP = np.array([[[3.0, -4.0], [0.0, 0.0]]], np.float32)  # sums to -1; its root mean square is 2.5


@pytest.fixture(autouse=True)
def nothing_kept():
    store.kept.clear()


def badge(method, maps=MAP, **proof):
    return METHODS[method].badge(Explanation(maps, {name: np.array([value]) for name, value in proof.items()}), 0)


def test_the_badge_of_smooth_grad_says_how_noisy_the_map_is():
    noise = {"sigma": 0.15, "num_copies": 50}
    assert badge("SmoothGrad", standard_error=0.5, **noise) == ("standard error 20 % · σ 0.15, 50 copies", False)
    assert badge("SmoothGrad", standard_error=1.5, **noise) == ("standard error 60 % · σ 0.15, 50 copies", True)
    assert badge("SmoothGrad", standard_error=np.nan, **noise) == ("σ 0.15, 50 copies", False)
    assert badge("SmoothGrad", 0 * MAP, standard_error=0.0, **noise) == ("σ 0.15, 50 copies", False)


@pytest.mark.parametrize(("largest", "is_shown"), [(0.00001, False), (0.01, True)])
def test_a_map_of_practically_no_evidence_is_said_to_be_none_and_does_not_cover_the_picture(largest, is_shown):
    maps = np.array([[[0.0, largest]]], np.float32)
    found = Explanation(maps, {"value": np.array([-8.0]), "positive_evidence": np.array([True])})
    figure = map_figure(np.zeros((1, 2, 1), np.uint8), "Grad-CAM", "for 4", found, 0)
    assert (figure.saliency_map is not None) == is_shown
    assert (figure.badge, figure.warns) == (
        ("target value −8", False) if is_shown else ("practically no positive evidence", True)
    )


def test_the_badge_of_lrp_says_what_pixels_and_what_biases_contribute():
    assert badge("LRP", total=20.0, leak=1.05) == ("pixels −1 + biases, epsilon 21 = 20", True)
    assert badge("LRP", total=-1.25, leak=0.2) == ("pixels −1 + biases, epsilon −0.25 = −1.25", False)


@pytest.mark.parametrize(("fraction", "text"), [(0.0, "0 %"), (0.0123, "1.2 %"), (0.5, "50 %"), (12.0, "1,200 %")])
def test_a_fraction_is_written_in_percent(fraction, text):
    assert percent(fraction) == text


def test_lrp_that_cancels_or_leaks_is_explained_and_else_nothing_is_said():
    def notes(**totals):
        proofs = {
            target: {"total": np.array([total]), "leak": np.array([abs(total + 1) / abs(total)])}
            for target, total in totals.items()
        }
        return lrp_notes({target: Explanation(MAP, proof) for target, proof in proofs.items()})

    cancels, advice = notes(four=0.5)  # the pixels' sizes sum to 7
    assert cancels.startswith("LRP four: pixels") and "14 times the 0.5" in cancels
    assert "gamma" in advice
    [leaks] = notes(nine=-20.0)
    assert leaks.startswith("LRP nine: the pixels sum to −1, not to −20.")
    assert notes(two=-1.25) == []
    assert notes(four=0.5, nine=-20.0, two=-1.25) == [cancels, leaks, advice]


def test_lrp_of_nothing_is_said_to_leak():
    nothing = Explanation(MAP, {"total": np.array([0.0]), "leak": np.array([np.inf])})
    assert lrp_notes({"four": nothing})[0].startswith("LRP four: the pixels sum to −1, not to 0.")


def test_ties_are_explained_where_there_are_any():
    [sentence] = ties_note(0.43, ["Saliency", "LRP"])
    assert sentence.startswith("43 % of the active") and "Saliency, LRP" in sentence
    assert ties_note(0.0, ["LRP"]) == ties_note(np.nan, ["LRP"]) == []


def test_the_methods_that_are_said_to_depend_on_ties_are_those_that_do():
    model = runs.find("mnist-small_cnn").model()
    test = datasets.load("mnist", "test")
    images, classes = test.images[:20].astype(np.float32), test.labels[:20]
    # Noise of a ten-thousandth of a grey level breaks the ties and changes nothing else.
    moved = images + np.float32(1e-4) * np.random.default_rng(0).standard_normal(images.shape, np.float32)
    depend = set()
    for label, method in METHODS.items():
        function = getattr(saliency, method.name)
        settings = method.settings(Options(num_copies=5, steps=25, num_perturbations=100))
        maps, other = (function(model, batch, classes, **settings).maps for batch in (images, moved))
        changed = np.abs(maps - other).max(axis=(1, 2)) / np.abs(maps).max(axis=(1, 2))
        assert changed.max() > 0.3 or changed.max() < 0.01
        if changed.max() > 0.3:
            depend.add(label)
    assert depend == {label for label, method in METHODS.items() if method.meets_ties}


def test_the_page_says_where_a_gradient_is_one_of_several(open_page):
    app = open_page(EXPLAIN, run="mnist-small_cnn", sample="7")
    assert not any("max-pooling" in info.value for info in app.info)  # of Grad-CAM and SmoothGrad it is not true
    app.multiselect(key="methods").set_value(["Saliency"]).run()
    share = saliency.pooling_ties(
        runs.find("mnist-small_cnn").model(), datasets.load("mnist", "test").images[7:8]
    ).item()
    [info] = [info.value for info in app.info if "max-pooling" in info.value]
    assert info.startswith(f"{100 * share:.0f} % of the active max-pooling windows")
    app = open_page(EXPLAIN, run="mnist-dense")
    app.multiselect(key="methods").set_value(["Saliency"]).run()
    assert not any("max-pooling" in info.value for info in app.info)


def test_the_page_says_that_lrp_cancels_on_conv10_and_gamma_prevents_it(open_page):
    app = open_page(EXPLAIN, run="cifar10-conv10", sample="0", asked="One class")
    app.multiselect(key="methods").set_value(["LRP"]).run()
    assert any("nearly cancel" in info.value for info in app.info)
    app.number_input(key="gamma").set_value(10.0).run()
    assert not app.exception
    assert not any("nearly cancel" in info.value for info in app.info)
    assert any("came from biases" in info.value for info in app.info)


def test_the_caption_names_the_methods_whose_badge_says_how_far_to_trust_the_map(open_page):
    app = open_page(EXPLAIN, run="mnist-small_cnn", asked="One class")
    app.multiselect(key="methods").set_value(list(METHODS)).run()
    [caption] = [caption.value for caption in app.caption if "A badge says" in caption.value]
    promised = caption[: caption.index("The other methods")].lower()
    found = {key[5]: store.kept().get(key) for key in store.kept().names() if key[0] == "mnist-small_cnn"}
    for method, explanation in found.items():
        text = METHODS[method].badge(explanation, 0)[0]
        tells = any(word in text for word in ("not attributed", "biases", "R²", "standard error"))
        assert tells == (method.lower() in promised), method
