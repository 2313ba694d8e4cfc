"""Whose run it is."""

import os

import pytest

from core.training import owners, runs
from core.training.config import RunConfig

SECRET, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2


@pytest.fixture
def run(own_runs):
    return runs.create(RunConfig("mnist", "softmax_regression", epochs=1), "mine")


def test_only_the_secret_of_its_owner_opens_a_run(run):
    owners.claim(run, owners.owner("Aiko", SECRET))
    assert owners.owner_of(run).name == "Aiko"
    assert owners.is_owned(run, SECRET)
    assert not owners.is_owned(run, OTHER)
    assert not owners.is_owned(run, "")


def test_the_secret_is_not_in_the_folder(run):
    owners.claim(run, owners.owner("Aiko", SECRET))
    assert SECRET not in (run.folder / "owner.json").read_text()


def test_two_visitors_of_one_name_are_two_owners(run):
    owners.claim(run, owners.owner("Aiko", SECRET))
    assert owners.owner("Aiko", OTHER) != owners.owner_of(run)


def test_a_run_without_an_owner_is_nobodys(run):
    assert owners.owner_of(run) is None
    assert not owners.is_owned(run, SECRET)


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 5000,
        '{"name": 1, "fingerprint": 2}',
        '{"name": "Aiko"}',
        "\0",
        '{"name": "Aiko", "fingerprint": "\\ud800"}',
        '{"name": "\\ud800", "fingerprint": "00"}',
        '{"name": "Ai\\nko", "fingerprint": "00"}',
        f'{{"name": "{"A" * 31}", "fingerprint": "00"}}',
    ],
)
def test_a_damaged_record_makes_a_run_nobodys(run, record):
    (run.folder / "owner.json").write_text(record)
    assert owners.owner_of(run) is None
    assert not owners.is_owned(run, SECRET)


@pytest.mark.parametrize("name", ["", "   ", "x" * 31])
def test_a_name_has_1_to_30_letters(name):
    with pytest.raises(ValueError, match="1 to 30 letters"):
        owners.owner(name, SECRET)


def test_spaces_around_a_name_are_not_of_it():
    assert owners.owner("  Aiko \n Sato ", SECRET).name == "Aiko Sato"


def test_a_secret_that_can_be_guessed_is_refused():
    with pytest.raises(ValueError, match="at least 32"):
        owners.owner("Aiko", "1234")


def test_a_record_that_is_a_named_pipe_is_not_waited_for(run):
    os.mkfifo(run.folder / "owner.json")
    assert owners.owner_of(run) is None
