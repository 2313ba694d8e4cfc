import numpy as np

from core.data.augmentation import cut_out, flipped, shifted


def test_each_image_moves_by_its_own_offset_and_black_comes_into_view():
    images = np.arange(1, 10, dtype=np.uint8).reshape(1, 3, 3, 1).repeat(3, axis=0)
    moved = shifted(images, np.array([[1, 0], [0, -1], [0, 0]]))[..., 0]
    assert moved[0].tolist() == [[0, 0, 0], [1, 2, 3], [4, 5, 6]]
    assert moved[1].tolist() == [[2, 3, 0], [5, 6, 0], [8, 9, 0]]
    assert moved[2].tolist() == images[2, ..., 0].tolist()


def test_a_shift_is_numpys_roll_with_the_wrapped_edge_black(rng):
    images = rng.integers(0, 256, (40, 6, 5, 3), dtype=np.uint8)
    offsets = rng.integers(-2, 3, (40, 2))
    for image, (down, right), moved in zip(images, offsets, shifted(images, offsets), strict=True):
        padded = np.pad(image, ((2, 2), (2, 2), (0, 0)))
        np.testing.assert_array_equal(moved, padded[2 - down : 8 - down, 2 - right : 7 - right])


def test_the_chosen_images_are_flipped_horizontally():
    images = np.arange(12, dtype=np.uint8).reshape(2, 2, 3, 1)
    mirrored = flipped(images, np.array([True, False]))
    assert mirrored[0, ..., 0].tolist() == [[2, 1, 0], [5, 4, 3]]
    np.testing.assert_array_equal(mirrored[1], images[1])
    assert images[0, 0, 0, 0] == 0


def test_a_black_square_is_cut_out_and_may_extend_beyond_the_edge():
    images = np.full((2, 4, 5, 3), 7, np.uint8)
    cut = cut_out(images, np.array([[1, 2], [0, 0]]), 2)
    assert cut[0, ..., 1].tolist() == [[7, 0, 0, 7, 7], [7, 0, 0, 7, 7], [7] * 5, [7] * 5]
    assert cut[1, ..., 1].tolist() == [[0, 7, 7, 7, 7], [7] * 5, [7] * 5, [7] * 5]
    assert cut.dtype == np.uint8
    assert (images == 7).all()
    odd = cut_out(images[:1], np.array([[2, 2]]), 3)
    assert odd[0, ..., 0].tolist() == [[7] * 5, [7, 0, 0, 0, 7], [7, 0, 0, 0, 7], [7, 0, 0, 0, 7]]
