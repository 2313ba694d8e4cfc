"""How many weights each architecture has, by arithmetic: a page can say so without importing Keras.

Each function takes (input_shape, num_classes) as the architecture of the same name does.
"""

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


NUM_PARAMETERS = {function.__name__: function for function in (softmax_regression, dense, small_cnn)}
