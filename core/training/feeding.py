"""The input of `fit`: the training images, in batches."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


def fed(images: NDArray[np.uint8], labels: NDArray[np.integer], batch_size: int) -> dict[str, Any]:
    """The arguments of `fit` for images in the given order.

    With TensorFlow this is a tf.data pipeline without autotuning. The pipeline that Keras builds from arrays is tuned by a
    thread that wakes 10 ms, 30 ms, 70 ms, … after the start and finally once per minute. If a step takes a tenth of a
    second or more, `fit` often waits until that thread wakes again: up to a minute after every epoch.

    Args:
        images: (num_images, height, width, channels).
        labels: (num_images,).
        batch_size: the last batch may be smaller.
    """
    if keras.backend.backend() != "tensorflow":
        return {"x": images, "y": labels, "batch_size": batch_size, "shuffle": False}
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).batch(batch_size).prefetch(2)
    return {"x": batches.with_options(options), "shuffle": False}
