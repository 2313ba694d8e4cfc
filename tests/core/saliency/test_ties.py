"""Ties in max-pooling, and what they do to a map."""

import keras
import numpy as np
import pytest
from keras import layers

from core.data import datasets
from core.saliency import pooling_ties, smooth_grad, vanilla_gradient
from core.training import runs


@pytest.mark.parametrize(("size", "strides", "padding"), [(2, 2, "valid"), (3, 2, "same"), ((2, 3), (1, 2), "same")])
def test_a_tie_is_a_window_whose_largest_value_is_above_0_and_there_twice(size, strides, padding):
    inputs = keras.Input((6, 7, 2))
    pooling = layers.MaxPooling2D(size, strides, padding)
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(pooling(inputs))))
    images = np.random.default_rng(0).integers(-2, 3, (4, 6, 7, 2)).astype(np.float32)
    (height, width), (down, right) = pooling.pool_size, pooling.strides
    rows, columns = pooling(images).shape[1:3]
    # "same" pads evenly, and where that is not possible with one row or column more at the end.
    above = max((rows - 1) * down + height - 6, 0) // 2
    before = max((columns - 1) * right + width - 7, 0) // 2
    for image, share in zip(images, pooling_ties(model, images), strict=True):
        tied = []
        for row in range(rows):
            for column in range(columns):
                top, left = row * down - above, column * right - before
                for channel in range(2):
                    window = image[max(top, 0) : top + height, max(left, 0) : left + width, channel]
                    if window.max() > 0:
                        tied.append((window == window.max()).sum() > 1)
        assert 0 < share < 1
        assert share == pytest.approx(np.mean(tied))


def test_global_max_pooling_is_one_window_and_windows_of_all_layers_are_counted_together():
    inputs = keras.Input((2, 2, 1))
    x = layers.GlobalMaxPooling2D()(layers.MaxPooling2D((1, 2))(inputs))
    model = keras.Model(inputs, layers.Dense(1)(x))
    image = np.array([[3, 3], [1, 3]], np.float32).reshape(1, 2, 2, 1)
    # Windows: 3 3 (tied), 1 3, and then 3 3 (tied).
    assert pooling_ties(model, image) == pytest.approx([2 / 3])
    assert np.isnan(pooling_ties(model, -image)).all()
    assert pooling_ties(model, image[:0]).shape == (0,)


def test_a_model_without_max_pooling_has_no_share_of_ties(models, build):
    assert np.isnan(pooling_ties(models["nested"], build.pictures(models["nested"]))).all()


def test_ties_leave_the_gradient_of_a_digit_to_chance_but_not_smooth_grad():
    model = runs.find("mnist-small_cnn").model()
    images = datasets.load("mnist", "test").images[:20].astype(np.float32)
    classes = datasets.load("mnist", "test").labels[:20]
    assert 0.3 < np.median(pooling_ties(model, images)) < 0.6
    moved = images + np.float32(1e-4) * np.random.default_rng(0).standard_normal(images.shape, np.float32)
    assert (pooling_ties(model, moved) < 0.1).all()
    # A ten-thousandth of a grey level changes no logit in its fourth digit, but the gradient of most pictures by a third of its largest pixel.
    plain, other = (vanilla_gradient(model, batch, classes) for batch in (images, moved))
    np.testing.assert_allclose(plain.proof["value"], other.proof["value"], rtol=1e-4)
    changed = np.abs(plain.maps - other.maps).max(axis=(1, 2)) / np.abs(plain.maps).max(axis=(1, 2))
    assert np.median(changed) > 1 / 3
    plain, other = (smooth_grad(model, batch, classes, num_copies=5).maps for batch in (images, moved))
    np.testing.assert_allclose(plain, other, atol=0.01 * np.abs(plain).max())
