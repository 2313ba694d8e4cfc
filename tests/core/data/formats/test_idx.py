import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from core.data.formats import idx


def idx_bytes(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def test_an_array_of_three_dimensions_comes_back():
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert idx.parse(gzip.compress(idx_bytes(array)), "file").tolist() == array.tolist()


def test_an_array_without_elements_is_legal():
    assert idx.parse(gzip.compress(idx_bytes(np.empty((0, 28, 28), np.uint8))), "file").shape == (0, 28, 28)


GOOD = idx_bytes(np.arange(6, dtype=np.uint8).reshape(2, 3))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (GOOD, "file is not a complete gzip file"),
        (gzip.compress(GOOD)[:-9], "file is not a complete gzip file"),
        (gzip.compress(b""), "does not begin as an IDX file"),
        (
            gzip.compress(b"\x00\x00\x0d\x01" + GOOD[4:]),
            "does not begin as an IDX file of bytes does, but with 00000d01",
        ),
        (gzip.compress(GOOD[:9]), "ends inside its header, after 9 bytes of 12"),
        (gzip.compress(GOOD[:-1]), "has 17 bytes, its header promises 18"),
        (gzip.compress(GOOD + b"x"), "has 19 bytes, its header promises 18"),
        (gzip.compress(bytes([0, 0, 8, 65]) + b"\0\0\0\1" * 65 + b"x"), "promises 65 dimensions; at most 3"),
        (gzip.compress(bytes([0, 0, 8, 3]) + b"\xff" * 8 + bytes(4)), "promises the impossible shape"),
        # The product of the lengths is 2 ** 64, of which 64 bits hold nothing.
        (gzip.compress(bytes([0, 0, 8, 3]) + b"\0\1\0\0" + b"\0\1\0\0" * 2), "its header promises 281,474,976,710,672"),
    ],
)
def test_every_kind_of_damage_is_named(content, sentence):
    with pytest.raises(idx.DataDamaged, match=sentence):
        idx.parse(content, "file")


def test_a_pair_of_files_is_images_with_a_channel_and_labels():
    pair = {
        "images": gzip.compress(idx_bytes(np.arange(8, dtype=np.uint8).reshape(2, 2, 2))),
        "labels": gzip.compress(idx_bytes(np.array([3, 1], np.uint8))),
    }
    images, labels = idx.images_and_labels(pair)
    assert images[1, ..., 0].tolist() == [[4, 5], [6, 7]]
    assert labels.tolist() == [3, 1]


def test_a_file_that_unpacks_to_very_much_is_refused_before_it_is_unpacked_whole():
    content = gzip.compress(bytes(2 * idx.LARGEST), 1)
    tracemalloc.start()
    with pytest.raises(idx.DataDamaged, match="unpacks to more than"):
        idx.parse(content, "file")
    assert tracemalloc.get_traced_memory()[1] < 3 * idx.LARGEST
    tracemalloc.stop()
