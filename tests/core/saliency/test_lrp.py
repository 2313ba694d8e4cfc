"""Layer-wise relevance propagation by both rules, against layers worked out by hand."""

import keras
import numpy as np
import pytest
from keras import layers

from core.models.architectures import conv10
from core.saliency import gradient_x_input, lrp, randomized, weighted_layers
from core.saliency.lrp import FOLDING


def test_lrp_without_biases_adds_up_to_the_logit_and_is_gradient_times_input(build):
    model = build.one_way(
        layers.Conv2D(3, 3, activation="relu", use_bias=False), layers.MaxPooling2D(2), layers.Flatten(),
        layers.Dense(8, activation="relu", use_bias=False),
    )  # fmt: skip
    images = build.pictures(model, 5)
    explained = lrp(model, images, 1, epsilon=1e-9)
    logits = np.asarray(model(images))[:, 1]
    np.testing.assert_allclose(explained.maps.sum(axis=(1, 2)), logits, rtol=1e-4)
    np.testing.assert_allclose(explained.maps, gradient_x_input(model, images, 1).maps, atol=1e-5)
    assert (explained.proof["leak"] < 1e-5).all()


def test_lrp_is_the_epsilon_rule_layer_by_layer(build):
    model, epsilon = build.two_layers(), 0.5
    first, second = model.get_weights()
    x = np.array([2.0, 1.0])
    sums = x @ first
    hidden = np.maximum(sums, 0)
    logit = (hidden @ second).item()
    stabilised = lambda z: z + epsilon * np.sqrt(np.mean(z**2)) * np.where(z >= 0, 1, -1)  # noqa: E731
    relevance = hidden * second[:, 0] * logit / stabilised(np.array([logit])).item()
    expected = x * (first @ (relevance / stabilised(sums)))
    explained = lrp(model, x.reshape(1, 1, 2, 1), 0, epsilon)
    np.testing.assert_allclose(explained.maps.ravel(), expected, rtol=1e-6)
    np.testing.assert_allclose(explained.proof["leak"], np.abs((logit - expected.sum()) / logit))


@pytest.mark.parametrize("epsilon", [1e-6, 0.01])
def test_lrp_does_not_depend_on_the_units_inside_the_network(epsilon, build):
    def network(unit):
        """A thousandth of the convolution's results, and a thousand times the next layer's weights, change no logit."""
        hidden = layers.Conv2D(4, 3, activation="relu", name="conv"), layers.Flatten()
        model = build.one_way(*hidden, layers.Dense(8, activation="relu", name="next"), biases=0.1)
        for name, factors in (("conv", (unit, unit)), ("next", (1 / unit, 1))):
            layer = model.get_layer(name)
            layer.set_weights([old * factor for old, factor in zip(layer.get_weights(), factors, strict=True)])
        return model

    plain, tiny = network(1), network(0.001)
    images = build.pictures(plain, 4)
    np.testing.assert_allclose(np.asarray(plain(images)), np.asarray(tiny(images)), rtol=1e-4, atol=1e-5)
    ours, theirs = (lrp(model, images, 1, epsilon).maps for model in (plain, tiny))
    np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(ours).max())


def test_lrp_of_an_untrained_network_without_biases_hardly_leaks():
    inputs = keras.Input((32, 32, 3), dtype="uint8")
    x = layers.Rescaling(1 / 255)(inputs)
    for seed in (0, 1):
        initial = keras.initializers.GlorotUniform(seed)
        x = layers.Conv2D(16, 3, activation="relu", use_bias=False, kernel_initializer=initial)(x)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(10, kernel_initializer=keras.initializers.GlorotUniform(2))(x))
    images = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8)
    assert lrp(model, images, 3).proof["leak"].max() < 0.001


def test_lrp_of_an_untrained_conv10_hardly_leaks(build):
    # BatchNormalization begins with neither shift nor mean, so there is no bias.
    model = conv10((32, 32, 3), 10)
    model = randomized(model, len(weighted_layers(model)), seed=0)
    assert lrp(model, build.pictures(model, 2), 3).proof["leak"].max() < 0.01


def test_lrp_counts_batch_normalization_as_part_of_the_convolution_before_it(build):
    inputs = keras.Input((6, 6, 2))
    x = layers.BatchNormalization(name="bn")(layers.Conv2D(3, 3, name="conv")(inputs))
    model = build.randomise(keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layers.ReLU()(x)))), biases=0.5)
    kernel, bias = model.get_layer("conv").get_weights()
    gamma, beta, mean, variance = model.get_layer("bn").get_weights()
    scale = gamma / np.sqrt(variance + model.get_layer("bn").epsilon)
    x = layers.Conv2D(3, 3, name="folded")(inputs)
    folded = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layers.ReLU()(x))))
    folded.set_weights([kernel * scale, (bias - mean) * scale + beta, *model.layers[-1].get_weights()])
    images = build.pictures(model)
    assert isinstance(model.get_layer("conv"), FOLDING)
    for epsilon in (1e-6, 0.3):
        np.testing.assert_allclose(
            lrp(model, images, 1, epsilon).maps, lrp(folded, images, 1, epsilon).maps, rtol=1e-3, atol=1e-5
        )


def test_lrp_says_how_much_biases_and_epsilon_took(models, build):
    images = build.pictures(models["grey"])
    logits = np.asarray(models["grey"](images))[:, 3]
    for epsilon in (1e-6, 1.0):
        explained = lrp(models["grey"], images, 3, epsilon)
        leak = np.abs(logits - explained.maps.sum(axis=(1, 2))) / np.abs(logits)
        np.testing.assert_allclose(explained.proof["leak"], leak, rtol=1e-3)
    for settings in ({"epsilon": -1.0}, {"gamma": -0.1}, {"gamma": np.nan}):
        with pytest.raises(ValueError, match="epsilon and gamma must be 0 or more"):
            lrp(models["grey"], images, 3, **settings)


def test_lrp_passes_relevance_through_a_relu6_that_is_cut_off(build):
    image = np.array([9.0, 1.0]).reshape(1, 1, 2, 1)  # hidden sums (8, 1, -9) -> (6, 1, 0), logit 6 - 2 = 4
    explained = lrp(build.two_layers("relu6"), image, 0, epsilon=0)
    # Relevance of the units: 6 and -2. The first came of 9 - 1, the second of 1.
    np.testing.assert_allclose(explained.maps.ravel(), [6 * 9 / 8, -6 / 8 - 2], rtol=1e-6)
    assert explained.proof["leak"][0] < 1e-6


def weights_and_bias(layer, shape):
    """A linear layer as a matrix (num_inputs, num_outputs) and its bias (num_outputs,), found by asking it."""
    zero = np.asarray(layer(np.zeros((1, *shape), np.float32)), np.float64)
    units = np.eye(np.prod(shape), dtype=np.float32).reshape(-1, *shape)
    answers = np.asarray(layer(units), np.float64) - zero
    return answers.reshape(len(units), -1), zero.ravel()


def handed_back(layer, x, relevance, epsilon, gamma):
    """What each input receives: the rule of Montavon et al., contribution by contribution."""
    weights, bias = weights_and_bias(layer, x.shape)
    parts = np.vstack([x.reshape(-1, 1) * weights, bias])
    z = parts.sum(axis=0)
    parts = np.where(np.sign(parts) == np.sign(z), (1 + gamma) * parts, parts)
    below = parts.sum(axis=0) + epsilon * np.sqrt(np.mean(z**2)) * np.sign(z)
    return (parts[:-1] / below @ relevance.ravel()).reshape(x.shape)


@pytest.mark.parametrize("gamma", [0, 0.25, 4])
@pytest.mark.parametrize(
    "convolution",
    [
        lambda: layers.Conv2D(3, 3, padding="same"),
        lambda: layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2),
        lambda: layers.SeparableConv2D(4, 3),
    ],
)
def test_the_gamma_rule_enlarges_what_has_the_sign_of_the_sum(convolution, gamma, build):
    # The image and the first convolution's results are of both signs; BatchNormalization belongs to the second one.
    inputs = keras.Input((5, 5, 2))
    first, second = layers.Conv2D(2, 2), keras.Sequential([convolution(), layers.BatchNormalization()])
    x = layers.ReLU()(second.layers[1](second.layers[0](first(inputs))))
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))
    build.randomise(model, biases=0.3)
    for layer in second.layers[1:]:
        layer.gamma.assign(layer.gamma * np.resize([1, -1], layer.gamma.shape))  # some turn the sign
    [image], epsilon = build.pictures(model, 1), 0.01
    a = np.asarray(first(image[None]), np.float64)[0]
    hidden = np.maximum(np.asarray(second(a[None].astype(np.float32)), np.float64)[0], 0)
    last = model.layers[-1]
    logit = weights_and_bias(last, (hidden.size,))
    logit = (hidden.ravel() @ logit[0] + logit[1])[1]
    relevance = handed_back(last, hidden.ravel(), np.array([0, logit]), epsilon, 0).reshape(hidden.shape)
    for layer, before in ((second, a), (first, image.astype(np.float64))):
        relevance = handed_back(layer, before, relevance, epsilon, gamma)
    explained = lrp(model, image[None], 1, epsilon, gamma)
    np.testing.assert_allclose(
        explained.maps[0], relevance.sum(axis=-1), rtol=1e-3, atol=1e-4 * np.abs(relevance).max()
    )


@pytest.mark.parametrize("gamma", [0.25, 1e6])
def test_the_gamma_rule_adds_up_to_the_logit_without_biases(gamma, build):
    model = build.one_way(
        layers.Conv2D(3, 3, activation="relu", use_bias=False), layers.AveragePooling2D(2),
        layers.Conv2D(4, 2, activation="relu", use_bias=False),
    )  # fmt: skip
    explained = lrp(model, np.abs(build.pictures(model, 5)), 1, gamma=gamma)
    assert (explained.proof["leak"] < 1e-4).all()


def test_the_gamma_rule_refuses_a_convolution_that_cannot_be_copied(build):
    class Own(layers.Conv2D):
        def __init__(self, needed):
            super().__init__(2, 3, name="own")

        def get_config(self):
            return {}

    model = build.one_way(Own("this"))
    images = build.pictures(model)
    assert np.isfinite(lrp(model, images, 0).maps).all()
    with pytest.raises(ValueError, match="Layer 'own' must be one"):
        lrp(model, images, 0, gamma=1.0)
