"""Pages opened alone, without a browser."""

from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from core.training import runs
from ui.loaded import data
from ui.shell import PAGES as LISTED

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page.file for page in LISTED.values()]


@pytest.fixture(autouse=True)
def without_what_takes_long_and_is_not_ours(monkeypatch):
    leave_out_what_is_not_ours(monkeypatch)


def leave_out_what_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Streamlit does for each new window and after each script took nine tenths of the time of these tests."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", list)  # reads what every installed package is
    # Clears Keras's session and collects all garbage, where Keras is loaded: here by other tests, on the server never.
    monkeypatch.setattr(script_runner, "_clean_problem_modules", lambda: None)


def opened(page: str, /, **query: str) -> AppTest:
    """A page, opened with an address of one's own; nothing went wrong."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)  # a busy machine is no fault of the app
    for key, value in query.items():
        app.query_params[key] = value
    if page != "app.py":
        app.switch_page(page)
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.fixture
def open_page(own_runs):
    return opened


@pytest.fixture
def no_starters(tmp_path, monkeypatch):
    """An app that came without runs."""
    monkeypatch.setattr(runs, "STARTER", tmp_path / "none")
    monkeypatch.setattr(runs, "EXPERIMENTS", tmp_path / "none")
    data._predictions.clear()
