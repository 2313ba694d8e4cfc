import numpy as np
import pytest

from core.data.out_of_distribution import blank, in_shape, uniform_noise


def test_images_that_fit_are_left_alone():
    images = uniform_noise(3, (28, 28, 1), seed=0)
    assert in_shape(images, (28, 28, 1)) is images


def test_colour_becomes_grey_by_luminance():
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 90, 90]], np.uint8)
    images = np.broadcast_to(colours[:, None, None], (4, 32, 32, 3))
    grey = in_shape(images, (28, 28, 1))
    assert grey.shape == (4, 28, 28, 1)
    assert [np.unique(image).tolist() for image in grey] == [[76], [150], [29], [90]]


def test_grey_becomes_colour_by_repetition_and_is_enlarged_in_place():
    image = np.zeros((1, 28, 28, 1), np.uint8)
    image[0, :14] = 200
    colour = in_shape(image, (32, 32, 3))
    assert colour.shape == (1, 32, 32, 3)
    assert (colour == colour[..., :1]).all()
    assert colour[0, :15].min() == 200
    assert colour[0, 17:].max() == 0


def test_noise_is_uniform_and_the_same_for_the_same_seed():
    noise = uniform_noise(50, (28, 28, 1), seed=1)
    np.testing.assert_array_equal(noise, uniform_noise(50, (28, 28, 1), seed=1))
    assert (noise != uniform_noise(50, (28, 28, 1), seed=2)).any()
    assert (noise.min(), noise.max()) == (0, 255)
    assert noise.mean() == pytest.approx(127.5, abs=1.5)  # 39,200 pixels of standard deviation 73.9: 0.37


def test_blank_images_have_one_brightness_each():
    images = blank((5, 4, 3))
    assert images.shape == (256, 5, 4, 3)
    assert all((image == brightness).all() for brightness, image in enumerate(images))


def test_channels_other_than_grey_or_rgb_are_refused():
    with pytest.raises(ValueError, match="channels must be 1 or 3, got 2"):
        in_shape(np.zeros((1, 4, 4, 2), np.uint8), (28, 28, 1))
