"""Deconvolution, guided backpropagation, DeepLIFT: methods with rules of their own."""

import keras
import numpy as np
import pytest
from keras import layers

from core.saliency import deconvnet, deep_lift, guided_backprop, lrp, vanilla_gradient

RULED = ["grey", "colour", "nested", "unscaled"]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # x = (2, 1): hidden sums (1, 1, -2), so the third is off. Backward comes (1, -2, 3).
        (vanilla_gradient, [1, -1 - 2]),  # where on: (1, -2, 0)
        (deconvnet, [1 - 3, -1]),  # where positive: (1, 0, 3)
        (guided_backprop, [1, -1]),  # both: (1, 0, 0)
    ],
)
def test_two_layers_come_out_as_by_hand(method, expected, build):
    image = np.array([2.0, 1.0]).reshape(1, 1, 2, 1)
    np.testing.assert_allclose(method(build.two_layers(), image, 0).maps.ravel(), expected)


def test_a_relu6_that_is_cut_off_stops_guided_backprop_and_not_deconvnet(build):
    image = np.array([9.0, 1.0]).reshape(1, 1, 2, 1)  # hidden sums (8, 1, -9): the first above 6, the last below 0
    np.testing.assert_allclose(guided_backprop(build.two_layers("relu6"), image, 0).maps.ravel(), [0, 0])
    np.testing.assert_allclose(deconvnet(build.two_layers("relu6"), image, 0).maps.ravel(), [-2, -1])


@pytest.mark.parametrize("method", [deconvnet, guided_backprop])
@pytest.mark.parametrize("kind", RULED)
def test_rules_reach_every_relu_also_in_a_nested_model(method, kind, models, build):
    images = build.pictures(models[kind])
    plain, ruled = (each(models[kind], images, 1).maps for each in (vanilla_gradient, method))
    assert np.linalg.norm(plain - ruled) > 0.1 * np.linalg.norm(plain)


@pytest.mark.parametrize(
    "written",
    [
        lambda x: layers.Activation("relu")(layers.Conv2D(2, 1)(x)),
        lambda x: keras.activations.relu(layers.Conv2D(2, 1)(x)),
        lambda x: keras.ops.relu(layers.Conv2D(2, 1)(x)),
        lambda x: layers.Conv2D(2, 1, activation="relu")(x),
        lambda x: layers.Conv2D(2, 1, activation=layers.ReLU())(x),
        lambda x: keras.Sequential([layers.Conv2D(2, 1), layers.ReLU()])(x),
    ],
)
def test_a_relu_is_a_relu_however_it_is_written(written, build):
    def network(rectified):
        inputs = keras.Input((5, 5, 1))
        x = layers.Flatten()(rectified(layers.Conv2D(2, 3)(inputs)))
        return build.randomise(keras.Model(inputs, layers.Dense(2)(x)))

    plain, model = network(lambda x: layers.ReLU()(layers.Conv2D(2, 1)(x))), network(written)
    images = build.pictures(model)
    for method in (deconvnet, guided_backprop, deep_lift, lrp):
        np.testing.assert_allclose(method(model, images, 1).maps, method(plain, images, 1).maps, atol=1e-6)


@pytest.mark.parametrize("kind", RULED)
def test_deep_lift_adds_up_to_the_difference_from_the_baseline(kind, models, build):
    images = build.pictures(models[kind], 6)
    for baseline in (0, images[::-1]):
        explained = deep_lift(models[kind], images, 1, baseline=baseline)
        starts = np.broadcast_to(np.asarray(baseline, images.dtype), images.shape)
        difference = np.asarray(models[kind](images))[:, 1] - np.asarray(models[kind](starts))[:, 1]
        np.testing.assert_allclose(explained.proof["total"], difference, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(explained.maps.sum(axis=(1, 2)), difference, rtol=1e-3, atol=1e-4)
        assert (explained.proof["residual"] < 1e-4).all()


def test_deep_lift_is_the_rescale_rule_by_hand(build):
    # x = (2, 1) from (0, -1): hidden sums (1, 1, -2) from (1, -1, 0), so hidden changes are 0, 1 of 2, 0.
    image, start = (np.array(pixels).reshape(1, 1, 2, 1) for pixels in ([2.0, 1.0], [0.0, -1.0]))
    explained = deep_lift(build.two_layers(), image, 0, baseline=start)
    # Multipliers: the first unit keeps its gradient 1 (no change), the second has 1/2, the third 0 of -2.
    np.testing.assert_allclose(explained.maps.ravel(), [1 * 2, (-1 - 2 * 0.5) * 2])
    assert explained.proof["total"][0] == -2


def test_deep_lift_of_a_maximum_follows_the_cross_max_rule():
    inputs = keras.Input((1, 2, 1))
    x = layers.Flatten()(layers.MaxPooling2D((1, 2))(inputs))
    model = keras.Model(inputs, layers.Dense(1, use_bias=False, kernel_initializer="ones")(x))
    # From max(4, 1) = 4 by its first pixel to max(0, 6) = 6 by its second: up to 6 by the second, no way back.
    explained = deep_lift(model, np.array([0.0, 6.0]).reshape(1, 1, 2, 1), 0, np.array([4.0, 1.0]).reshape(1, 1, 2, 1))
    np.testing.assert_allclose(explained.maps.ravel(), [0, 2])
    # From 4 down to 3: the first pixel lost what the second did not take over.
    explained = deep_lift(model, np.array([0.0, 3.0]).reshape(1, 1, 2, 1), 0, np.array([4.0, 1.0]).reshape(1, 1, 2, 1))
    np.testing.assert_allclose(explained.maps.ravel(), [-1, 0])


def test_deep_lift_of_a_linear_model_is_weight_times_difference(build):
    model = build.one_way(scaling=True, biases=0.5)
    images = build.pictures(model)
    weights = model.layers[-1].get_weights()[0][:, 0].reshape(6, 6)
    np.testing.assert_allclose(deep_lift(model, images, 0, 2).maps, weights * (images[..., 0] - 2) / 2, atol=1e-6)
