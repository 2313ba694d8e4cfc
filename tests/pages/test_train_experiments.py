"""Page Train's second part: choosing, starting, stopping and writing an experiment."""

import json
import shutil
from functools import partial

import pytest
from filelock import FileLock

from core.training import experiments, owners, queue, runs
from core.training.experiments import parsed
from tests.core.training.test_experiment_status import finish
from ui import rights

TEXT = """
title = "Dense: two batches"
seeds = [0, 1]
settings = {dataset = "mnist", architecture = "dense", epochs = 1}
variants = [{name = "small", batch_size = 32}, {name = "large", batch_size = 512}]
"""
MINE, THEIRS = "0123456789abcdef" * 2, "fedcba9876543210" * 2


@pytest.fixture
def mine(own_runs):
    """An experiment of one's own, of which nothing is trained yet."""
    own_runs.mkdir()
    (own_runs / "mine.toml").write_text(TEXT)
    return experiments.find("mine")


@pytest.fixture
def train(open_page, mine, monkeypatch):
    """Opens the experiment; no process is started."""
    monkeypatch.setattr(queue, "serve", lambda parent=None: None)
    return partial(open_page, "pages/1_Train.py", train="Experiment", experiment="mine")


def buttons(app) -> dict[str, object]:
    return {button.label: button for button in app.button}


def actions(app) -> set[str]:
    return buttons(app).keys() & {"Start experiment", "Go on", "Stop"}


def table(app) -> str:
    return next(each.proto.body for each in app.get("html") if "<table>" in each.proto.body)


def said(app) -> str:
    return " ".join(each.value for each in (*app.markdown, *app.caption, *app.warning, *app.error, *app.success))


def failed(cell, number: int, error: str) -> None:
    run = runs.create(cell.config, cell.run_name)
    (run.folder / "error.txt").write_text(error)
    (run.folder / "experiment.json").write_text(json.dumps({"number": number, "seconds": 1}))


def test_one_run_is_what_the_page_begins_with(open_page):
    app = open_page("pages/1_Train.py")
    assert "Start training" in buttons(app)
    assert not actions(app)


def test_an_experiment_is_shown_with_its_runs_before_it_begins(train):
    app = train()
    assert "Dense: two batches" in said(app).replace("\N{WORD JOINER}", "").replace("\\", "")
    assert "**4** runs: 2 variants with 2 seeds · MNIST · dense" in said(app)
    assert table(app).count("not yet") == 4
    assert actions(app) == {"Start experiment"}
    assert "Start training" not in buttons(app)


def test_accuracies_that_came_with_the_app_stand_in_brackets(train):
    app = train(experiment="natural-softmax-small")
    came = [run for run in runs.shipped_results() if run.folder.parent.name == "natural-softmax-small"]
    assert came
    for run in came:
        assert f">({100 * run.done()['test_accuracy']:.2f} %)<" in table(app)
    assert table(app).count("not yet") == len(experiments.find("natural-softmax-small").cells) - len(came)
    assert "in brackets, of one that came with the app" in said(app)


def test_the_experiment_that_is_soon_over_is_the_first_one(open_page):
    assert open_page("pages/1_Train.py", train="Experiment").selectbox(key="experiment").value == "quick"


def test_an_experiment_that_the_address_names_and_is_not_here_is_another(train):
    assert not train(experiment="nobody").exception


def test_start_starts_the_process(train, mine, monkeypatch):
    started = []
    monkeypatch.setattr(experiments, "start", lambda experiment, owner: started.append((experiment, owner)))
    buttons(train())["Start experiment"].click().run()
    assert started == [(mine, None)]


def test_a_run_that_is_done_shows_its_accuracy_and_the_time_left(train, mine):
    finish(mine.cells[0], 100)
    app = train()
    assert "96.56 %" in table(app)
    assert "1 of 4 runs done" in app.get("progress")[0].proto.text
    assert actions(app) == {"Go on"}


def test_a_run_that_failed_says_why_on_hover_and_below(train, mine):
    failed(mine.cells[1], 3, 'The loss became "nan" <b>at</b> step 3.')
    app = train()
    assert 'title="The loss became &quot;nan&quot; &lt;b&gt;at&lt;/b&gt; step 3."' in table(app)
    assert app.error[0].value.startswith("large, seed 0: The loss became")
    assert "<b>" not in app.error[0].value.replace("\\<b", "")


def test_a_run_that_failed_once_is_tried_again(train, mine):
    failed(mine.cells[1], 1, "Out of memory.")
    assert "failed, is tried again" in table(train())


def test_an_experiment_at_work_can_be_stopped(train, mine):
    run = runs.create(mine.cells[0].config, mine.cells[0].run_name)
    queue.join(run)
    mine.folder.mkdir(parents=True)
    with FileLock(mine.folder / "lock"):
        app = train()
        assert actions(app) == {"Stop"}
        assert "waiting" in table(app)
        buttons(app)["Stop"].click().run()
    assert run.status == "stopped"
    assert (mine.folder / "stop").exists()
    assert actions(train()) == {"Go on"}


def test_a_run_at_work_without_the_process_can_be_stopped_and_the_experiment_goes_on(train, mine):
    queue.join(runs.create(mine.cells[0].config, mine.cells[0].run_name))
    assert actions(train()) == {"Stop", "Go on"}


def test_an_experiment_whose_runs_are_done_says_so(train, mine):
    for cell in mine.cells[:3]:
        finish(cell, 1)
    failed(mine.cells[3], 3, "Out of memory.")
    app = train()
    assert not actions(app)
    assert "3 runs are done. 1 failed as often as they may" in said(app)
    shutil.rmtree(mine.cells[3].folder)
    finish(mine.cells[3], 1)
    assert "All 4 runs are done." in said(train())


def test_a_run_of_this_name_with_other_settings_is_a_sentence(train, mine):
    runs.create(mine.cells[2].config, mine.cells[0].run_name)
    app = train()
    assert "is there with another seed than the experiment says" in said(app)
    assert not actions(app)


def test_a_missing_data_set_is_offered(train, monkeypatch, tmp_path):
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    app = train(experiment="five-losses")
    assert "CIFAR-10 is not here in full" in said(app)
    assert "Download from the publisher" in buttons(app)
    assert not actions(app)


def write(app, name: str, text: str):
    app.text_input(key="own_experiment").set_value(name)
    app.text_area(key="own_text_mine").set_value(text).run()
    return app


def test_an_experiment_of_ones_own_is_saved_and_chosen(train, own_runs):
    app = write(train(), "third", TEXT.replace("Dense", "Third"))
    buttons(app)["Save experiment"].click().run()
    assert not app.exception
    assert (own_runs / "third.toml").read_text() == TEXT.replace("Dense", "Third")
    assert app.selectbox(key="experiment").value == "third"
    assert app.text_input(key="own_experiment").value == ""


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("../x", TEXT, "The experiment's name must have letters"),
        ("third", "seeds = 3", "title must be a text"),
        ("third", TEXT.replace("batch_size = 32", "batch = 32"), "Did you mean batch_size?"),
    ],
)
def test_what_is_wrong_with_an_own_experiment_is_a_sentence(train, own_runs, name, text, sentence):
    app = write(train(), name, text)
    assert sentence in said(app).replace("\\", "")
    assert buttons(app)["Save experiment"].disabled
    assert [file.name for file in own_runs.glob("*.toml")] == ["mine.toml"]


def test_a_name_that_is_taken_is_a_sentence(train):
    app = write(train(), "quick", TEXT)
    buttons(app)["Save experiment"].click().run()
    assert "There is an experiment quick already" in said(app)


def test_a_file_that_cannot_be_read_is_a_sentence(train, own_runs):
    (own_runs / "bad.toml").write_text("seeds = 3")
    assert "title must be a text of 1 to 100 letters" in said(train())


# A server that many share.


@pytest.fixture
def train_as(train, monkeypatch):
    monkeypatch.setenv("WAKARANAI_SHARED", "1")
    monkeypatch.setenv("WAKARANAI_HOST_KEY", "the host's key")
    rights.host_key.clear()

    def opened(secret: str):
        app = train()
        app.session_state["visitor_secret"] = secret
        return app.run()

    yield opened
    rights.host_key.clear()


def test_an_experiment_carries_the_name_of_who_started_it(train_as, mine, monkeypatch):
    started = []
    monkeypatch.setattr(experiments, "start", lambda experiment, owner: started.append(owner))
    app = train_as(MINE)
    assert buttons(app)["Start experiment"].disabled
    app.text_input(key="visitor_name").set_value("Ken").run()
    buttons(app)["Start experiment"].click().run()
    assert started == [owners.owner("Ken", MINE)]


@pytest.mark.parametrize(("secret", "may"), [(MINE, {"Stop"}), (THEIRS, set())])
def test_only_its_owner_can_stop_an_experiment(train_as, mine, secret, may):
    mine.folder.mkdir(parents=True)
    owners.claim(mine, owners.owner("Aiko", MINE))
    queue.join(runs.create(mine.cells[0].config, mine.cells[0].run_name))
    with FileLock(mine.folder / "lock"):
        app = train_as(secret)
        assert actions(app) == may
        assert ("Only they and the host can stop it or go on with it" in said(app)) == (not may)


def test_the_field_for_the_name_stands_directly_above_the_button(open_page, own_runs, monkeypatch):
    monkeypatch.setenv("WAKARANAI_SHARED", "1")
    monkeypatch.setenv("WAKARANAI_HOST_KEY", "the host's key")
    rights.host_key.clear()
    app = open_page("pages/1_Train.py")
    labels = [each.label for each in app.main if getattr(each, "label", None)]
    assert labels.index("Your name") < labels.index("Start training") < labels.index("Train for")
    rights.host_key.clear()


def test_no_page_shows_the_path_of_the_runs_folder(open_page, own_runs):
    own_runs.write_text("a file in its place")
    app = open_page("pages/1_Train.py")
    assert "The folder for runs cannot be read: Not a directory." in app.error[0].value
    assert str(own_runs.parent) not in said(app)


def test_the_example_is_an_experiment(mine):
    assert parsed("mine", TEXT) == mine


def test_an_experiment_that_has_begun_keeps_its_owner(train_as, mine):
    mine.folder.mkdir(parents=True)
    owners.claim(mine, owners.owner("Aiko", MINE))
    (runs.create(mine.cells[0].config, mine.cells[0].run_name).folder / "stop").touch()
    assert actions(train_as(THEIRS)) == set()
    app = train_as(MINE)
    assert not buttons(app)["Go on"].disabled
    assert "This is your experiment" in said(app)
    assert not [box for box in app.text_input if box.key == "visitor_name"]


def test_the_host_can_go_on_with_every_experiment(train_as, mine):
    runs.create(mine.cells[0].config, mine.cells[0].run_name)
    app = train_as(THEIRS)
    assert actions(app) == set()
    app.text_input(key="host_key_given").set_value("the host's key").run()
    assert actions(app) == {"Go on"}
