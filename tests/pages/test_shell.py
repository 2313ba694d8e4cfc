"""What surrounds every page: short names in the list of models, and the tour's way from page to page."""

import pytest

from core.training import runs
from ui.components.run_names import short_names
from ui.shell import TOUR


def test_a_name_is_data_set_and_network_where_these_tell_runs_apart():
    titles = {"a": "MNIST · dense · 1,000 steps", "b": "MNIST · small_cnn · 20 epochs"}
    assert short_names(titles) == {"a": "MNIST · dense", "b": "MNIST · small_cnn"}


def test_what_differs_stands_first_where_data_set_and_network_are_the_same():
    titles = {
        "a": "CIFAR-10 · conv10 · 15 epochs",
        "b": "CIFAR-10 · conv10 · superclass loss · 15 epochs",
        "c": "CIFAR-10 · conv10 · 15 epochs · 20261124-212801",
    }
    assert short_names(titles) == {
        "a": "CIFAR-10 · conv10",
        "b": "superclass loss · CIFAR-10 · conv10",
        "c": "20261124-212801 · CIFAR-10 · conv10",
    }


def test_names_that_would_be_equal_stay_whole():
    titles = {"a": "MNIST · dense · x · x", "b": "MNIST · dense · x", "c": "MNIST · dense · y"}
    assert len(set(short_names(titles).values())) == 3


def test_the_runs_that_came_with_the_app_have_different_short_names_and_the_chosen_title_is_whole(open_page):
    app = open_page("pages/2_Inspect.py", run="cifar10-conv10-superclass")
    picker = app.sidebar.selectbox[0]
    assert len(set(picker.options)) == len(runs.all_runs())
    assert "superclass loss · CIFAR-10 · conv10" in picker.options
    assert any("CIFAR-10 · conv10 · superclass loss · 15 epochs" in text.value for text in app.sidebar.caption)


@pytest.mark.parametrize("stop", TOUR[:2])
def test_a_stop_of_the_tour_links_to_the_next_with_the_same_run(open_page, stop):
    from ui.shell import PAGES

    app = open_page(PAGES[stop].file, run="mnist-small_cnn")
    (link,) = (link.proto for link in app.sidebar.get("page_link") if link.proto.label.startswith("Next stop"))
    assert link.page.endswith(TOUR[TOUR.index(stop) + 1])
    assert link.query_string == "run=mnist-small_cnn"
