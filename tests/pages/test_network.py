"""The networks' process as pages see it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.serving import Networks, RunChanged, WorkerEnded
from tests.pages.conftest import ROOT
from ui import serving
from ui.components.saliency import store

SMALL = "mnist-small_cnn"
# Every page opened and used in a fresh process; prints what of Keras that process has imported.
TOUR = """
import sys
from streamlit.testing.v1 import AppTest

def opened(page, **query):
    app = AppTest.from_file("app.py", default_timeout=120)
    app.query_params.update(query | {"run": "mnist-small_cnn"})
    if page != "app.py":
        app.switch_page(page)
    app.run()
    assert not app.exception, (page, query, app.exception)
    return app

def clicked(app, label):
    next(button for button in app.button if button.label.startswith(label)).click().run()
    assert not app.exception, app.exception

opened("app.py")
opened("pages/1_Train.py")
opened("pages/2_Inspect.py", sample="8", why="true").toggle(key="why").set_value(True).run()
app = opened("pages/3_Draw.py", example="2 round")
app.get_by_key("way").set_value("Example").run()
assert not app.exception, app.exception
opened("pages/4_Reject.py", band="true")
for view in ("Reliability", "Temperature", "Prediction sets"):
    opened("pages/9_Calibrate.py", view=view)
app = opened("pages/5_Explain.py", spread="true")
app.multiselect(key="methods").set_value(app.multiselect(key="methods").options).run()
assert not app.exception, app.exception
opened("pages/5_Explain.py", view="Many at once")
clicked(opened("pages/5_Explain.py", view="Can it be trusted?"), "Measure")
for view in ("Confusion matrix", "Superclasses", "Logits", "Labels and people"):
    opened("pages/6_Errors.py", view=view)
for view in ("Threshold split", "Noise", "Data from elsewhere"):
    opened("pages/7_Shift.py", view=view)
import ui.serving
ui.serving.NUM_PASSES = 2
clicked(opened("pages/7_Shift.py", view="Which doubt"), "Compute")
print(sorted({"keras", "tensorflow", "jax", "torch"} & set(sys.modules)))
"""


def test_no_page_imports_keras_whatever_is_done_on_it(own_runs):
    done = subprocess.run([sys.executable, "-c", TOUR], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("error", [WorkerEnded("It ended. Ask again."), RunChanged("It changed. Reload the page.")])
@pytest.mark.parametrize(
    ("page", "view"),
    [("3_Draw", None), ("5_Explain", "One picture"), ("5_Explain", "Many at once"), ("7_Shift", "Noise")],
)
def test_a_network_that_cannot_answer_costs_one_sentence_on_every_page(open_page, monkeypatch, page, view, error):
    def fails(*asked):
        raise error

    monkeypatch.setattr(Networks, "ask", fails)
    for kept in (serving._about, serving._warmed, store.kept):
        kept.clear()
    app = open_page(f"pages/{page}.py", run=SMALL, **({"view": view} if view else {}), example="2 round")
    if page == "3_Draw":
        app.get_by_key("way").set_value("Example").run()
    assert not app.exception
    assert [said.value for said in app.error] == [str(error)]


def test_after_its_process_was_killed_the_next_click_is_answered(open_page):
    store.kept.clear()
    app = open_page("pages/5_Explain.py", run=SMALL)
    for pid in serving.networks().pids:
        os.kill(pid, signal.SIGKILL)
    app.number_input(key="sample").set_value(3).run()
    assert not app.exception
    # Killed in the very moment of the question it costs a sentence, and the click after it is answered.
    if app.error:
        app.run()
    assert not app.error
    assert len({key[2] for key in store.kept().names()}) == 2  # the first picture and the second


def test_what_a_page_knows_of_a_network_is_asked_once(open_page, monkeypatch):
    asked = []
    ask = Networks.ask
    monkeypatch.setattr(
        Networks, "ask", lambda self, question, *rest: (asked.append(question.function), ask(self, question, *rest))[1]
    )
    for kept in (serving._about, serving._warmed):
        kept.clear()
    for _ in range(2):
        open_page("pages/5_Explain.py", run=SMALL)
    assert asked.count("core.serving.answers.about") <= 2  # once to warm, once for the page


def test_the_processes_of_a_shared_installation_are_told_apart_by_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("WAKARANAI_NETWORKS", str(tmp_path))
    assert [process._place.folder for process in Networks()._processes] == [tmp_path / "cpu"]
    monkeypatch.delenv("WAKARANAI_NETWORKS")
    folders = [Networks()._processes[0]._place.folder for _ in range(2)]
    assert folders[0] != folders[1]
    assert not any(Path(folder).is_relative_to(tmp_path) for folder in folders)
