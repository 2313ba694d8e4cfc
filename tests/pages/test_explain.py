"""Page Explain through its widgets."""

import json

import numpy as np
import pytest
import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from core.data import datasets
from core.metrics.explanation import METHOD_IS_SLOW
from core.metrics.predictions import Answers
from core.metrics.uncertainty import least_confidence
from core.serving import Network
from core.training import runs
from core.views import overlays, trust
from ui.components.history import Kept
from ui.components.saliency import methods, store

EXPLAIN = "pages/5_Explain.py"
SMALL = "mnist-small_cnn"


@pytest.fixture(autouse=True)
def nothing_kept():
    store.kept.clear()


def first_error() -> int:
    test = runs.find(SMALL).predictions("test")
    wrong = np.flatnonzero(~test.correct)
    return int(wrong[np.argmax(test.probs.max(axis=1)[wrong])])


def test_it_opens_on_the_surest_error_with_two_methods_for_two_classes(open_page):
    app = open_page(EXPLAIN, run=SMALL)
    assert app.number_input(key="sample").value == first_error()
    assert len(store.kept().names()) == 4
    assert app.multiselect(key="methods").value == ["Grad-CAM", "SmoothGrad"]


def test_the_page_offers_each_method_of_core_exactly_once():
    assert sorted(method.name for method in methods.METHODS.values()) == sorted(METHOD_IS_SLOW)


def test_every_method_gives_a_map_or_a_sentence_for_every_target(open_page):
    for asked in ("One class", "Why this and not that", "Uncertainty: entropy", "Uncertainty: top-two margin"):
        store.kept.clear()
        app = open_page(EXPLAIN, run=SMALL, asked=asked)
        app.multiselect(key="methods").set_value(list(methods.METHODS)).run()
        assert not app.exception
        found = {key[5]: store.kept().get(key) for key in store.kept().names() if key[0] == SMALL}
        assert set(found) == set(methods.METHODS)
        refused = {method for method, value in found.items() if isinstance(value, store.Refused)}
        # A function of logits has no relevance or difference to hand back.
        assert refused == ({"DeepLIFT", "LRP"} if "Uncertainty" in asked else set())
        badges = [methods.METHODS[method].badge(found[method], 0)[0] for method in set(found) - refused]
        assert all(badges)


def test_a_network_without_convolutions_is_explained_by_the_other_methods(open_page):
    open_page(EXPLAIN, run="mnist-dense")
    found = {key[5]: store.kept().get(key) for key in store.kept().names()}
    assert "grad_cam needs a convolution" in found["Grad-CAM"].sentence
    assert found["SmoothGrad"].maps.shape == (1, 28, 28)


def test_a_drawing_is_explained_once_there_is_one(open_page):
    app = open_page(EXPLAIN, run=SMALL, of="Drawing")
    assert any("Nothing was drawn yet" in info.value for info in app.info)


def test_the_spread_over_dropout_is_shown_and_refused_without_dropout(open_page):
    app = open_page(EXPLAIN, run=SMALL, spread="true")
    assert sum(key[0] == "spread" for key in store.kept().names()) == 1
    app = open_page(EXPLAIN, run="mnist-dense", spread="true")
    app.selectbox(key="spread_of").select("SmoothGrad").run()
    assert any("Dropout" in info.value for info in app.info)


@pytest.mark.parametrize("what", ["predicted class", "true class", "why predicted and not true"])
def test_many_rows_are_explained_at_once(open_page, what):
    app = open_page(EXPLAIN, run=SMALL, view="Many at once", what=what)
    assert any("maps of the 79 images that are wrong" in text.value for text in app.markdown)
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


def measured(open_page, **query):
    """View "Can it be trusted?" with one method measured."""
    app = open_page(EXPLAIN, run=SMALL, view="Can it be trusted?", **query)
    app.multiselect(key="trusted").set_value(["Vanilla gradient"]).run()
    next(button for button in app.button if button.label.startswith("Measure")).click().run()
    assert not app.exception
    return app


def said_of_curves(app):
    """The caption under the curves, the title of their axis, and the help over the first of their numbers."""
    caption = next(caption.value for caption in app.caption if "of the predicted class" in caption.value)
    axis = json.loads(app.get("vega_lite_chart")[0].proto.spec)["encoding"]["y"]["title"]
    return caption, axis, json.loads(app.dataframe[0].proto.columns)["Deletion AUC"]["help"]


def test_the_trust_curves_of_one_image_are_not_called_a_mean(open_page):
    caption, axis, help_text = said_of_curves(measured(open_page, sample="7"))
    assert caption.startswith("Probability of the predicted class, test image 7 alone.")
    assert axis == "Probability of the class"
    assert "mean" not in (caption + axis + help_text).lower()


def test_the_trust_curves_of_many_images_are_called_a_mean_over_them(open_page):
    caption, axis, help_text = said_of_curves(measured(open_page, many="true"))
    assert caption.startswith("Mean probability of the predicted class over the first 100 test images.")
    assert axis == "Mean probability of the class"
    assert "Mean ± standard deviation over the images" in help_text


@pytest.mark.parametrize(
    ("fill", "sentence"),
    [
        ("black", "Replaced pixels become black."),
        ("mid-grey", "Replaced pixels become mid-grey, halfway between the image's extremes."),
    ],
)
def test_the_caption_of_the_trust_curves_names_the_fill_that_was_chosen(open_page, fill, sentence):
    caption = said_of_curves(measured(open_page, fill=fill))[0]
    assert caption.endswith(sentence)


def test_of_a_trial_only_what_is_shown_is_kept(open_page):
    measured(open_page, many="true")
    [key] = store.kept().names()
    trial = store.kept().get(key)
    assert trial.maps.shape == (4, 28, 28)  # of the one picture that is shown: the trained network and three levels
    assert trial.correlations["signed"].shape == (4, 101)


def test_the_trials_of_every_method_fit_in_the_store_for_the_deepest_network():
    levels, side, float32 = 56, 224, 4  # pets_transfer has 55 layers with weights
    assert len(methods.METHODS) * levels * side**2 * float32 < store.MOST_BYTES


@pytest.mark.parametrize("view", ["One picture", "Many at once", "Can it be trusted?"])
def test_a_change_of_look_does_not_ask_the_network_again(open_page, monkeypatch, view):
    app = measured(open_page) if view == "Can it be trusted?" else open_page(EXPLAIN, run=SMALL, view=view)
    monkeypatch.setattr(Network, "ask", None)
    app.slider(key="opacity").set_value(0.2).run()
    app.selectbox(key="sign").select(overlays.SIGNS[3]).run()
    assert not app.exception


@pytest.mark.parametrize("view", ["One picture", "Many at once", "Can it be trusted?"])
def test_a_change_of_look_does_not_end_what_the_page_still_asks(open_page, monkeypatch, view):
    # A widget ends the run of a page that is under way, and its question with it, unless it is in a fragment.
    fragments, slider = [], st.slider

    def noted(label, *arguments, **settings):
        if label == "Opacity":
            fragments.append(ThreadState.get().fragment_id)
        return slider(label, *arguments, **settings)

    monkeypatch.setattr(st, "slider", noted)
    if view == "Can it be trusted?":
        measured(open_page)
    else:
        open_page(EXPLAIN, run=SMALL, view=view)
    assert fragments and all(fragments)


def test_the_look_is_taken_over(open_page):
    app = open_page(EXPLAIN, run=SMALL)
    app.selectbox(key="sign").select(overlays.SIGNS[3]).run()
    app.slider(key="opacity").set_value(0.2).run()
    assert not app.exception


def test_an_opened_sample_says_why(open_page):
    app = open_page("pages/2_Inspect.py", run=SMALL, sample=str(first_error()))
    app.toggle(key="why").set_value(True).run()
    assert not app.exception
    assert len(store.kept().names()) == 4


def test_an_upload_is_explained_and_what_is_no_picture_is_refused(open_page):
    app = open_page(EXPLAIN, run=SMALL, of="Upload")
    drawing = runs.ROOT / "starter/drawings/2 as if photographed.png"
    app.file_uploader(key="explained_file").set_value(("two.png", drawing.read_bytes(), "image/png")).run()
    assert not app.exception
    assert any("Predicted **2**" in text.value for text in app.markdown)
    # Nobody told its true class; and what is computed about it is kept for its visitor alone.
    assert len(app.session_state["own_explanations"].names()) == 2
    assert store.kept().names() == []
    app.file_uploader(key="explained_file").set_value(("no.png", b"no picture", "image/png")).run()
    assert not app.exception
    assert any("no.png" in error.value for error in app.error)


def test_the_last_drawing_is_explained(open_page):
    image = datasets.load("mnist", "test").images[0]
    app = open_page(EXPLAIN, run=SMALL)
    answers = Answers(runs.find(SMALL).predictions("test").logits[:1], tuple("0123456789"))
    app.session_state["history"] = [Kept(image, answers, True, ())]
    app.segmented_control(key="of").set_value("Drawing").run()
    assert not app.exception
    assert any("Predicted **7**" in text.value for text in app.markdown)


def test_what_one_visitor_computed_is_there_for_the_next(open_page, monkeypatch):
    open_page(EXPLAIN, run=SMALL)
    monkeypatch.setattr(Network, "ask", None)
    app = open_page(EXPLAIN, run=SMALL)
    assert not app.error
    assert len(store.kept().names()) == 4


def test_the_maps_used_longest_ago_are_forgotten_where_there_are_too_many_bytes():
    kept = store.Store(most_bytes=2500)
    for key in ("a", "b"):
        kept.keep((key,), bytes(1000))
    assert kept.get(("a",)) == bytes(1000)
    kept.keep(("c",), bytes(1000))
    assert kept.names() == [("a",), ("c",)]
    assert kept.get(("b",)) is None
    kept.keep(("large",), bytes(9000))  # the newest stays, however large
    assert kept.names() == [("large",)]


def test_an_address_opens_the_class_the_comparison_and_the_display_that_were_chosen(open_page):
    app = open_page(EXPLAIN, run=SMALL, sample="247", asked="One class", opacity="0.2", sign="absolute", clip="90.0")
    predicted = int(runs.find(SMALL).predictions("test").predicted[247])
    assert app.selectbox(key=f"class_{predicted}").value == predicted
    app = open_page(
        EXPLAIN,
        run=SMALL,
        sample="247",
        asked="One class",
        opacity="0.2",
        sign="absolute",
        **{f"class_{predicted}": "0"},
    )
    assert app.selectbox(key=f"class_{predicted}").value == 0
    assert (app.slider(key="opacity").value, app.selectbox(key="sign").value) == (0.2, "absolute")
    app = open_page(EXPLAIN, run=SMALL, sample="247", asked="Why this and not that", **{f"why_{predicted}": "1"})
    assert app.selectbox(key=f"why_{predicted}").value == 1


def test_a_link_with_an_old_label_still_asks_the_same(open_page):
    app = open_page(EXPLAIN, run="mnist-dense", asked="Doubt: entropy")
    assert app.selectbox(key="asked").value == "Uncertainty: entropy"


def test_a_method_that_does_not_beat_the_random_ranking_is_marked(open_page, monkeypatch):
    monkeypatch.setattr(trust, "beats_random", lambda *areas, inserts: inserts)
    table = measured(open_page).dataframe[0].value.set_index("Method")
    assert table.loc["Vanilla gradient", "Deletion AUC"].endswith("✗ no better than random")
    assert "✗" not in table.loc["Vanilla gradient", "Insertion AUC"] + "".join(table.loc["random ranking"])


def said(app) -> str:
    return " ".join(text.value for text in app.markdown)


def test_many_at_once_says_how_many_errors_are_answered_and_follows_old_links(open_page):
    test = runs.find(SMALL).predictions("test")
    answered = least_confidence(test.probs) <= 0.3
    app = open_page(EXPLAIN, run=SMALL, view="Many at once", threshold="0.3", which="wrong and accepted")
    left = (~test.correct & answered).sum()
    assert app.selectbox(key="which").value == "wrong and answered"
    assert f"it answers **{left}** of these and refuses {(~test.correct & ~answered).sum()}" in said(app)
    assert f"maps of the {left} images that are wrong and answered." in said(app)


def test_trust_says_what_the_network_predicts_and_then_which_map_ranks_pixels_best(open_page):
    app = open_page(EXPLAIN, run=SMALL, view="Can it be trusted?", sample="7")
    assert "Test image 7: the network predicts **9** with" in said(app)
    assert "Measure how far the maps" in said(app)
    app = measured(open_page, sample="7")
    area = app.dataframe[0].value["Deletion AUC"][0].split()[0]
    assert f"falls fastest in the order of **Vanilla gradient** (area {area}, in random order" in said(app)
