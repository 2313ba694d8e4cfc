"""Architectures: each is a function (input_shape, num_classes) -> keras.Model.

All models are Functional (a Sequential loses its graph when it is saved and loaded), take uint8 images as stored, scale
them in their first layer, and end with a layer "logits" in float32, before the softmax.
"""

import keras
from keras import layers

from core.data import sources
from core.models.sizes import VGG19_BLOCKS, VGG19_DENSE

Shape = tuple[int, int, int]
MOBILENET_WEIGHTS = "mobilenet_v1_075_224_no_top.weights.h5"


class WeightsMissing(sources.DataMissing):
    """Pretrained weights were neither found nor downloaded."""


def softmax_regression(input_shape: Shape, num_classes: int) -> keras.Model:
    """No hidden layer: the logits are linear in the pixels."""
    inputs, x = _scaled(input_shape)
    return _classifier(inputs, layers.Flatten()(x), num_classes, "softmax_regression")


def dense(input_shape: Shape, num_classes: int) -> keras.Model:
    """One hidden layer of 1,024 ReLU units."""
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


def deep_mnist(input_shape: Shape, num_classes: int) -> keras.Model:
    """Two convolutions, one hidden layer of 1,024 units, Dropout.

    Source:
        TensorFlow's tutorial "Deep MNIST for Experts", as in
        "TensorFlowでVGG19を使ってMNISTのエラー画像一覧を作ってみた".
    """
    inputs, x = _scaled(input_shape)
    for filters in (32, 64):
        x = layers.MaxPooling2D(2)(layers.Conv2D(filters, 5, padding="same", activation="relu")(x))
    x = layers.Dense(1024, activation="relu")(layers.Flatten()(x))
    return _classifier(inputs, layers.Dropout(0.5)(x), num_classes, "deep_mnist")


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
            # BatchNormalization's shift replaces the bias. With Keras's default momentum of 0.99 its moving averages lag
            # behind in a short training.
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
    return _classifier(inputs, layers.GlobalAveragePooling2D()(x), num_classes, "conv10")


def vgg19(input_shape: Shape, num_classes: int) -> keras.Model:
    """Sixteen convolutions, three dense layers, and the logits.

    Pooling rounds up, so that 28 x 28 becomes 1 x 1 x 512 after five times.

    Source:
        Simonyan & Zisserman 2015, https://arxiv.org/abs/1409.1556; on MNIST in
        "TensorFlowでVGG19を使ってMNISTのエラー画像一覧を作ってみた".
    """
    inputs, x = _scaled(input_shape)
    # He initialization keeps the signal's variance through sixteen ReLU layers; Keras's default halves it in each.
    relu = {"activation": "relu", "kernel_initializer": "he_normal"}
    for block, filters in enumerate(VGG19_BLOCKS, 1):
        for number, count in enumerate(filters, 1):
            x = layers.Conv2D(count, 3, padding="same", name=f"block{block}_conv{number}", **relu)(x)
        x = layers.MaxPooling2D(2, padding="same", name=f"block{block}_pool")(x)
    x = layers.Flatten()(x)
    for number, units in enumerate(VGG19_DENSE, 1):
        x = layers.Dense(units, name=f"dense{number}", **relu)(x)
        if units == 4096:
            x = layers.Dropout(0.5)(x)
    return _classifier(inputs, x, num_classes, "vgg19")


def pets_transfer(input_shape: Shape, num_classes: int) -> keras.Model:
    """MobileNet of width 0.75, Dropout, and new logits; see `load_pretrained`.

    Source:
        Howard and others 2017, MobileNets, https://arxiv.org/abs/1704.04861.
    """
    inputs = keras.Input(input_shape, dtype="uint8", name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="scaling")(inputs)
    x = _mobilenet(input_shape, input_tensor=x).output
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return _classifier(inputs, x, num_classes, "pets_transfer")


ARCHITECTURES = {
    function.__name__: function
    for function in (softmax_regression, dense, small_cnn, deep_mnist, conv10, vgg19, pets_transfer)
}


def load_pretrained(model: keras.Model) -> None:
    """Load MobileNet's ImageNet weights into `pets_transfer`, from weights/ among the data or from Keras.

    Raises:
        WeightsMissing: they were not found in any data folder, and could not be downloaded.
    """
    found = [place / MOBILENET_WEIGHTS for place in sources.places("weights") if (place / MOBILENET_WEIGHTS).is_file()]
    try:
        body = _mobilenet(model.input_shape[1:], weights=str(found[0]) if found else "imagenet")
    except Exception as error:  # whatever a broken file or connection raises
        raise WeightsMissing(
            f"MobileNet's ImageNet weights could not be loaded ({str(error).splitlines()[0]}). Connect to the network, or "
            f"put {MOBILENET_WEIGHTS} into {sources.download_folder('weights')}."
        ) from error
    with_weights = [layer for layer in model.layers if layer.weights and layer.name != "logits"]
    for layer, pretrained in zip(with_weights, (layer for layer in body.layers if layer.weights), strict=True):
        layer.set_weights(pretrained.get_weights())


def freeze(model: keras.Model, *, frozen: bool) -> None:
    """Make only the logits of `pets_transfer` trainable, or everything except BatchNormalization.

    BatchNormalization's averages would be wrong after training on few images.
    """
    for layer in model.layers:
        is_normalization = isinstance(layer, layers.BatchNormalization)
        layer.trainable = layer.name == "logits" or not (frozen or is_normalization)


def _mobilenet(input_shape: Shape, weights: str | None = None, **options: keras.KerasTensor) -> keras.Model:
    return keras.applications.MobileNet(input_shape, alpha=0.75, include_top=False, weights=weights, **options)


def _scaled(input_shape: Shape) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    inputs = keras.Input(input_shape, dtype="uint8", name="image")
    return inputs, layers.Rescaling(1 / 255, name="scaling")(inputs)


def _classifier(inputs: keras.KerasTensor, x: keras.KerasTensor, num_classes: int, name: str) -> keras.Model:
    # float32 also with mixed precision: a number in bfloat16 has only two or three digits.
    return keras.Model(inputs, layers.Dense(num_classes, dtype="float32", name="logits")(x), name=name)
