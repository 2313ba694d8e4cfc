"""Outputs of a trained model: logits, features and Monte Carlo dropout. The model is not changed.

Images are uint8 (num_samples, height, width, channels), as stored. Axis 0 is the sample, the last axis the class.
"""

from collections.abc import Callable
from itertools import pairwise

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from scipy.special import softmax

from core.models.once import once_per_model
from core.models.pieces import MOST_IMAGES, WORK_AT_ONCE, images_at_once, multiply_adds, next_piece

ROWS = 4000  # images times passes in one call after the first Dropout; more is no faster and takes more memory
Progress = Callable[[float], None]


def logits(model: keras.Model, images: NDArray[np.uint8], progress: Progress | None = None) -> NDArray[np.float32]:
    """The model's logits, in inference mode.

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels) uint8.
        progress: called after each batch with the fraction done, in (0, 1]; raising from it cancels.

    Returns:
        (num_samples, num_classes) float32.
    """
    return _outputs(model, images, progress)[0]


def features(model: keras.Model, images: NDArray[np.uint8], progress: Progress | None = None) -> NDArray[np.float32]:
    """Output of the last hidden layer, from which the last layer computes the logits.

    Arguments as for `logits`.

    Returns:
        (num_samples, num_features) float32. For `softmax_regression` these are the scaled pixels.
    """
    return _outputs(_body(model), images, progress)[0]


def logits_and_features(
    model: keras.Model, images: NDArray[np.uint8], progress: Progress | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The results of `logits` and `features`, in one pass through the network. Arguments as for `logits`."""
    answers, hidden = _outputs(_with_features(model), images, progress)
    return answers, hidden


def last_layer_weights(model: keras.Model) -> NDArray[np.float32]:
    """The weights of the last layer, which takes what `features` returns and gives the logits.

    Returns:
        (num_features, num_classes) float32, without the bias.

    Raises:
        ValueError: the last layer is not Dense.
    """
    last = model.layers[-1]
    if not isinstance(last, keras.layers.Dense):
        raise ValueError(
            f"The last layer of {model.name} must be Dense to have weights per class, got {type(last).__name__}."
        )
    return np.asarray(last.kernel, np.float32)


def mc_dropout_probs(
    model: keras.Model,
    images: NDArray[np.uint8],
    num_passes: int,
    seed: int,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Probabilities from several passes with Dropout left on.

    In one pass the same units are dropped for every image, so the result for an image does not depend on the other
    images, and the first passes do not depend on num_passes. The layers before the first Dropout are computed once.

    Args:
        model: no connection may skip a Dropout layer.
        images: (num_samples, height, width, channels) uint8.
        num_passes: at least 1.
        seed: of the masks, which NumPy draws, so that they are the same with every backend.
        progress: called after each batch of passes with the fraction done, in (0, 1]; raising from it cancels.

    Returns:
        (num_samples, num_passes, num_classes), in [0, 1], each row summing to 1.

    Raises:
        ValueError: the model has no Dropout, or num_passes is below 1.

    Source:
        Gal & Ghahramani 2016, Dropout as a Bayesian approximation, https://arxiv.org/abs/1506.02142.
    """
    if num_passes < 1:
        raise ValueError(f"num_passes must be at least 1, got {num_passes}.")
    dropouts = _dropouts(model)
    if not dropouts:
        raise ValueError(
            f"{model.name} has no Dropout, so every pass would say the same. Train an architecture with Dropout, "
            "such as small_cnn."
        )
    before, after = _split(model)
    masks = [_masks(layer, num_passes, [seed, number]) for number, layer in enumerate(dropouts)]
    probs = np.empty((len(images), num_passes, model.outputs[0].shape[-1]))
    most_rows = max(1, min(ROWS, WORK_AT_ONCE // max(1, multiply_adds(after))))
    batch_size = min(MOST_IMAGES, most_rows)
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        # A tensor, because an array would be copied in every call.
        hidden = ops.convert_to_tensor(_outputs(before, batch)[0][None])
        at_once = max(1, most_rows // len(batch))
        for first in range(0, num_passes, at_once):
            passes = slice(first, min(first + at_once, num_passes))
            first_masks, *later_masks = (mask[passes] for mask in masks)
            # After the first Dropout, rows are all images of one pass, then all images of the next.
            rows = [np.repeat(mask, len(batch), axis=0) for mask in later_masks]
            next_piece()
            answers = after.predict_on_batch([hidden, first_masks[:, None], *rows])
            answers = np.asarray(answers, np.float64).reshape(len(first_masks), len(batch), -1)
            probs[start : start + len(batch), passes] = softmax(answers, axis=-1).swapaxes(0, 1)
            if progress is not None:
                progress((start * num_passes + len(batch) * passes.stop) / (len(images) * num_passes))
    return probs


def _outputs(
    model: keras.Model, images: NDArray[np.uint8], progress: Progress | None = None
) -> list[NDArray[np.float32]]:
    """The model's outputs, each (num_samples, ...) float32.

    One compiled call per batch, because `model.predict` takes a tenth of a second to start.
    """
    parts = [[np.zeros((0, *output.shape[1:]), np.float32) for output in model.outputs]]
    batch_size = images_at_once(model)
    for start in range(0, len(images), batch_size):
        next_piece()
        batch = images[start : start + batch_size]
        # Each new batch size may be compiled again. Batches are filled up to a power of two by repeating images, so that
        # there are few sizes.
        size = min(batch_size, 1 << (len(batch) - 1).bit_length())
        answers = model.predict_on_batch(np.resize(batch, (size, *batch.shape[1:])))
        answers = answers if isinstance(answers, (list, tuple)) else [answers]
        parts.append([np.asarray(answer, np.float32)[: len(batch)] for answer in answers])
        if progress is not None:
            progress((start + len(batch)) / len(images))
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


@once_per_model
def _body(model: keras.Model) -> keras.Model:
    return keras.Model(model.inputs[0], model.layers[-1].input)


@once_per_model
def _with_features(model: keras.Model) -> keras.Model:
    return keras.Model(model.inputs[0], [model.outputs[0], model.layers[-1].input])


@once_per_model
def _split(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The model split at its first Dropout into two models that share its layers.

    Returns:
        images -> hidden (num_images, ...), and [hidden (1, num_images, ...), the first Dropout's masks
        (num_passes, 1, ...), each later one's (num_passes * num_images, ...)] -> logits (num_passes * num_images, ...).
    """
    first, *later = dropouts = _dropouts(model)
    shape, dtype = first.input.shape[1:], first.compute_dtype
    hidden = keras.Input(batch_shape=(1, None, *shape), dtype=dtype)
    masks = [
        keras.Input(batch_shape=(None, 1, *shape), dtype=dtype),
        *(keras.Input(layer.input.shape[1:], dtype=layer.compute_dtype) for layer in later),
    ]
    x = ops.reshape(hidden * masks[0], (-1, *shape))
    for (layer, following), mask in zip(pairwise(dropouts), masks[1:], strict=True):
        x = keras.Model(layer.output, following.input)(x) * mask
    answers = keras.Model(dropouts[-1].output, model.outputs[0])(x)
    return keras.Model(model.inputs[0], first.input), keras.Model([hidden, *masks], answers)


def _dropouts(model: keras.Model) -> list[keras.layers.Dropout]:
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]


def _masks(dropout: keras.layers.Dropout, num_passes: int, seed: list[int]) -> NDArray[np.float32]:
    """(num_passes, ...): 0 where a unit is dropped, 1 / (1 - rate) where it stays."""
    drawn = np.random.default_rng(seed).random((num_passes, *dropout.input.shape[1:]), np.float32)
    return (drawn >= dropout.rate).astype(np.float32) / np.float32(1 - dropout.rate)
