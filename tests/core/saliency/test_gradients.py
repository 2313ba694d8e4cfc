import keras
import numpy as np
import pytest
from keras import layers

from core.saliency import gradient_x_input, integrated_gradients, saliency, smooth_grad, vanilla_gradient


def logit(model, images, index):
    return np.asarray(model(np.asarray(images, np.float32), training=False), np.float64)[:, index]


def rectified(build, **settings):
    return build.one_way(
        layers.Conv2D(3, 3, activation="relu", use_bias=settings.get("biases", 0) > 0),
        layers.MaxPooling2D(2),
        **settings,
    )


def test_the_gradient_is_what_finite_differences_say(build):
    model = build.one_way(layers.Conv2D(3, 3, activation="tanh"), layers.AveragePooling2D(2), biases=0.1)
    image = build.pictures(model, 1)
    maps = vanilla_gradient(model, image, 2).maps
    for row, column in ((0, 0), (2, 3), (5, 1)):
        step = np.zeros_like(image)
        step[0, row, column] = 1e-2
        difference = (logit(model, image + step, 2) - logit(model, image - step, 2)) / 2e-2
        np.testing.assert_allclose(maps[0, row, column], difference[0], rtol=1e-2, atol=1e-4)


def test_the_gradient_is_with_respect_to_the_scaled_image(build):
    linear = build.one_way(scaling=True, shape=(4, 4, 1))
    weights = linear.layers[-1].get_weights()[0][:, 1].reshape(4, 4)
    np.testing.assert_allclose(vanilla_gradient(linear, np.ones((1, 4, 4, 1)), 1).maps[0], weights)


def test_the_scaled_image_of_a_transfer_model_lies_between_minus_one_and_one():
    inputs = keras.Input((2, 2, 1), dtype="uint8")
    x = layers.Flatten()(layers.Rescaling(1 / 127.5, -1)(inputs))
    model = keras.Model(inputs, layers.Dense(2, use_bias=False, kernel_initializer="ones")(x))
    image = np.array([[[[0], [255]], [[51], [204]]]], np.uint8)
    maps = gradient_x_input(model, image, 0).maps
    np.testing.assert_allclose(maps[0], [[-1, 1], [-0.6, 0.6]], atol=1e-6)


def test_signed_maps_add_up_channels_and_saliency_takes_the_largest():
    inputs = keras.Input((1, 1, 3))
    model = keras.Model(inputs, layers.Dense(1, use_bias=False)(layers.Flatten()(inputs)))
    model.set_weights([np.array([[1.0], [-4.0], [2.0]])])
    image = np.ones((1, 1, 1, 3))
    assert vanilla_gradient(model, image, 0).maps.item() == -1
    assert saliency(model, image, 0).maps.item() == 4


def test_saliency_is_the_absolute_gradient_for_one_channel(models, build):
    images = build.pictures(models["grey"])
    expected = np.abs(vanilla_gradient(models["grey"], images, 4).maps)
    np.testing.assert_array_equal(saliency(models["grey"], images, 4).maps, expected)


def test_gradient_times_input_adds_up_to_the_logit_without_biases(build):
    model = rectified(build)
    images = build.pictures(model, 4)
    explained = gradient_x_input(model, images, 1)
    np.testing.assert_allclose(explained.maps.sum(axis=(1, 2)), logit(model, images, 1), rtol=1e-4)
    assert (explained.proof["residual"] < 1e-4).all()


def test_gradient_times_input_says_how_much_it_leaves_to_biases(build):
    model = rectified(build, biases=1.0)
    images = build.pictures(model, 4)
    explained = gradient_x_input(model, images, 1)
    missing = np.abs(logit(model, images, 1) - explained.maps.sum(axis=(1, 2)))
    np.testing.assert_allclose(explained.proof["residual"], missing / np.abs(logit(model, images, 1)), rtol=1e-3)
    assert explained.proof["residual"].max() > 0.01


def test_integrated_gradients_add_up_to_the_difference_from_the_baseline(any_model, build):
    images = build.pictures(any_model)
    baseline = images[::-1]
    explained = integrated_gradients(any_model, images, 1, baseline=baseline)
    difference = logit(any_model, images, 1) - logit(any_model, baseline, 1)
    np.testing.assert_allclose(explained.proof["total"], difference, atol=1e-4)
    # The picture in the middle is its own baseline.
    assert explained.proof["residual"][1] == 0 and not explained.maps[1].any()
    np.testing.assert_allclose(explained.maps.sum(axis=(1, 2))[::2], difference[::2], rtol=0.0101)


def test_steps_double_until_the_map_adds_up(build):
    model = build.one_way(layers.Dense(16, activation="sigmoid"), biases=1.0)
    images = 20 * build.pictures(model, 6)
    coarse = integrated_gradients(model, images, 0, steps=2, max_steps=2)
    fine = integrated_gradients(model, images, 0, steps=2, max_steps=4096)
    assert (coarse.proof["steps"] == 2).all() and coarse.proof["residual"].max() > 0.01
    assert (fine.proof["residual"] <= 0.01).all()
    assert len(set(fine.proof["steps"])) > 1 and set(fine.proof["steps"]) <= {2**n for n in range(1, 13)}
    # What was reached by doubling is what the trapezoid rule gives at once.
    for number, steps in enumerate(fine.proof["steps"]):
        at_once = integrated_gradients(model, images[number : number + 1], 0, steps=int(steps), max_steps=int(steps))
        np.testing.assert_allclose(at_once.maps[0], fine.maps[number], atol=1e-4)


def test_integrated_gradients_of_a_square_are_the_square():
    inputs = keras.Input((1, 1, 1))
    model = keras.Model(inputs, keras.ops.reshape(keras.ops.square(inputs), (-1, 1)))
    explained = integrated_gradients(model, np.full((1, 1, 1, 1), 3.0), 0, steps=1)
    np.testing.assert_allclose(explained.maps.item(), 9, rtol=1e-6)


def test_without_noise_smooth_grad_is_the_gradient(any_model, build):
    images = build.pictures(any_model)
    expected = vanilla_gradient(any_model, images, 0).maps
    explained = smooth_grad(any_model, images, 0, num_copies=3, noise=0)
    np.testing.assert_allclose(explained.maps, expected, atol=1e-5 * np.abs(expected).max())
    assert (explained.proof["sigma"] == 0).all()


def test_smooth_grad_is_the_mean_gradient_of_noisy_copies(build):
    model = rectified(build)
    image = build.pictures(model, 1)
    sigma = 0.3 * (image.max() - image.min())
    noisy = [image + sigma * np.random.default_rng([7, n]).standard_normal((6, 6, 1), np.float32) for n in range(5)]
    expected = np.mean([vanilla_gradient(model, copy, 1).maps[0] for copy in noisy], axis=0)
    explained = smooth_grad(model, image, 1, num_copies=5, noise=0.3, seed=7)
    np.testing.assert_allclose(explained.maps[0], expected, atol=1e-5)
    assert explained.proof["sigma"][0] == pytest.approx(sigma, rel=1e-5)


def test_smooth_grad_spreads_over_seeds_as_one_over_the_root_of_the_copies(build):
    model = rectified(build, biases=0.1)
    image = build.pictures(model, 1)
    spread = {
        count: np.std([smooth_grad(model, image, 1, count, 0.5, seed).maps for seed in range(40)], axis=0).mean()
        for count in (4, 64)
    }
    assert spread[4] / spread[64] == pytest.approx(4, rel=0.2)
    error = smooth_grad(model, image, 1, 64, 0.5).proof["standard_error"][0]
    assert error == pytest.approx(spread[64], rel=0.5)


def test_steps_copies_and_noise_that_make_no_sense_are_refused(models, build):
    images = build.pictures(models["grey"])
    for settings in ({"steps": 0}, {"steps": 9, "max_steps": 8}):
        with pytest.raises(ValueError, match="steps must"):
            integrated_gradients(models["grey"], images, 0, **settings)
    for settings in ({"num_copies": 0}, {"noise": -0.1}):
        with pytest.raises(ValueError, match="num_copies must"):
            smooth_grad(models["grey"], images, 0, **settings)
    with pytest.raises(ValueError, match="stored units"):
        integrated_gradients(models["grey"], images, 0, baseline=np.zeros(5))
