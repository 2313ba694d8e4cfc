"""A server that many share: who may stop, resume and delete a run."""

import pytest
import streamlit as st

from core.training import owners, queue, runs
from core.training.config import RunConfig
from ui import rights

TRAIN = "pages/1_Train.py"
MINE, THEIRS = "0123456789abcdef" * 2, "fedcba9876543210" * 2
KEY = "the host's key"


@pytest.fixture
def shared(own_runs, monkeypatch):
    """A shared server with one stopped run of Aiko's."""
    monkeypatch.setenv("WAKARANAI_SHARED", "1")
    monkeypatch.setenv("WAKARANAI_HOST_KEY", KEY)
    monkeypatch.setattr(queue, "serve", lambda parent=None: None)
    rights.host_key.clear()
    run = runs.create(RunConfig("mnist", "softmax_regression", epochs=1), "one")
    owners.claim(run, owners.owner("Aiko", MINE))
    (run.folder / "stop").touch()
    yield run
    rights.host_key.clear()


@pytest.fixture
def train_as(open_page, shared):
    """Opens Train as the visitor whose browser keeps a secret."""

    def opened(secret: str):
        app = open_page(TRAIN, architecture="softmax_regression")
        app.session_state["visitor_secret"] = secret
        return app.run()

    return opened


def labels(app) -> set[str]:
    return {button.label for button in app.button} & {"Stop", "Resume", "Delete…"}


def captions(app) -> str:
    return "\n".join(caption.value for caption in app.caption)


def test_the_owner_can_resume_stop_and_delete(train_as, shared):
    app = train_as(MINE)
    assert labels(app) == {"Resume", "Delete…"}
    assert "This is your run" in captions(app)
    next(button for button in app.button if button.label == "Resume").click().run()
    assert shared.status == "waiting"
    assert labels(app) == {"Stop"}


@pytest.mark.parametrize("status", ["stopped", "waiting"])
def test_everybody_else_can_look(train_as, shared, status):
    if status == "waiting":
        queue.join(shared)
    app = train_as(THEIRS)
    assert shared.title in "\n".join(markdown.value for markdown in app.markdown)
    assert labels(app) == set()
    assert "Started by Aiko. Only they and the host can" in captions(app)


def test_a_visitor_whose_browser_has_sent_no_secret_can_look(train_as):
    assert labels(train_as("")) == set()


def test_the_host_may_do_everything_with_the_key(train_as):
    app = train_as(THEIRS)
    app.text_input(key="host_key_given").set_value("a guess").run()
    assert "not the key" in app.error[0].value
    assert labels(app) == set()
    app.text_input(key="host_key_given").set_value(KEY).run()
    assert labels(app) == {"Resume", "Delete…"}


def test_a_run_carries_the_name_and_the_secret_of_who_started_it(train_as):
    app = train_as(THEIRS)
    start = next(button for button in app.button if button.label == "Start training")
    assert start.disabled
    assert "Write your name to start a run" in captions(app)
    app.text_input(key="visitor_name").set_value("Ken").run()
    next(button for button in app.button if button.label == "Start training").click().run()
    (run,) = queue.waiting()
    assert owners.owner_of(run).name == "Ken"
    assert owners.is_owned(run, THEIRS)
    assert not owners.is_owned(run, MINE)


def test_on_ones_own_machine_nobody_is_asked_for_a_name(open_page, shared, monkeypatch):
    monkeypatch.setenv("WAKARANAI_SHARED", "0")
    app = open_page(TRAIN)
    assert labels(app) == {"Resume", "Delete…"}
    assert not [box for box in app.text_input if box.key in ("visitor_name", "host_key_given")]


@pytest.mark.parametrize(
    ("address", "is_shared"),
    [
        ("127.0.0.1", False), ("localhost", False), ("::1", False), ("127.0.1.1", False),
        ("0.0.0.0", True), ("192.168.1.20", True), ("::", True), ("school.example", True), ("", True), (None, True),
    ],
)  # fmt: skip
def test_a_server_is_shared_when_it_listens_beyond_this_machine(monkeypatch, address, is_shared):
    monkeypatch.delenv("WAKARANAI_SHARED", raising=False)
    monkeypatch.setattr(st, "get_option", lambda option: {"server.address": address}[option])
    assert rights.is_shared() == is_shared


def test_the_setting_wins_over_the_address(monkeypatch):
    for setting, is_shared in (("1", True), ("0", False)):
        monkeypatch.setenv("WAKARANAI_SHARED", setting)
        assert rights.is_shared() == is_shared


def test_a_host_key_is_made_once_and_printed_in_the_terminal(monkeypatch, capsys):
    monkeypatch.delenv("WAKARANAI_HOST_KEY", raising=False)
    rights.host_key.clear()
    key = rights.host_key()
    assert rights.host_key() == key
    assert capsys.readouterr().err.count(key) == 1
    assert len(key) == 16
    rights.host_key.clear()
