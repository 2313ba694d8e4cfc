"""Networks: each a function (input_shape, num_classes) -> keras.Model.

All are Functional (a Sequential loses its graph when it is saved and loaded), take uint8 images as stored, scale them in
their first layer, and end in a layer "logits" in float32, before the softmax.
"""

import keras
from keras import layers

Shape = tuple[int, int, int]


def softmax_regression(input_shape: Shape, num_classes: int) -> keras.Model:
    """No hidden layer: every class weighs every pixel."""
    inputs, x = _scaled(input_shape)
    return _classifier(inputs, layers.Flatten()(x), num_classes, "softmax_regression")


def dense(input_shape: Shape, num_classes: int) -> keras.Model:
    """One hidden layer of 1,024 rectified units."""
    inputs, x = _scaled(input_shape)
    x = layers.Dense(1024, activation="relu")(layers.Flatten()(x))
    return _classifier(inputs, x, num_classes, "dense")


def small_cnn(input_shape: Shape, num_classes: int) -> keras.Model:
    """One convolution and one hidden layer, with Dropout after both.

    Source:
        "MNISTを題材にしてモデル予測の不確実性を推定する".
    """
    inputs, x = _scaled(input_shape)
    x = layers.Conv2D(32, 3, activation="relu")(x)
    x = layers.Dropout(0.25)(layers.MaxPooling2D(2)(x))
    x = layers.Dense(128, activation="relu")(layers.Flatten()(x))
    return _classifier(inputs, layers.Dropout(0.5)(x), num_classes, "small_cnn")


def conv10(input_shape: Shape, num_classes: int) -> keras.Model:
    """Three blocks of three convolutions, 64, 128 and 256 filters, with average pooling between them.

    Source:
        "CIFAR-10で「天然物か人工物かどうか」のフラグを入れて分類すると精度が上がるか?".
    """
    inputs, x = _scaled(input_shape)
    for block, filters in enumerate((64, 128, 256)):
        if block:
            x = layers.AveragePooling2D(2)(x)
        for _ in range(3):
            # BatchNormalization's shift takes the place of a bias. Its averages follow within a short training only
            # with a momentum of 0.9.
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
    return _classifier(inputs, layers.GlobalAveragePooling2D()(x), num_classes, "conv10")


ARCHITECTURES = {function.__name__: function for function in (softmax_regression, dense, small_cnn, conv10)}


def _scaled(input_shape: Shape) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    inputs = keras.Input(input_shape, dtype="uint8", name="image")
    return inputs, layers.Rescaling(1 / 255, name="scaling")(inputs)


def _classifier(inputs: keras.KerasTensor, x: keras.KerasTensor, num_classes: int, name: str) -> keras.Model:
    # float32 also under mixed precision: a logit in bfloat16 keeps three digits.
    return keras.Model(inputs, layers.Dense(num_classes, dtype="float32", name="logits")(x), name=name)
