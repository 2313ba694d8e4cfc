"""The gradient averaged over noisy copies of the image."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from core.metrics.explanation import Explanation
from core.saliency.gradients import slope_of_each
from core.saliency.network import Network, Progress, batches, checked, network
from core.saliency.targets import ClassIndex, value


def smooth_grad(
    model: keras.Model,
    images: ArrayLike,
    class_index: ClassIndex,
    num_copies: int = 50,
    noise: float = 0.15,
    seed: int = 0,
    progress: Progress | None = None,
) -> Explanation:
    """The gradient's mean over noisy copies of the image; neither squared nor clipped.

    The noise is the same for every image, so that a map does not depend on the images beside it.

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or another target.
        num_copies: at least 1.
        noise: standard deviation, as a fraction of the scaled image's largest value minus its smallest.
        seed: of the noise.
        progress: called with the fraction done, in (0, 1]; raising from it cancels.

    Returns:
        Maps, signed, summed over channels; in the proof "sigma", the noise in scaled units, "num_copies", and
        "standard_error" of a pixel (root mean square over the map; NaN for one copy).

    Raises:
        ValueError: num_copies is below 1, noise is negative, or an argument does not fit the model.

    Source:
        Smilkov et al. 2017, SmoothGrad, https://arxiv.org/abs/1706.03825.
    """
    if num_copies < 1 or noise < 0:
        raise ValueError(f"num_copies must be at least 1 and noise 0 or more, got {num_copies} and {noise}.")
    net = network(model)
    images, goal = checked(net, images, class_index)
    call = net.compiled(_make_noisy, goal.function)
    total, squares = (np.zeros(images.shape[:3], np.float64) for _ in range(2))
    values, sigma = (np.zeros(len(images), np.float32) for _ in range(2))
    done = 0
    for part in batches(len(images), net.rows()):
        at_once = max(1, net.rows() // (part.stop - part.start))
        for first in range(0, num_copies, at_once):
            copies = range(first, min(first + at_once, num_copies))
            drawn = np.stack(
                [np.random.default_rng([seed, n]).standard_normal(images.shape[1:], np.float32) for n in copies]
            )
            answers = call(images[part], goal.weights[part], drawn, np.float32(noise))
            added, added_squares, answer, width = (array.numpy() for array in answers)
            total[part] += added
            squares[part] += added_squares
            values[part], sigma[part] = answer, width
            done += len(copies) * (part.stop - part.start)
            if progress is not None:
                progress(done / (num_copies * len(images)))
    mean = total / num_copies
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(squares / num_copies - mean**2, 0) / np.float64(num_copies - 1)
    proof = {"value": values, "sigma": sigma, "num_copies": np.full(len(images), num_copies)}
    return Explanation(mean.astype(np.float32), {**proof, "standard_error": np.sqrt(variance.mean(axis=(1, 2)))})


def _make_noisy(net: Network, function: Callable[..., Any] | None) -> Callable[..., Any]:
    def noisy(images: tf.Tensor, weights: tf.Tensor, drawn: tf.Tensor, noise: tf.Tensor) -> tuple[tf.Tensor, ...]:
        x = net.scale(images)
        sigma = noise * (tf.reduce_max(x, (1, 2, 3)) - tf.reduce_min(x, (1, 2, 3)))
        copies = x + tf.reshape(sigma, (-1, 1, 1, 1)) * drawn[:, None]
        gradient = tf.reduce_sum(slope_of_each(net, copies, weights, function)[0], axis=-1)
        values = value(net.logits(x), weights, function)
        return tf.reduce_sum(gradient, axis=0), tf.reduce_sum(gradient**2, axis=0), values, sigma

    return noisy
