import math

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage, stats

from core.data import corruptions, datasets
from core.data.corruptions import SEVERITIES


@pytest.fixture
def images(rng):
    """Five colour images that are higher than wide."""
    return rng.integers(0, 256, (5, 12, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize("corruption", SEVERITIES, ids=lambda function: function.__name__)
def test_shape_and_type_stay_and_the_input_is_left_alone(corruption, images):
    before = images.copy()
    for strength in SEVERITIES[corruption]:
        corrupted = corruption(images, strength, 1)
        assert (corrupted.shape, corrupted.dtype) == (images.shape, np.uint8)
        assert not np.shares_memory(corrupted, images)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("corruption", SEVERITIES, ids=lambda function: function.__name__)
def test_strength_zero_changes_nothing_and_no_images_are_legal(corruption, images):
    np.testing.assert_array_equal(corruption(images, 0, 1), images)
    assert corruption(images[:0], SEVERITIES[corruption][2], 1).shape == (0, 12, 9, 3)


@pytest.mark.parametrize("corruption", SEVERITIES, ids=lambda function: function.__name__)
def test_what_becomes_of_an_image_does_not_depend_on_the_images_after_it(corruption, images):
    strength = SEVERITIES[corruption][3]
    np.testing.assert_array_equal(corruption(images, strength, 1)[:2], corruption(images[:2], strength, 1))


@pytest.mark.parametrize("corruption", SEVERITIES, ids=lambda function: function.__name__)
def test_the_same_seed_gives_the_same_corruption(corruption, images):
    strength = SEVERITIES[corruption][3]
    first, again, other = (corruption(images, strength, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    needs_no_chance = {corruptions.blur, corruptions.contrast, corruptions.rotation}
    assert (first == other).all() == (corruption in needs_no_chance)


# Moved by more than its own width, a digit is no further away in pixels.
@pytest.mark.parametrize(
    "corruption", [f for f in SEVERITIES if f is not corruptions.translation], ids=lambda function: function.__name__
)
def test_every_severity_is_further_from_the_digits_than_the_one_before(corruption):
    digits = datasets.load("mnist", "test").images[:200]
    error = [
        np.square(corruption(digits, strength, 1).astype(float) - digits).mean() for strength in SEVERITIES[corruption]
    ]
    assert len(error) == 5
    assert 0 < error[0] < error[1] < error[2] < error[3] < error[4]


def test_noise_is_blended_by_its_share():
    black, white = (np.full((2, 40, 40, 1), value, np.uint8) for value in (0, 255))
    on_black = corruptions.noise_blend(black, 0.7, 3)
    assert on_black.mean() == pytest.approx(0.7 * 127.5, abs=2)
    assert on_black.max() <= round(0.7 * 255)
    # The same noise on white: 0.3 of 255 more everywhere.
    difference = corruptions.noise_blend(white, 0.7, 3).astype(int) - on_black
    assert np.abs(difference - 0.3 * 255).max() <= 1


def test_each_image_has_its_own_noise_or_all_share_one():
    black = np.zeros((2, 20, 20, 1), np.uint8)
    own, shared = (corruptions.noise_blend(black, 1, 3, shared=shared) for shared in (False, True))
    assert (own[0] != own[1]).any()
    assert (shared[0] == shared[1]).all()


def test_photons_scatter_as_strength_says_and_none_fall_on_black():
    grey = np.full((1, 200, 200, 1), 100, np.uint8)
    noisy = corruptions.shot_noise(grey, 0.1, 4)
    assert noisy.mean() == pytest.approx(100, abs=0.5)
    # The variance of a count is its mean: 100 of 255 has sqrt(100 / 255) of white's standard deviation.
    assert noisy.std() == pytest.approx(0.1 * 255 * math.sqrt(100 / 255), rel=0.02)
    assert corruptions.shot_noise(np.zeros((1, 5, 5, 1), np.uint8), 0.5, 4).max() == 0


def test_clipping_at_white_leaves_about_half_of_the_scatter_of_a_white_pixel():
    white, left = np.full((1, 300, 300, 1), 255, np.uint8), []
    for strength in SEVERITIES[corruptions.shot_noise]:
        # The exact distribution of a count, before and after it is clipped at the photons that make white.
        photons = 1 / strength**2
        count = np.arange(stats.poisson.ppf(1 - 1e-12, photons))
        probability = stats.poisson.pmf(count, photons)
        clipped = np.minimum(count / photons, 1)
        before, after = (
            math.sqrt(probability @ shares**2 - (probability @ shares) ** 2) for shares in (count / photons, clipped)
        )
        assert before == pytest.approx(strength, rel=1e-6)
        noisy = corruptions.shot_noise(white, strength, 4) / 255
        assert noisy.std() == pytest.approx(after, rel=0.02)
        assert noisy.mean() == pytest.approx(probability @ clipped, abs=0.002)
        left.append(noisy.std() / strength)
    assert [round(share, 2) for share in (left[0], left[-1])] == pytest.approx([0.57, 0.51], abs=0.011)


def test_blur_is_the_gaussian_filter_away_from_the_edges(rng):
    images = rng.integers(0, 256, (2, 30, 40, 3), dtype=np.uint8)
    for image, blurred in zip(images, corruptions.blur(images, 1.5), strict=True):
        expected = ndimage.gaussian_filter(image.astype(float), (1.5, 1.5, 0), truncate=8)
        np.testing.assert_allclose(blurred[12:-12, 12:-12], expected[12:-12, 12:-12], atol=0.51)


def test_blur_keeps_an_even_image_even_up_to_its_edges():
    even = np.full((1, 6, 7, 1), 200, np.uint8)
    np.testing.assert_array_equal(corruptions.blur(even, 3), even)


def test_contrast_moves_each_pixel_towards_the_mean_of_its_own_image():
    images = np.array([[0, 200], [50, 250]], np.uint8).reshape(2, 1, 2, 1)
    assert corruptions.contrast(images, 0.5).ravel().tolist() == [50, 150, 100, 200]
    assert corruptions.contrast(images, 1).ravel().tolist() == [100, 100, 150, 150]


def test_a_quarter_turn_is_exact_and_counter_clockwise(rng):
    images = rng.integers(0, 256, (3, 8, 8, 1), dtype=np.uint8)
    np.testing.assert_array_equal(corruptions.rotation(images, 90), np.rot90(images, axes=(1, 2)))
    np.testing.assert_array_equal(corruptions.rotation(images, 180), images[:, ::-1, ::-1])


def test_a_turn_agrees_with_a_loop_over_the_pixels(rng):
    images = rng.integers(0, 256, (2, 7, 10, 2), dtype=np.uint8)
    turned = corruptions.rotation(images, 33)
    sine, cosine = math.sin(math.radians(33)), math.cos(math.radians(33))
    for row in range(7):
        for column in range(10):
            y, x = row - 3, column - 4.5
            source = cosine * y + sine * x + 3, cosine * x - sine * y + 4.5
            value = np.zeros((2, 2))
            for i in (math.floor(source[0]), math.floor(source[0]) + 1):
                for j in (math.floor(source[1]), math.floor(source[1]) + 1):
                    if 0 <= i < 7 and 0 <= j < 10:
                        value += (1 - abs(source[0] - i)) * (1 - abs(source[1] - j)) * images[:, i, j]
            np.testing.assert_allclose(turned[:, row, column], value, atol=0.51)


def test_a_turn_agrees_with_pillow_inside():
    digit = datasets.load("mnist", "test").images[:1]
    by_pillow = np.asarray(Image.fromarray(digit[0, ..., 0]).rotate(20, Image.Resampling.BILINEAR), int)
    assert np.abs(corruptions.rotation(digit, 20)[0, ..., 0] - by_pillow).max() <= 2


def test_a_translation_goes_as_far_as_asked_each_image_in_its_own_direction():
    images = np.zeros((50, 21, 21, 1), np.uint8)
    images[:, 10, 10] = 255
    _, row, column, _ = np.nonzero(corruptions.translation(images, 0.4, 5))
    distance = np.hypot(row - 10, column - 10)
    assert np.abs(distance - 0.4 * 21).max() < 0.75  # rounded to whole pixels
    assert len(set(zip(row.tolist(), column.tolist(), strict=True))) > 20


def test_a_translation_by_a_whole_side_leaves_no_more_than_a_corner(images):
    assert corruptions.translation(images, 1, 5).shape == images.shape


def test_the_square_is_entirely_inside_and_as_large_as_asked():
    black = np.zeros((60, 20, 30, 1), np.uint8)
    covered = corruptions.occluding_square(black, 0.35, 6) == corruptions.SQUARE
    assert covered.sum(axis=(1, 2, 3)).tolist() == [49] * 60
    assert len({place.tobytes() for place in covered}) > 40
    assert (corruptions.occluding_square(black, 1, 6) == corruptions.SQUARE).sum(axis=(1, 2, 3)).tolist() == [400] * 60


@pytest.mark.parametrize(
    ("corruption", "strength", "sentence"),
    [
        (corruptions.blur, -1, r"strength must lie in \[0, inf\], got -1"),
        (corruptions.noise_blend, 1.5, r"strength must lie in \[0, 1\], got 1.5"),
        (corruptions.rotation, math.nan, "got nan"),
    ],
)
def test_a_strength_out_of_range_is_refused(corruption, strength, sentence, images):
    with pytest.raises(ValueError, match=sentence):
        corruption(images, strength, 1)


def test_images_of_another_shape_or_type_are_refused(images):
    with pytest.raises(ValueError, match=r"images must be uint8 of shape .* got float64"):
        corruptions.contrast(images / 255, 0.5)
    with pytest.raises(ValueError, match=r"got uint8 of shape \(12, 9, 3\)"):
        corruptions.contrast(images[0], 0.5)
