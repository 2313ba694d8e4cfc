import numpy as np
import pytest

from core.data.pictures.ladder import ladder


def test_a_ladder_goes_from_one_picture_to_the_other_in_equal_steps():
    first, last = np.full((2, 2, 1), 10, np.uint8), np.full((2, 2, 1), 80, np.uint8)
    steps = ladder(first, last, 8)
    assert steps.shape == (8, 2, 2, 1)
    assert steps[:, 0, 0, 0].tolist() == [10, 20, 30, 40, 50, 60, 70, 80]


def test_a_ladder_from_bright_to_dark_does_not_wrap_around():
    steps = ladder(np.full((1, 1, 1), 255, np.uint8), np.zeros((1, 1, 1), np.uint8), 3)
    assert steps.ravel().tolist() == [255, 128, 0]


@pytest.mark.parametrize(("shape", "num_steps"), [((2, 2, 3), 8), ((2, 2, 1), 1)])
def test_different_shapes_and_too_few_steps_are_refused(shape, num_steps):
    with pytest.raises(ValueError, match="Expected two pictures of one shape and at least 2 steps"):
        ladder(np.zeros((2, 2, 1), np.uint8), np.zeros(shape, np.uint8), num_steps)
