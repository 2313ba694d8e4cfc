"""The number of weights of each architecture, by arithmetic, so that a page need not import Keras.

Each function takes (input_shape, num_classes) as the architecture of the same name does.
"""

from itertools import pairwise
from math import prod
from typing import NamedTuple

Shape = tuple[int, int, int]


def softmax_regression(input_shape: Shape, num_classes: int) -> int:
    return (prod(input_shape) + 1) * num_classes


def dense(input_shape: Shape, num_classes: int) -> int:
    return (prod(input_shape) + 1) * 1024 + (1024 + 1) * num_classes


def small_cnn(input_shape: Shape, num_classes: int) -> int:
    height, width, channels = input_shape
    convolution = (9 * channels + 1) * 32
    pooled = ((height - 2) // 2) * ((width - 2) // 2) * 32
    return convolution + (pooled + 1) * 128 + (128 + 1) * num_classes


def deep_mnist(input_shape: Shape, num_classes: int) -> int:
    height, width, channels = input_shape
    convolutions = (25 * channels + 1) * 32 + (25 * 32 + 1) * 64
    pooled = (height // 4) * (width // 4) * 64
    return convolutions + (pooled + 1) * 1024 + (1024 + 1) * num_classes


def conv10(input_shape: Shape, num_classes: int) -> int:
    channels = (input_shape[2], 64, 64, 64, 128, 128, 128, 256, 256, 256)
    # BatchNormalization has four numbers per filter; two of them are moving averages, which are not trained.
    convolutions = sum(9 * before * after + 4 * after for before, after in pairwise(channels))
    return convolutions + (256 + 1) * num_classes


def vgg19(input_shape: Shape, num_classes: int) -> int:
    return sum(layer.weights + layer.biases for layer in vgg19_layers(input_shape, num_classes))


def pets_transfer(input_shape: Shape, num_classes: int) -> int:
    filters = [round(full * 0.75) for full in (32, 64, 128, 128, 256, 256, *6 * (512,), 1024, 1024)]
    first = 9 * input_shape[2] * filters[0] + 4 * filters[0]
    # A block is a depthwise 3 x 3 and a pointwise convolution, with BatchNormalization after both.
    blocks = sum(9 * before + 4 * before + before * after + 4 * after for before, after in pairwise(filters))
    return first + blocks + (filters[-1] + 1) * num_classes


NUM_PARAMETERS = {
    function.__name__: function
    for function in (softmax_regression, dense, small_cnn, deep_mnist, conv10, vgg19, pets_transfer)
}

# What a page must know of an architecture before it loads a network.
CONVOLUTIONAL = frozenset({"small_cnn", "deep_mnist", "conv10", "vgg19", "pets_transfer"})
WITH_DROPOUT = frozenset({"small_cnn", "deep_mnist", "vgg19", "pets_transfer"})

# Number of filters of each of VGG19's convolutions, in five blocks; pooling after each block halves height and width.
VGG19_BLOCKS = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512, 512, 512, 512))
VGG19_DENSE = (4096, 4096, 1000)


class LayerSize(NamedTuple):
    """A layer that has weights.

    Attributes:
        name: as in the model.
        output: (height, width, channels) of a convolution, (units,) of a dense layer.
        kernel: shape of its weights.
        weights, biases: their numbers.
    """

    name: str
    output: tuple[int, ...]
    kernel: tuple[int, ...]
    weights: int
    biases: int


def vgg19_layers(input_shape: Shape, num_classes: int) -> list[LayerSize]:
    """VGG19's layers with weights, from input to output.

    On 28 x 28 x 1 all layers except the last have 42,988,096 weights, as in the article
    "TensorFlowでVGG19を使ってMNISTのエラー画像一覧を作ってみた", whose table leaves biases out.
    """
    height, width, channels = input_shape
    found = []
    for block, filters in enumerate(VGG19_BLOCKS, 1):
        for number, after in enumerate(filters, 1):
            kernel = (3, 3, channels, after)
            found.append(LayerSize(f"block{block}_conv{number}", (height, width, after), kernel, prod(kernel), after))
            channels = after
        height, width = -(-height // 2), -(-width // 2)
    units = height * width * channels
    names = [f"dense{number}" for number in range(1, len(VGG19_DENSE) + 1)]
    for name, after in zip([*names, "logits"], [*VGG19_DENSE, num_classes], strict=True):
        found.append(LayerSize(name, (after,), (units, after), units * after, after))
        units = after
    return found


def misfit(architecture: str, input_shape: Shape) -> str:
    """A sentence that says which images an architecture takes, if it does not take these; else empty."""
    if architecture in ("deep_mnist", "vgg19") and input_shape[:2] not in ((28, 28), (32, 32)):
        return f"{architecture} takes images of 28 x 28 or 32 x 32 pixels."
    if architecture == "pets_transfer" and input_shape != (224, 224, 3):
        return "pets_transfer takes colour images of 224 x 224 pixels, as the pets are."
    return ""


def describe(input_shape: Shape) -> str:
    """An image shape as text, such as "32 x 32 x 3"."""
    return " x ".join(map(str, input_shape))
