"""Published studies of labels: small made-up files, and the published ones if they are present."""

import io
import json
import os

import numpy as np
import pytest

from core.data import sources
from core.data.formats import references
from core.data.formats.references import LabelReview
from core.data.sources import DataDamaged
from core.training import runs

PRESENT = [name for name in references.WITH_LABEL_ERRORS if references.label_reviews(name) is not None]


@pytest.fixture
def extras(tmp_path, monkeypatch):
    """A data folder of the test's own."""
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    monkeypatch.setattr(sources, "ROOT", tmp_path / "elsewhere")
    (tmp_path / "extras/label_errors").mkdir(parents=True)
    (tmp_path / "extras/cifar10h").mkdir()
    return tmp_path / "extras"


def entry(**votes: int) -> dict:
    return {"id": 7, "given_original_label": 3, "our_guessed_label": 5, "mturk": votes}


def test_a_missing_file_is_none_and_the_path_for_it_is_named(extras):
    assert references.label_reviews("cifar10") is None
    assert references.human_votes("cifar10") is None
    assert references.human_votes("mnist") is None
    assert references.where("a/b.json") == str(extras / "a/b.json")


def test_without_an_environment_the_place_is_in_the_checkout(monkeypatch):
    monkeypatch.delenv("WAKARANAI_DATA", raising=False)
    assert references.where("a.json") == str(sources.ROOT / "data/extras/a.json")


@pytest.mark.parametrize(
    ("votes", "is_error"),
    [
        ({"given": 3, "guessed": 2, "neither": 0, "both": 0}, False),
        ({"given": 2, "guessed": 2, "neither": 0, "both": 1}, True),
        ({"given": 2, "guessed": 0, "neither": 2}, False),
    ],
)
def test_a_label_is_wrong_when_fewer_than_half_agree_with_it(extras, votes, is_error):
    (extras / "label_errors/cifar10_mturk.json").write_text(json.dumps([entry(**votes)]))
    found = references.label_reviews("cifar10")
    assert found == {7: LabelReview(7, 3, 5, votes["given"], sum(votes.values()))}
    assert found[7].is_error is is_error


def test_votes_that_are_listed_under_two_names_count_once(extras):
    same = entry(given=4, guessed=4, neither=1) | {"our_guessed_label": 3}
    (extras / "label_errors/mnist_mturk.json").write_text(json.dumps([same]))
    assert references.label_reviews("mnist")[7] == LabelReview(7, 3, 3, 4, 5)


REVIEW = '{"id": 7, "given_original_label": 3, "our_guessed_label": 5, "mturk": {"given": 1, "guessed": 2, "both": 0}}'


@pytest.mark.parametrize(
    "content",
    [
        "no",
        "[1]",
        '[{"id": 1}]',
        '{"id": 1}',
        "[" * 100_000,
        f"[{REVIEW.replace('7', '1e400')}]",
        f"[{REVIEW.replace('7', '10000')}]",
        f"[{REVIEW.replace('7', '-1')}]",
        f"[{REVIEW.replace('3', '10')}]",
        f"[{REVIEW.replace('5', '-1')}]",
        f"[{REVIEW.replace('1', '-1')}]",
        f"[{REVIEW.replace('1', '1' + 30 * '0')}]",
    ],
)
def test_a_file_of_another_format_is_named(extras, content):
    (extras / "label_errors/mnist_mturk.json").write_text(content)
    with pytest.raises(DataDamaged, match=r"mnist_mturk.json is not a list of reviewed labels"):
        references.label_reviews("mnist")


def test_votes_are_read_as_they_are(extras):
    votes = np.eye(10, dtype=np.int64)[np.arange(10_000) % 10] * 50
    np.save(extras / "cifar10h/cifar10h-counts.npy", votes)
    assert references.human_votes("cifar10").tolist() == votes.tolist()


@pytest.mark.parametrize(
    ("votes", "sentence"),
    [
        (np.ones((10, 10), int), "must hold integers of shape"),
        (np.ones((10_000, 10)), "must hold integers of shape"),
        (np.zeros((10_000, 10), int), "an image without votes"),
        (np.full((10_000, 10), -1), "with fewer than none"),
        (np.full((10_000, 10), 2**62), "with too many"),  # their sum is beyond 64 bits
    ],
    ids=["too few", "fractions", "none", "fewer than none", "too many"],
)
def test_votes_of_another_shape_are_refused(extras, votes, sentence):
    np.save(extras / "cifar10h/cifar10h-counts.npy", votes)
    with pytest.raises(DataDamaged, match=sentence):
        references.human_votes("cifar10")


def of_another(shape: str) -> bytes:
    """An array whose header has another shape than its numbers."""
    array = io.BytesIO()
    np.save(array, np.ones((10_000, 10), int))
    return array.getvalue().replace(b"(10000, 10), }", shape.encode())


@pytest.mark.parametrize("content", [b"no array", b"", of_another("(((((((((((, }"), of_another("(10**9, 10), }")])
def test_a_file_that_is_not_an_array_is_refused(extras, content):
    (extras / "cifar10h/cifar10h-counts.npy").write_bytes(content)
    with pytest.raises(DataDamaged, match="is no NumPy array"):
        references.human_votes("cifar10")


@pytest.mark.skipif("mnist" not in PRESENT, reason="the published label errors of MNIST are not here")
def test_the_published_reviews_of_mnist_are_about_its_test_labels():
    labels = runs.find("mnist-dense").predictions("test").labels
    found = references.label_reviews("mnist")
    assert len(found) == 100
    assert all(labels[sample] == review.given for sample, review in found.items())
    assert sum(review.is_error for review in found.values()) == 15
    assert {review.num_votes for review in found.values()} == {5}


@pytest.mark.skipif("cifar10" not in PRESENT, reason="the published label errors of CIFAR-10 are not here")
def test_of_the_published_reviews_of_cifar10_people_reject_54_labels():
    found = references.label_reviews("cifar10")
    assert len(found) == 275
    assert sum(review.is_error for review in found.values()) == 54
    votes = references.human_votes("cifar10")
    assert votes is None or votes.shape == (10_000, 10)


@pytest.mark.parametrize("file", ["label_errors/cifar10_mturk.json", "cifar10h/cifar10h-counts.npy"])
def test_a_file_of_a_gigabyte_is_not_read(extras, file):
    (extras / file).touch()
    os.truncate(extras / file, 2**30)  # without a block on the disk
    with pytest.raises(DataDamaged, match=r"has more than 16,777,216 bytes"):
        references.label_reviews("cifar10")
        references.human_votes("cifar10")
