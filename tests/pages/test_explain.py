"""Page Explain through its widgets."""

import numpy as np
import pytest

from core.data import datasets
from core.metrics.explanation import METHOD_IS_SLOW
from core.metrics.predictions import Answers
from core.serving import Network
from core.training import runs
from core.views import overlays
from ui import judge
from ui.explain import maps, methods

EXPLAIN = "pages/5_Explain.py"
SMALL = "mnist-small_cnn"


@pytest.fixture(autouse=True)
def nothing_kept():
    maps.kept.clear()


def first_error() -> int:
    test = runs.find(SMALL).predictions("test")
    wrong = np.flatnonzero(~test.correct)
    return int(wrong[np.argmax(test.probs.max(axis=1)[wrong])])


def test_it_opens_on_the_surest_error_with_two_methods_for_two_classes(open_page):
    app = open_page(EXPLAIN, run=SMALL)
    assert app.number_input(key="sample").value == first_error()
    assert len(maps.kept().names()) == 4
    assert app.multiselect(key="methods").value == ["Grad-CAM", "SmoothGrad"]


def test_the_page_offers_each_method_of_core_exactly_once():
    assert sorted(method.name for method in methods.METHODS.values()) == sorted(METHOD_IS_SLOW)


def test_every_method_gives_a_map_or_a_sentence_for_every_target(open_page):
    for asked in ("One class", "Why this and not that", "Doubt: entropy", "Doubt: top-two margin"):
        maps.kept.clear()
        app = open_page(EXPLAIN, run=SMALL, asked=asked)
        app.multiselect(key="methods").set_value(list(methods.METHODS)).run()
        assert not app.exception
        found = {key[5]: maps.kept().get(key) for key in maps.kept().names()}
        assert set(found) == set(methods.METHODS)
        refused = {method for method, value in found.items() if isinstance(value, maps.Refused)}
        # A function of logits has no relevance or difference to hand back.
        assert refused == ({"DeepLIFT", "LRP"} if "Doubt" in asked else set())
        badges = [methods.METHODS[method].badge(found[method].proof, 0)[0] for method in set(found) - refused]
        assert all(badges)


def test_a_network_without_convolutions_is_explained_by_the_other_methods(open_page):
    open_page(EXPLAIN, run="mnist-dense")
    found = {key[5]: maps.kept().get(key) for key in maps.kept().names()}
    assert "grad_cam needs a convolution" in found["Grad-CAM"].sentence
    assert found["SmoothGrad"].maps.shape == (1, 28, 28)


def test_a_drawing_is_explained_once_there_is_one(open_page):
    app = open_page(EXPLAIN, run=SMALL, of="Drawing")
    assert any("Nothing was drawn yet" in info.value for info in app.info)


def test_the_spread_over_dropout_is_shown_and_refused_without_dropout(open_page):
    app = open_page(EXPLAIN, run=SMALL, spread="true")
    assert sum(key[0] == "spread" for key in maps.kept().names()) == 1
    app = open_page(EXPLAIN, run="mnist-dense", spread="true")
    app.selectbox(key="spread_of").select("SmoothGrad").run()
    assert any("Dropout" in info.value for info in app.info)


@pytest.mark.parametrize("what", ["predicted class", "true class", "why predicted and not true"])
def test_many_rows_are_explained_at_once(open_page, what):
    app = open_page(EXPLAIN, run=SMALL, view="Many at once", what=what)
    assert any("79 images" in caption.value for caption in app.caption)
    app.selectbox(key="which").select("refused").run()
    assert not app.exception


def test_trust_is_measured_on_request(open_page):
    app = open_page(EXPLAIN, run=SMALL, view="Can it be trusted?")
    app.multiselect(key="trusted").set_value(["Vanilla gradient", "Guided backprop"]).run()
    assert not app.dataframe
    next(button for button in app.button if button.label.startswith("Measure")).click().run()
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Method"].tolist() == ["Vanilla gradient", "Guided backprop", "random ranking"]
    app.select_slider(key="broken").set_value(3).run()
    assert not app.exception


def test_the_look_is_taken_over(open_page):
    app = open_page(EXPLAIN, run=SMALL)
    app.selectbox(key="sign").select(overlays.SIGNS[3]).run()
    app.slider(key="opacity").set_value(0.2).run()
    assert not app.exception


def test_an_opened_sample_says_why(open_page):
    app = open_page("pages/2_Inspect.py", run=SMALL, sample=str(first_error()))
    app.toggle(key="why").set_value(True).run()
    assert not app.exception
    assert len(maps.kept().names()) == 4


def test_an_upload_is_explained_and_what_is_no_picture_is_refused(open_page):
    app = open_page(EXPLAIN, run=SMALL, of="Upload")
    drawing = runs.ROOT / "starter/drawings/2 as if photographed.png"
    app.file_uploader(key="explained_file").set_value(("two.png", drawing.read_bytes(), "image/png")).run()
    assert not app.exception
    assert any("Says **2**" in text.value for text in app.markdown)
    assert len(maps.kept().names()) == 2  # nobody told its true class
    app.file_uploader(key="explained_file").set_value(("no.png", b"no picture", "image/png")).run()
    assert not app.exception
    assert any("no.png" in error.value for error in app.error)


def test_the_last_drawing_is_explained(open_page):
    image = datasets.load("mnist", "test").images[0]
    app = open_page(EXPLAIN, run=SMALL)
    answers = Answers(runs.find(SMALL).predictions("test").logits[:1], tuple("0123456789"))
    app.session_state["history"] = [judge.Kept(image, answers, True, ())]
    app.segmented_control(key="of").set_value("Drawing").run()
    assert not app.exception
    assert any("Says **7**" in text.value for text in app.markdown)


def test_what_one_visitor_computed_is_there_for_the_next(open_page, monkeypatch):
    open_page(EXPLAIN, run=SMALL)
    monkeypatch.setattr(Network, "ask", None)
    app = open_page(EXPLAIN, run=SMALL)
    assert not app.error
    assert len(maps.kept().names()) == 4


def test_the_maps_used_longest_ago_are_forgotten_where_there_are_too_many_bytes():
    kept = maps.Kept(most_bytes=2500)
    for key in ("a", "b"):
        kept.keep((key,), bytes(1000))
    assert kept.get(("a",)) == bytes(1000)
    kept.keep(("c",), bytes(1000))
    assert kept.names() == [("a",), ("c",)]
    assert kept.get(("b",)) is None
    kept.keep(("large",), bytes(9000))  # the newest stays, however large
    assert kept.names() == [("large",)]
