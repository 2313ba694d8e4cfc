"""The long attack (`python -m tests.attack`) in two minutes: a part of each of its parts, always the same one."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.attack import __main__ as command
from tests.attack import addresses, files, folders, kills, sessions
from tests.core.training.hostile import HARMS
from tests.pages.test_links import EVERY_VIEW

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_damaged_files_are_read_or_refused_in_a_sentence(tmp_path):
    tallies = files.attack(500, 0, tmp_path / "broken")
    assert files.num_broken(tallies) == 0, files.table(tallies)
    assert sum(tally.read + tally.refused for tally in tallies.values()) == pytest.approx(500, abs=5)
    # Damage that is always noticed, or never, would test little.
    assert tallies["pictures"].read > 10 < tallies["pictures"].refused


def test_a_trainer_that_is_killed_at_any_moment_ends_as_if_nothing_had_happened():
    found = kills.attack(4, 0, replace(kills.CONFIG, epochs=3))
    assert kills.num_broken(found) == 0, kills.table(found)
    assert found.moments.total() == 4


def test_visitors_who_train_and_upload_and_click_do_not_notice_each_other():
    # In a thread of its own: in this one, Playwright may have left a loop running.
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(sessions.attack, 6, 0.25, 0, until_forgotten=False).result()
    assert sessions.num_broken(found) == 0, sessions.table(found)
    assert found.num_runs >= 1
    assert found.num_reruns > 12


def test_hostile_values_in_an_address_are_text():
    found = addresses.attack(10, 0, most=60)
    assert addresses.num_broken(found) == 0, addresses.table(found)
    assert sum(found.opened.values()) == 60


def test_damaged_folders_break_no_page():
    found = folders.attack(0, 0)
    assert folders.num_broken(found) == 0, folders.table(found)
    assert found.opened == {folders.ALL: len(EVERY_VIEW)}
    assert len(HARMS) >= 30


def test_there_are_fifty_different_hostile_values():
    assert len(set(addresses.VALUES)) == len(addresses.VALUES) == 50


def test_the_same_seed_damages_files_in_the_same_way(tmp_path):
    first, again = (files.attack(20, 7, tmp_path, ("idx", "label reviews")) for _ in range(2))
    assert [(tally.read, tally.refused) for tally in first.values()] == [
        (tally.read, tally.refused) for tally in again.values()
    ]


def test_a_file_that_breaks_something_is_kept_and_makes_the_command_fail(tmp_path, monkeypatch, capsys):
    def breaks(content: bytes, name: str, folder: object) -> None:
        if content != files.entries()["cifar10"].whole()[name]:
            raise KeyError("a key")

    whole = files.entries()["cifar10"]
    monkeypatch.setattr(files, "entries", lambda: {"cifar10": replace(whole, read=breaks)})
    assert command.main(["files", "--count", "3", "--keep", str(tmp_path)]) == 1
    assert "KeyError: 'a key'" in capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == 3


def test_a_count_without_a_part_is_refused(capsys):
    with pytest.raises(SystemExit):
        command.main(["--count", "3"])
    assert "--count belongs to one part" in capsys.readouterr().err


def test_memory_may_grow_by_a_tenth():
    found = sessions.Visitors(memory={"after the warm-up": (300, 700), "after all have left": (350, 700)})
    assert sessions.growth(found) == pytest.approx(0.05)
    assert sessions.num_broken(found) == 0
    found.memory["after all have left"] = (500, 700)
    assert sessions.num_broken(found) == 1
