import numpy as np

from core.data.augmentation import shifted


def test_each_image_moves_by_its_own_offset_and_black_comes_into_view():
    images = np.arange(1, 10, dtype=np.uint8).reshape(1, 3, 3, 1).repeat(3, axis=0)
    moved = shifted(images, np.array([[1, 0], [0, -1], [0, 0]]))[..., 0]
    assert moved[0].tolist() == [[0, 0, 0], [1, 2, 3], [4, 5, 6]]
    assert moved[1].tolist() == [[2, 3, 0], [5, 6, 0], [8, 9, 0]]
    assert moved[2].tolist() == images[2, ..., 0].tolist()


def test_it_is_numpys_roll_with_the_edge_put_out(rng):
    images = rng.integers(0, 256, (40, 6, 5, 3), dtype=np.uint8)
    offsets = rng.integers(-2, 3, (40, 2))
    for image, (down, right), moved in zip(images, offsets, shifted(images, offsets), strict=True):
        padded = np.pad(image, ((2, 2), (2, 2), (0, 0)))
        np.testing.assert_array_equal(moved, padded[2 - down : 8 - down, 2 - right : 7 - right])
