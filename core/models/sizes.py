"""How many weights each architecture has, by arithmetic: a page can say so without importing Keras.

Each function takes (input_shape, num_classes) as the architecture of the same name does.
"""

from itertools import pairwise
from math import prod

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


def conv10(input_shape: Shape, num_classes: int) -> int:
    channels = (input_shape[2], 64, 64, 64, 128, 128, 128, 256, 256, 256)
    # BatchNormalization has four numbers a filter, two of which are averages that no gradient moves.
    convolutions = sum(9 * before * after + 4 * after for before, after in pairwise(channels))
    return convolutions + (256 + 1) * num_classes


NUM_PARAMETERS = {function.__name__: function for function in (softmax_regression, dense, small_cnn, conv10)}


def misfit(architecture: str, input_shape: Shape) -> str:
    """The sentence that says which images an architecture takes, if these are not among them; else empty."""
    return ""


def describe(input_shape: Shape) -> str:
    """An image's shape for a person: "32 x 32 x 3"."""
    return " x ".join(map(str, input_shape))
