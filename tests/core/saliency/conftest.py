"""Tiny networks of every kind that the methods must accept, with random weights."""

import keras
import numpy as np
import pytest
from keras import layers


def randomise(model: keras.Model, seed: int = 0, biases: float = 0.1) -> keras.Model:
    """Weights and BatchNormalization averages drawn, so that no bias is 0 by chance unless asked for."""
    rng = np.random.default_rng(seed)
    drawn = []
    for variable in model.weights:
        shape, name = tuple(variable.shape), variable.name
        if name in ("gamma", "moving_variance"):
            drawn.append(rng.uniform(0.5, 1.5, shape))
        elif len(shape) == 1:
            drawn.append(biases * rng.standard_normal(shape))
        else:
            drawn.append(rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1])))
    model.set_weights(drawn)
    return model


def grey() -> keras.Model:
    """An `activation` argument, max-pooling, Dropout, as in the app's own small network."""
    inputs = keras.Input((28, 28, 1), dtype="uint8", name="image")
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(layers.Rescaling(1 / 255, name="scaling")(inputs))
    x = layers.Dropout(0.25)(layers.MaxPooling2D(2)(x))
    x = layers.Dropout(0.5)(layers.Dense(8, activation="relu")(layers.Flatten()(x)))
    return randomise(keras.Model(inputs, layers.Dense(10, name="logits")(x), name="grey"))


def colour() -> keras.Model:
    """BatchNormalization, ReLU layers, a skip connection, padding, depthwise convolution, ReLU6 by function."""
    inputs = keras.Input((32, 32, 3), dtype="uint8", name="image")
    x = layers.ZeroPadding2D(1)(layers.Rescaling(1 / 255, name="scaling")(inputs))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(6, 3, strides=2, use_bias=False)(x)))
    y = layers.DepthwiseConv2D(3, padding="same")(x)
    y = layers.Activation("relu6")(layers.BatchNormalization()(y))
    x = layers.Add()([x, layers.Conv2D(6, 1)(y)])
    x = layers.Concatenate()([layers.AveragePooling2D(2)(x), layers.MaxPooling2D(2)(x)])
    x = layers.SpatialDropout2D(0.2)(keras.activations.relu6(layers.SeparableConv2D(8, 3, name="last_conv")(x)))
    x = layers.GlobalAveragePooling2D()(x)
    return randomise(keras.Model(inputs, layers.Dense(5, dtype="float32", name="logits")(x), name="colour"))


def nested() -> keras.Model:
    """A model in a model, as in transfer learning, scaled to [-1, 1]."""
    inside = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, strides=2, use_bias=False, name="conv1")(layers.ZeroPadding2D(1)(inside))
    x = layers.ReLU(6.0, name="conv1_relu")(layers.BatchNormalization(name="conv1_bn")(x))
    x = layers.DepthwiseConv2D(3, use_bias=False, name="conv2")(x)
    backbone = keras.Model(inside, layers.ReLU(6.0, name="conv2_relu")(x), name="backbone")
    inputs = keras.Input((32, 32, 3), dtype="uint8", name="image")
    x = backbone(layers.Rescaling(1 / 127.5, -1, name="scaling")(inputs))
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return randomise(keras.Model(inputs, layers.Dense(4, name="logits")(x), name="nested"))


def unscaled() -> keras.Model:
    """No preprocessing: float images go in as they are; a Sequential."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(3, 3, activation="relu"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(3),
        ],
        name="unscaled",
    )
    return randomise(model)


KINDS = {function.__name__: function for function in (grey, colour, nested, unscaled)}


def pictures(model: keras.Model, count: int = 3, seed: int = 1) -> np.ndarray:
    shape = (count, *model.inputs[0].shape[1:])
    rng = np.random.default_rng(seed)
    if model.inputs[0].dtype == "uint8":
        return rng.integers(0, 256, shape, dtype=np.uint8)
    return rng.standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="session")
def models() -> dict[str, keras.Model]:
    return {name: function() for name, function in KINDS.items()}


@pytest.fixture(params=KINDS, scope="session")
def any_model(request, models) -> keras.Model:
    return models[request.param]


def one_way(*hidden, shape=(6, 6, 1), num_classes=3, seed=0, biases=0.0, scaling=False) -> keras.Model:
    """A chain of layers between an image and the logits; without biases by default."""
    inputs = keras.Input(shape)
    x = layers.Rescaling(0.5, name="scaling")(inputs) if scaling else inputs
    for layer in hidden:
        x = layer(x)
    x = layers.Dense(num_classes, use_bias=biases > 0, name="logits")(layers.Flatten()(x))
    return randomise(keras.Model(inputs, x), seed, biases)


def two_layers(activation="relu"):
    """logit = 1 * f(x0 - x1) - 2 * f(x1) + 3 * f(-x0), by hand."""
    inputs = keras.Input((1, 2, 1))
    x = layers.Dense(3, activation=activation, use_bias=False)(layers.Flatten()(inputs))
    model = keras.Model(inputs, layers.Dense(1, use_bias=False)(x))
    model.set_weights([np.array([[1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]), np.array([[1.0], [-2.0], [3.0]])])
    return model


class Build:
    """What tests build networks and pictures with."""

    one_way = staticmethod(one_way)
    pictures = staticmethod(pictures)
    randomise = staticmethod(randomise)
    two_layers = staticmethod(two_layers)


@pytest.fixture(scope="session")
def build() -> type[Build]:
    return Build
