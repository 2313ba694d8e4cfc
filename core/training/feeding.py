"""How `fit` is given its images."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


def fed(images: NDArray[np.uint8], labels: NDArray[np.integer], batch_size: int) -> dict[str, Any]:
    """The arguments with which `fit` takes the images in the order given.

    Under TensorFlow they come from a tf.data pipeline that is not tuned while it runs. The one that Keras builds from
    arrays is, by a thread that wakes 10 ms, 30 ms, 70 ms, … after the start and at last once a minute; and where a step
    takes a tenth of a second or more, `fit` often waits for it to wake once more: up to a minute after every epoch.

    Args:
        images: (num_images, height, width, channels).
        labels: (num_images,).
        batch_size: the last batch is smaller if it must be.
    """
    if keras.backend.backend() != "tensorflow":
        return {"x": images, "y": labels, "batch_size": batch_size, "shuffle": False}
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).batch(batch_size).prefetch(2)
    return {"x": batches.with_options(options), "shuffle": False}
