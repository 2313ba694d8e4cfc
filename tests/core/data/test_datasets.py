import gzip
import hashlib
from dataclasses import replace

import numpy as np
import pytest

from core.data import datasets, sources
from core.data.datasets import Dataset
from tests.core.data.formats.test_idx import idx_bytes


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A small data set in MNIST's format: 7 training and 3 test images of 2 x 2, whose first pixel is their index."""
    files = {}
    for kind, count in ((sources.TRAIN, 7), (sources.TEST, 3)):
        images = np.zeros((count, 2, 2), np.uint8)
        images[:, 0, 0] = np.arange(count)
        labels = np.arange(count, dtype=np.uint8) % 2
        for name, array in zip(kind, (images, labels), strict=True):
            files[name] = gzip.compress(idx_bytes(array))
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    made = replace(
        sources.source("mnist"),
        title="Tiny",
        class_names=("even", "odd"),
        groups={},
        image_shape=(2, 2, 1),
        num_samples={"train": 5, "validation": 2, "test": 3},
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    )
    monkeypatch.setitem(sources.SOURCES, "tiny", made)
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    return folder


def test_mnist_comes_with_the_app_in_the_documented_splits(monkeypatch, tmp_path):
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))  # nothing is there
    splits = {split: datasets.load("mnist", split) for split in datasets.SPLITS}
    assert {split: data.images.shape for split, data in splits.items()} == {
        "train": (50_000, 28, 28, 1),
        "validation": (10_000, 28, 28, 1),
        "test": (10_000, 28, 28, 1),
    }
    both = np.concatenate([splits["train"].labels, splits["validation"].labels])
    assert np.bincount(both).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(splits["test"].labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_fashion_mnist_has_its_test_images_and_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    monkeypatch.setattr(sources, "ROOT", sources.ROOT)
    data = datasets.load("fashion_mnist", "test")
    assert np.bincount(data.labels).tolist() == [1000] * 10
    assert set().union(*map(set, data.groups.values())) == set(data.class_names)
    if not (sources.ROOT / "data/fashion_mnist" / sources.TRAIN[0]).exists():
        with pytest.raises(datasets.DataMissing, match=r"train-images.*which is in none of .*download fashion_mnist"):
            datasets.load("fashion_mnist", "train")
        assert sources.missing_files("fashion_mnist") == list(sources.TRAIN)
    assert sources.missing_files("fashion_mnist", "test") == []


def test_the_first_images_train_and_the_last_validate(tiny):
    assert datasets.load("tiny", "train").images[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert datasets.load("tiny", "validation").images[:, 0, 0, 0].tolist() == [5, 6]
    assert datasets.load("tiny", "test").labels.tolist() == [0, 1, 0]


def test_a_truncated_file_is_named(tiny):
    file = tiny / sources.TEST[0]
    file.write_bytes(file.read_bytes()[:-5])
    sentence = r"tiny.t10k-images-idx3-ubyte\.gz is damaged: \d+ bytes.*Delete it and .*core\.data\.download tiny"
    with pytest.raises(datasets.DataDamaged, match=sentence):
        datasets.load("tiny", "test")


def test_a_split_is_available_when_its_files_exist_even_if_they_are_damaged(tiny):
    (tiny / sources.TRAIN[0]).unlink()
    (tiny / sources.TEST[0]).write_bytes(b"")
    assert [datasets.available("tiny", split) for split in datasets.SPLITS] == [False, False, True]


def test_one_changed_byte_is_noticed(tiny):
    file = tiny / sources.TRAIN[1]
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(datasets.DataDamaged, match="train-labels"):
        datasets.load("tiny", "validation")


@pytest.mark.parametrize(
    ("name", "split", "sentence"), [("minst", "test", "no data set 'minst'"), ("mnist", "tets", "no split 'tets'")]
)
def test_the_error_for_a_wrong_name_lists_the_valid_names(name, split, sentence):
    with pytest.raises(ValueError, match=sentence):
        datasets.load(name, split)


def test_images_cannot_be_changed_for_the_next_page(tiny):
    data = datasets.load("tiny", "test")
    with pytest.raises(ValueError, match="read-only"):
        data.images[0] = 1


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        (np.zeros((2, 3, 3), np.uint8), [0, 0], r"images must be uint8 of shape .* got uint8 of shape \(2, 3, 3\)"),
        (np.zeros((2, 3, 3, 1)), [0, 0], "got float64"),
        (np.zeros((2, 3, 3, 1), np.uint8), [0], r"labels must have shape \(2,\)"),
        (np.zeros((1, 3, 3, 1), np.uint8), [2], r"labels must lie in \[0, 2\), got 2"),
    ],
)
def test_arrays_of_the_wrong_shape_or_type_are_refused(images, labels, sentence):
    with pytest.raises(ValueError, match=sentence):
        Dataset("made", "test", images, np.array(labels), ("a", "b"), {})
