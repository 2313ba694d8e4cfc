"""Damaged runs beside whole ones: Train lists them, the other pages do not notice."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.metrics.familiarity import Familiarity
from core.metrics.passes import pass_summary
from core.metrics.whitening import whitened_classes
from core.training import kept_familiarity, kept_scores, passes, runs
from tests.core.training.hostile import HARMS, finished
from ui import serving
from ui.loaded import evidence
from ui.loaded import scores as loaded_scores
from ui.shell import PAGES

TRAIN, COMPARE, INSPECT, HOME = (PAGES[title].file for title in ("Train", "Compare", "Inspect", "Home"))


def shown(app) -> str:
    return " ".join(text.value for text in (*app.markdown, *app.caption, *app.error, *app.warning, *app.subheader))


def delete_buttons(app):
    return [button for button in app.button if (button.key or "").startswith("delete_")]


@pytest.fixture
def every_harm(own_runs):
    for number, (damage, _) in enumerate(HARMS.values()):
        damage(finished(own_runs, f"damaged-{number}"))
    finished(own_runs, "name").rename(os.fsdecode(bytes(own_runs / "name-") + b"\xff"))
    (own_runs / "link").symlink_to(own_runs / "nowhere")
    return own_runs


@pytest.mark.parametrize("page", [page.file for page in PAGES.values()])
def test_no_page_but_train_notices_a_folder_with_every_kind_of_damage(open_page, every_harm, page):
    app = open_page(page)
    if page == TRAIN:
        assert len(delete_buttons(app)) == len(HARMS) + 2
        for _, cause in HARMS.values():
            assert cause.replace("`", "'") in shown(app)
    else:
        assert "damaged" not in shown(app)


@pytest.mark.parametrize(
    "harm", ["deeply nested config", "config is a named pipe", "accuracy is NaN", "predictions are torn"]
)
def test_one_damaged_run_can_be_deleted_on_train(open_page, own_runs, harm):
    damage, cause = HARMS[harm]
    damage(finished(own_runs, "damaged"))
    app = open_page(TRAIN)
    assert "Damaged runs" in shown(app)
    assert cause in shown(app)
    [button] = delete_buttons(app)
    button.click().run()
    confirm(app)
    assert not app.exception
    assert not (own_runs / "damaged").exists()
    assert "Damaged runs" not in shown(app)


def confirm(app):
    next(button for button in app.button if button.label == "Delete permanently").click().run()


def test_a_run_whose_name_is_not_utf8_can_be_deleted(open_page, own_runs):
    finished(own_runs, "name").rename(os.fsdecode(bytes(own_runs / "name-") + b"\xff"))
    app = open_page(TRAIN)
    delete_buttons(app)[0].click().run()
    confirm(app)
    assert not app.exception
    assert list(own_runs.iterdir()) == []


def test_deleting_a_link_leaves_the_folder_that_it_leads_to(open_page, own_runs, tmp_path):
    own_runs.mkdir()
    elsewhere = finished(tmp_path, "elsewhere")
    (elsewhere / "config.json").write_text("")
    (own_runs / "link").symlink_to(elsewhere)
    app = open_page(TRAIN)
    delete_buttons(app)[0].click().run()
    assert "Only the link is deleted" in shown(app)
    confirm(app)
    assert not os.path.lexists(own_runs / "link")
    assert (elsewhere / "done.json").exists()


def test_what_cannot_be_deleted_is_said_with_the_cause(open_page, own_runs, monkeypatch):
    HARMS["torn config"][0](finished(own_runs, "damaged"))

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    app = open_page(TRAIN)
    delete_buttons(app)[0].click().run()
    confirm(app)
    assert not app.exception
    assert "permission denied" in app.error[0].value


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OSError(30, "Read-only file system")])
def test_a_start_that_cannot_write_says_why_and_leaves_nothing(open_page, own_runs, monkeypatch, error):
    def refuse(path, *args, **kwargs):
        raise error

    app = open_page(TRAIN, architecture="softmax_regression")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        next(button for button in app.button if button.label == "Start training").click().run()
    assert not app.exception
    assert ("disk is full" if error.errno == 28 else "read-only") in app.error[0].value
    assert list(own_runs.iterdir()) == []


@pytest.mark.parametrize("page", [page.file for page in PAGES.values() if page.file not in (TRAIN, COMPARE, HOME)])
def test_a_run_that_is_deleted_while_a_page_is_drawn_is_a_sentence(open_page, own_runs, monkeypatch, page):
    from ui import shell

    folder = finished(own_runs, "gone")
    say_if_sample = shell._say_if_sample

    def deleted_in_the_meantime(run):
        say_if_sample(run)
        shutil.rmtree(folder)

    monkeypatch.setattr(shell, "_say_if_sample", deleted_in_the_meantime)
    app = open_page(page, run="gone")
    assert app.error[0].value == "The run gone was deleted or replaced while this page was open. Choose another."


def test_a_run_that_is_replaced_while_a_page_is_open_is_noticed(own_runs, monkeypatch):
    from ui import shell

    class Stopped(Exception):
        pass

    def stop():
        raise Stopped

    said = []
    monkeypatch.setattr(shell.st, "error", lambda text, icon: said.append(text))
    monkeypatch.setattr(shell.st, "stop", stop)
    run = shell.OpenRun(finished(own_runs, "again"))
    record = run.done()
    assert run.done() == record
    file = run.folder / "done.json"
    runs.write_text(file, file.read_text().replace(str(record["finished_at"]), "5"))
    with pytest.raises(Stopped):
        run.done()
    assert said == ["The run again was deleted or replaced while this page was open. Choose another."]


def test_answers_that_cannot_be_read_under_a_sound_header_are_a_sentence(open_page, own_runs):
    file = finished(own_runs, "flipped") / "predictions/test.npz"
    content = bytearray(file.read_bytes())
    content[5000] ^= 255
    file.write_bytes(content)
    for page in (HOME, INSPECT):
        app = open_page(page, run="flipped")
        assert "The run flipped is damaged: predictions/test.npz" in app.error[0].value


def test_kept_results_of_another_length_count_as_nothing(own_runs):
    folder = finished(own_runs, "mixed")
    run = runs.find("mixed")
    kept_scores.save_scores(run, "test", {"fDBD": np.zeros(3)})
    kept_scores.save_scores(run, "validation", {"fDBD": np.zeros(10_000)})
    assert not loaded_scores.is_here(run, "fDBD")
    assert "fDBD" not in evidence.scores(run, evidence.TEST)
    passes.save_passes(run, evidence.TEST, serving.NUM_PASSES, pass_summary(np.full((3, 2, 10), 0.1)))
    assert evidence.kept_passes(run, evidence.TEST) is None
    assert not loaded_scores.is_here(run, "MC mutual information")
    assert (folder / "scores/test.npz").exists()


def test_a_distance_of_another_networks_features_is_a_sentence(open_page, own_runs):
    folder = own_runs / "mixed"
    shutil.copytree(runs.STARTER / "mnist-small_cnn", folder)
    of_four = whitened_classes(np.random.default_rng(0).normal(size=(30, 4)), np.arange(30) % 10)
    kept_familiarity.write(folder / "familiarity.npz", Familiarity(of_four, 1.0))
    app = open_page(PAGES["Draw"].file, run="mixed", way="Example")
    assert "familiarity.npz in the run's folder is of another network. Delete it." in shown(app)
