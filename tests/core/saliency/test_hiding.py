"""Occlusion and LIME: the methods that hide parts of the image."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.special import softmax
from sklearn.linear_model import Ridge

from core.saliency import grid, lime, occlusion
from core.saliency.lime import weighted_ridge


def test_occlusion_of_a_linear_model_is_weight_times_what_was_covered(build):
    model = build.one_way(scaling=True, biases=0.3)
    images = build.pictures(model)
    weights = model.layers[-1].get_weights()[0][:, 1].reshape(6, 6)
    explained = occlusion(model, images, 1, patch=1, stride=1, value=3)
    np.testing.assert_allclose(explained.maps, weights * (images[..., 0] - 3) / 2, atol=1e-5)
    assert (explained.proof["num_patches"] == 36).all()


@pytest.mark.parametrize(("patch", "stride"), [(3, 2), (4, 3), (5, 5), (6, 1)])
def test_occlusion_is_the_mean_over_the_patches_that_cover_a_pixel(patch, stride, build):
    model = build.one_way(layers.Conv2D(2, 3, activation="relu"), shape=(6, 7, 2), biases=0.1)
    image = build.pictures(model, 1)
    whole = np.asarray(model(image))[0, 2]
    total, times = np.zeros((6, 7)), np.zeros((6, 7))
    for top in sorted({*range(0, 7 - patch, stride), 6 - patch}):
        for left in sorted({*range(0, 8 - patch, stride), 7 - patch}):
            covered = image.copy()
            covered[:, top : top + patch, left : left + patch] = 0.5
            total[top : top + patch, left : left + patch] += whole - np.asarray(model(covered))[0, 2]
            times[top : top + patch, left : left + patch] += 1
    assert times.min() > 0
    maps = occlusion(model, image, 2, patch, stride, value=0.5).maps
    np.testing.assert_allclose(maps[0], total / times, atol=1e-5)


def test_what_covers_by_default_is_seen_on_ink_and_on_paper():
    inputs = keras.Input((4, 4, 1), dtype="uint8")
    x = layers.Flatten()(layers.Rescaling(1 / 255)(inputs))
    model = keras.Model(inputs, layers.Dense(1, kernel_initializer="ones")(x))
    image = np.zeros((1, 4, 4, 1), np.uint8)
    image[0, :2] = 255
    maps = occlusion(model, image, 0, patch=1).maps[0]
    np.testing.assert_allclose(maps, np.repeat([0.5, 0.5, -0.5, -0.5], 4).reshape(4, 4), atol=1e-6)
    # 0 is the paper itself: covering it with that shows nothing.
    assert not occlusion(model, image, 0, patch=1, value=0).maps[0, 2:].any()


@pytest.mark.parametrize("settings", [{"patch": 0}, {"patch": 7}, {"patch": 2, "stride": 3}, {"patch": 2, "stride": 0}])
def test_patches_that_leave_pixels_out_are_refused(settings, build):
    model = build.one_way()
    with pytest.raises(ValueError, match="patch must lie in"):
        occlusion(model, build.pictures(model), 0, **settings)


def reader_of_one_segment():
    """Its logit is the sum over the pixels of the third of four quarters."""
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, layers.Dense(2, use_bias=False)(layers.Flatten()(inputs)))
    weights = np.zeros((8, 8, 2))
    weights[4:, :4, 0] = 0.1
    model.set_weights([weights.reshape(64, 2)])
    return model


def test_the_one_segment_that_is_read_wins_in_lime():
    model = reader_of_one_segment()
    image = np.random.default_rng(0).uniform(0, 1, (1, 8, 8, 1))
    explained = lime(model, image, 0, segments=grid(8, 8, 2, 2), num_perturbations=200, value=0)
    quarter = explained.maps[0, 4:, :4]
    assert (quarter == quarter[0, 0]).all() and quarter[0, 0] > 0.01
    others = np.abs(explained.maps[0])
    others[4:, :4] = 0
    assert others.max() < 0.05 * quarter[0, 0]
    assert explained.proof["r2"][0] > 0.99


def test_lime_is_scikit_learns_ridge_on_the_probabilities(build):
    model = build.one_way(layers.Conv2D(2, 3, activation="relu"), biases=0.1)
    image = build.pictures(model, 1)
    segments = grid(6, 6, 3, 3)
    explained = lime(model, image, 2, segments, num_perturbations=60, value=0.2, seed=4)
    shown = np.random.default_rng(4).integers(0, 2, (60, 9)).astype(bool)
    shown[0] = True
    versions = np.where(shown[:, segments][..., None], image, np.float32(0.2))
    probs = softmax(np.asarray(model(versions), np.float64), axis=-1)[:, 2]
    cosine = shown.sum(axis=1) / np.sqrt(9 * np.maximum(shown.sum(axis=1), 1))
    weights = np.sqrt(np.exp(-((1 - cosine) ** 2) / 0.25**2))
    ridge = Ridge(alpha=1.0).fit(shown, probs, sample_weight=weights / weights.mean())
    np.testing.assert_allclose(explained.maps[0], ridge.coef_[segments], atol=1e-5)
    assert explained.proof["r2"][0] == pytest.approx(ridge.score(shown, probs, sample_weight=weights), abs=1e-4)


def test_a_linear_relation_is_explained_wholly_and_none_at_all_too():
    rng = np.random.default_rng(0)
    features, weights = rng.integers(0, 2, (100, 5)).astype(float), rng.random(100)
    coefficients, r2 = weighted_ridge(features, features @ [1, 2, 0, 0, -1] + 4, weights, 1e-9)
    np.testing.assert_allclose(coefficients, [1, 2, 0, 0, -1], atol=1e-6)
    assert r2 == pytest.approx(1)
    coefficients, r2 = weighted_ridge(features, np.full(100, 0.3), weights, 1.0)
    np.testing.assert_allclose(coefficients, 0, atol=1e-12)
    assert r2 == 1


def test_the_share_of_variance_that_lime_explains_lies_between_0_and_1(rng):
    for ridge in (1e-6, 1.0, 1e6):
        for _ in range(50):
            features, values = rng.integers(0, 2, (12, 9)).astype(float), rng.standard_normal(12)
            _, r2 = weighted_ridge(features, values, rng.random(12), ridge)
            assert -1e-12 <= r2 <= 1


def test_the_default_grid_has_enough_segments_for_a_digit():
    assert len(np.unique(grid(28, 28))) == 49
    np.testing.assert_array_equal(np.bincount(grid(28, 28).ravel()), 16)
    np.testing.assert_array_equal(grid(3, 3), np.arange(9).reshape(3, 3))


def test_other_seeds_hide_other_segments(models, build):
    images = build.pictures(models["grey"], 1)
    first, second = (lime(models["grey"], images, 0, num_perturbations=30, seed=seed).maps for seed in (0, 1))
    assert (first != second).any()


def test_segments_and_settings_that_make_no_sense_are_refused(models, build):
    images = build.pictures(models["grey"])
    for segments in (np.zeros((5, 5), int), np.zeros((28, 28)), np.full((28, 28), -1)):
        with pytest.raises(ValueError, match="segments must be"):
            lime(models["grey"], images, 0, segments)
    for settings in ({"num_perturbations": 1}, {"kernel_width": 0}, {"ridge": 0}):
        with pytest.raises(ValueError, match="num_perturbations must be"):
            lime(models["grey"], images, 0, **settings)
