import numpy as np
import pytest

from core.data import sources
from core.data.formats import cifar10
from core.data.formats.idx import DataDamaged
from core.models.losses import superclasses


def record(label: int, red: int, green: int, blue: int) -> bytes:
    return bytes([label]) + bytes([red] * 1024) + bytes([green] * 1024) + bytes([blue] * 1024)


def test_records_become_images_with_the_channel_last_and_batches_keep_their_order():
    rows = bytes([5]) + (np.arange(3 * 1024) // 32).astype(np.uint8).tobytes()
    images, labels = cifar10.images_and_labels({"one": record(3, 10, 20, 30) + rows, "two": record(9, 1, 2, 3)})
    assert images.shape == (3, 32, 32, 3)
    assert images.dtype == labels.dtype == np.uint8
    assert labels.tolist() == [3, 5, 9]
    assert images[0, 7, 7].tolist() == [10, 20, 30]
    assert images[1, 2, 31].tolist() == [2, 34, 66]  # row 2 of each channel, 32 rows per channel
    assert images[2, 0, 0].tolist() == [1, 2, 3]


def test_a_batch_that_ends_inside_a_record_is_named():
    with pytest.raises(DataDamaged, match=r"two has 3,072 bytes, which is no whole number of records of 3,073 bytes"):
        cifar10.images_and_labels({"one": record(3, 1, 2, 3), "two": record(3, 1, 2, 3)[:-1]})


def test_a_label_beyond_nine_is_named_with_its_image():
    with pytest.raises(DataDamaged, match=r"one has the label 10 at image 1; labels lie in \[0, 10\)"):
        cifar10.images_and_labels({"one": record(9, 1, 2, 3) + record(10, 1, 2, 3)})


def test_the_groups_animal_and_vehicle_are_those_of_the_thesis():
    source = sources.source("cifar10")
    assert superclasses(source.class_names, source.groups) == [1, 1, 0, 0, 0, 0, 0, 0, 1, 1]


def test_the_last_batch_alone_gives_the_validation_images():
    """Its second half are the last 5,000 of the 50,000 training images."""
    source = sources.source("cifar10")
    assert source.split_files["validation"] == source.split_files["train"][-1:]
    assert source.num_samples == {"train": 45_000, "validation": 5_000, "test": 10_000}


@pytest.mark.skipif(bool(sources.missing_files("cifar10")), reason="CIFAR-10 is not here")
def test_the_published_files_give_the_published_splits():
    from core.data import datasets

    splits = {split: datasets.load("cifar10", split) for split in datasets.SPLITS}
    assert {split: data.images.shape for split, data in splits.items()} == {
        "train": (45_000, 32, 32, 3), "validation": (5_000, 32, 32, 3), "test": (10_000, 32, 32, 3),
    }  # fmt: skip
    both = np.concatenate([splits["train"].labels, splits["validation"].labels])
    assert np.bincount(both).tolist() == [5000] * 10
    assert np.bincount(splits["test"].labels).tolist() == [1000] * 10
    assert splits["test"].labels[:5].tolist() == [3, 8, 8, 0, 6]
