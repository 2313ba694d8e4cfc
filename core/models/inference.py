"""What a trained model says: logits and features, without changing the model.

Images are uint8 (num_samples, height, width, channels), as stored.
"""

import keras
import numpy as np
from numpy.typing import NDArray

BATCH_SIZE = 500


def logits(model: keras.Model, images: NDArray[np.uint8], batch_size: int = BATCH_SIZE) -> NDArray[np.float32]:
    """The model's logits, in inference mode.

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels) uint8, at least one.

    Returns:
        (num_samples, num_classes) float32.
    """
    return np.asarray(model.predict(images, batch_size=batch_size, verbose=0), dtype=np.float32)


def features(model: keras.Model, images: NDArray[np.uint8], batch_size: int = BATCH_SIZE) -> NDArray[np.float32]:
    """What the last layer, the one that gives the logits, is fed: the last hidden layer.

    Returns:
        (num_samples, num_features) float32. For `softmax_regression` these are the scaled pixels.
    """
    body = keras.Model(model.inputs, model.layers[-1].input)
    return logits(body, images, batch_size)
