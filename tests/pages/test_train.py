"""Page Train's options; what it shows of a run is tested beside the other pages."""

import json
import shutil
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from core.training import control, queue, runs
from core.training.config import RECIPES, RunConfig


@pytest.fixture
def train(open_page):
    return partial(open_page, "pages/1_Train.py")


def start_button(app: AppTest):
    return next((button for button in app.button if button.label == "Start training"), None)


def test_an_architecture_that_does_not_fit_is_refused_in_a_sentence(train):
    app = train(dataset="MNIST", architecture="pets_transfer")
    assert "pets_transfer takes colour images of 224 x 224 pixels" in app.warning[0].value
    assert start_button(app).disabled


def test_vgg19_is_shown_layer_by_layer(train):
    app = train(architecture="vgg19")
    assert any("Without biases 42,988,096 weights, and 10,000" in caption.value for caption in app.caption)
    assert app.dataframe[0].value["Weights"].tolist()[:2] == [576, 36_864]


def test_every_option_reaches_the_runs_config(train, monkeypatch):
    started = []
    monkeypatch.setattr(
        control, "start", lambda config, name, owner: started.append(config) or runs.create(config, name)
    )
    app = train(
        architecture="softmax_regression", flip="true", cutout="4", smoothing="0.1", decay="0.0005", averaging="0.9",
        patience="3", schedule="one-cycle", shift="2",
    )  # fmt: skip
    app.selectbox(key="loss").select("superclass").run()
    app.number_input(key="loss_weight").set_value(0.5).run()
    start_button(app).click().run()
    [config] = started
    assert (config.flip, config.cutout, config.label_smoothing, config.weight_decay) == (True, 4, 0.1, 0.0005)
    assert (config.averaging, config.patience, config.schedule, config.shift) == (0.9, 3, "one-cycle", 2)
    assert (config.loss, config.loss_weight) == ("superclass", 0.5)


def test_the_number_of_images_is_said(train):
    assert any(
        "50,000 training images, 10,000 validation images, 10,000 test images." in caption.value
        for caption in train().caption
    )


def test_a_sample_is_called_one(train, monkeypatch, tmp_path):
    from tests.core.data.formats.test_pets import TEN_EACH, write

    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    write(tmp_path / "oxford_pets", TEN_EACH)
    app = train(dataset="Oxford-IIIT Pet", architecture="pets_transfer")
    assert app.info[0].value.startswith("A sample: 20 of the 7,349 published images are here")
    assert any("12 training images, 4 validation images, 4 test images." in caption.value for caption in app.caption)
    assert not start_button(app).disabled


def test_a_recipe_is_filled_in_where_a_network_has_one(train, monkeypatch):
    started = []
    monkeypatch.setattr(
        control, "start", lambda config, name, owner: started.append(config) or runs.create(config, name)
    )
    app = train(architecture="vgg19", unit="steps", shift="3")
    next(button for button in app.button if button.label == "Use recommended settings").click().run()
    start_button(app).click().run()
    [config] = started
    assert config == RunConfig("mnist", "vgg19", **RECIPES["vgg19"])
    assert not [button for button in train(architecture="dense").button if button.label == "Use recommended settings"]


@pytest.mark.parametrize(
    ("dataset", "architecture"),
    [("cifar10", "conv10"), ("mnist", "vgg19"), ("mnist", "deep_mnist"), ("oxford_pets", "pets_transfer")],
)
def test_every_recipe_can_be_filled_in(dataset, architecture):
    from ui.train.options import KEYS

    assert RunConfig(dataset, architecture, **RECIPES[architecture]).epochs
    assert RECIPES[architecture].keys() <= KEYS.keys()


def test_a_page_that_runs_again_by_itself_has_offered_nothing_to_click(monkeypatch):
    from ui.train import watch

    class Again(Exception):
        pass

    def again():
        raise Again

    offered = []
    monkeypatch.setattr(watch.st, "rerun", again)
    monkeypatch.setattr(watch.st, "page_link", lambda *args, **kwargs: offered.append(kwargs["label"]))
    with pytest.raises(Again):  # it was training when the page was drawn
        watch._watched(runs.find("mnist-dense"), was_at_work=True)
    assert offered == []
    watch._watched(runs.find("mnist-dense"), was_at_work=False)
    assert offered == ["Inspect it", "Let it refuse"]


def test_the_curves_of_a_run_that_recorded_only_its_own_loss_say_that_they_cannot_be_compared(train, own_runs):
    shutil.copytree(runs.find("cifar10-conv10").folder, own_runs / "earlier")
    accuracy, loss = (json.loads(chart.proto.spec)["title"]["subtitle"] for chart in train().get("vega_lite_chart"))
    assert loss[-2:] == ["Not comparable with each other: training includes", "label smoothing"]
    assert accuracy == loss[:-2]


def test_a_run_gets_the_name_that_was_typed(train, monkeypatch):
    monkeypatch.setattr(queue, "serve", lambda parent=None: None)
    app = train(architecture="softmax_regression")
    app.text_input(key="run_name").set_value(" my-first.run ").run()
    start_button(app).click().run()
    assert not app.exception
    assert [run.name for run in runs.all_runs() if not run.is_starter] == ["my-first.run"]
    assert app.text_input(key="run_name").value == ""
    app.text_input(key="run_name").set_value("my-first.run").run()
    assert "There is a run named 'my-first.run' already" in app.warning[0].value


def test_a_full_queue_is_a_sentence_and_keeps_what_was_typed(train, monkeypatch):
    monkeypatch.setattr(queue, "serve", lambda parent=None: None)
    monkeypatch.setenv("WAKARANAI_MOST_WAITING", "1")
    control.start(RunConfig("mnist", "softmax_regression", epochs=1), "first")
    app = train(architecture="softmax_regression")
    app.text_input(key="run_name").set_value("second").run()
    start_button(app).click().run()
    assert not app.exception
    assert "1 run waits already, and no more may" in app.error[0].value
    assert app.text_input(key="run_name").value == "second"
    assert [run.name for run in runs.all_runs() if not run.is_starter] == ["first"]


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "two words", "あ", "mnist-dense", "MNIST-Dense"])
def test_a_name_that_no_run_can_have_is_refused_in_a_sentence(train, name):
    app = train(architecture="softmax_regression")
    app.text_input(key="run_name").set_value(name).run()
    assert "name" in app.warning[0].value
    assert start_button(app).disabled
