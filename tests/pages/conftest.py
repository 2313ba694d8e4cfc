"""Pages opened alone, without a browser."""

from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.training import runs
from ui.loaded import data
from ui.shell import PAGES as LISTED

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page.file for page in LISTED.values()]


@pytest.fixture(autouse=True)
def no_search_for_components(monkeypatch):
    """For each new window, Streamlit reads what every installed package is: nine tenths of the time of opening a page."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", list)


@pytest.fixture
def open_page(own_runs):
    """Open a page, with an address of one's own, and see that nothing went wrong."""

    def opened(page: str, /, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)  # a busy machine is no fault of the app
        for key, value in query.items():
            app.query_params[key] = value
        if page != "app.py":
            app.switch_page(page)
        app.run()
        assert not app.exception, app.exception
        return app

    return opened


@pytest.fixture
def no_starters(tmp_path, monkeypatch):
    """An app that came without runs."""
    monkeypatch.setattr(runs, "STARTER", tmp_path / "none")
    data._predictions.clear()
