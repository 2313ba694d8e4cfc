"""A model as the methods see it: what scales the images, the steps behind it, and functions compiled once per model."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import ArrayLike, NDArray

from core.models.once import once_per_model
from core.models.pieces import images_at_once, next_piece
from core.saliency import graph
from core.saliency.graph import Key, Role, Step
from core.saliency.targets import ClassIndex, Target, target

MOST_ROWS = 256
PASSES = 2  # forward, and back for the gradient
MOST_COST = 8
MOST_FUNCTIONS = 64  # compiled and kept for one model: as a rule one per method and target
BESIDE_SCALING = (layers.Identity, layers.GaussianNoise, layers.Dropout)
Rule = Callable[..., Any]
Progress = Callable[[float], None]


class Network:
    """A model laid out flat, in one precision. It holds the model's layers, not the model."""

    def __init__(self, model: keras.Model, dtype: str) -> None:
        steps, self.outputs, self.entry, self.exit = graph.steps(model, dtype)
        self.name, self.dtype = model.name, dtype
        self.input_shape: tuple[int | None, ...] = (
            tuple(model.inputs[0].shape[1:]) if getattr(model, "inputs", None) else (None,) * 3
        )
        self.num_classes: int | None = model.outputs[0].shape[-1] if getattr(model, "outputs", None) else None
        end = _preprocessing(steps, self.entry)
        self._scaling, self.steps = steps[:end], steps[end:]
        self.scaled = steps[end - 1].writes[0] if end else self.entry
        self.layers = list(dict.fromkeys(step.layer for step in steps))  # and operations, each once, as they run
        self._short = images_at_once(model, most=PASSES * MOST_ROWS * MOST_COST) // PASSES
        self._functions: OrderedDict[tuple[Any, ...], Callable[..., Any]] = OrderedDict()

    def scale(self, images: tf.Tensor) -> tf.Tensor:
        """Images as stored -> as the first layer after scaling sees them."""
        values = {self.entry: tf.cast(images, self.dtype)}
        return _run(self._scaling, values, None)[self.scaled]

    def values(self, x: tf.Tensor, rule: Rule | None = None) -> dict[Key, tf.Tensor]:
        """Every tensor of the flat model from the scaled images on; a rule (step, *tensors) -> result replaces steps."""
        return _run(self.steps, {self.scaled: x}, rule)

    def logits(self, x: tf.Tensor, rule: Rule | None = None) -> tf.Tensor:
        """(num_samples, num_classes) of scaled images."""
        return tf.cast(self.values(x, rule)[self.exit], self.dtype)

    def readers(self, key: Key) -> list[Step]:
        return [step for step in self.steps if key in step.reads]

    def compiled(self, make: Callable[..., Callable[..., Any]], *static: Any) -> Callable[..., Any]:
        """make(network, *static) compiled, and kept while the model lives or until many others were asked for."""
        key = (make, *static)
        function = self._functions.pop(key, None)
        self._functions[key] = function = function or _any_number(make(self, *static))
        if len(self._functions) > MOST_FUNCTIONS:
            self._functions.popitem(last=False)
        return function

    def needs_rules(self, method: str) -> None:
        """Raises ValueError where a step is none that the method has a rule for."""
        for step in self.steps:
            if step.role is Role.OTHER:
                kind = getattr(getattr(step.layer, "activation", None), "__name__", type(step.layer).__name__)
                raise ValueError(
                    f"{method} has rules for ReLU and ReLU6 only, got layer {step.name!r} ({kind}). "
                    "Use a method that needs no rule, such as integrated_gradients."
                )

    def rows(self, cost: int = 1) -> int:
        """How many images go into one call, so that it is short and fits into memory.

        Args:
            cost: of an image, in gradients in float32, 1 to MOST_COST.
        """
        return max(1, min(MOST_ROWS, self._short // cost))


@once_per_model
def network(model: keras.Model) -> Network:
    """The model in float32, whatever the precision it was trained in."""
    return Network(model, "float32")


@once_per_model
def precise_network(model: keras.Model) -> Network:
    """The model in float64, for sums that have to come out."""
    return Network(model, "float64")


def checked(net: Network, images: ArrayLike, class_index: ClassIndex) -> tuple[NDArray[np.float32], Target]:
    """Images and class indices as every method takes them.

    Raises:
        ValueError: the images are not of the model's shape, or the class indices do not fit.
    """
    images = np.asarray(images)
    expected = ("num_samples", *net.input_shape)
    fits = images.ndim == 4 and all(
        size in (None, got) for size, got in zip(net.input_shape, images.shape[1:], strict=False)
    )
    if not fits or images.dtype.kind not in "uif":
        text = ", ".join(str(size) for size in expected)
        raise ValueError(
            f"images must be numbers of shape ({text}), as stored, got {images.dtype} {images.shape}. "
            "One image alone needs an axis: images[None]."
        )
    num_classes = net.num_classes
    if num_classes is None:
        num_classes = int(net.logits(net.scale(tf.zeros((1, *images.shape[1:])))).shape[-1])
    return images.astype(np.float32), target(class_index, len(images), num_classes)


def baseline_images(baseline: ArrayLike | None, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """A number, one picture, or one picture per sample, in the images' shape; None is each image's own middle grey.

    Raises:
        ValueError: it does not fit the images.
    """
    if baseline is None:
        # Halfway between its darkest and brightest: seen on paper as on ink.
        baseline = (images.min(axis=(1, 2, 3), keepdims=True) + images.max(axis=(1, 2, 3), keepdims=True)) / 2
    try:
        return np.broadcast_to(np.asarray(baseline, np.float32), images.shape).copy()
    except ValueError as error:
        raise ValueError(
            f"What stands in for pixels must be a number or an array that spreads to the images {images.shape}, "
            f"in their stored units, got shape {np.shape(baseline)}."
        ) from error


def batches(num_samples: int, at_once: int) -> Iterator[slice]:
    """The samples in slices of at most `at_once`."""
    for start in range(0, num_samples, at_once):
        yield slice(start, min(start + at_once, num_samples))


def in_batches(
    call: Callable[..., tuple[tf.Tensor, ...]], at_once: int, *arrays: NDArray[Any]
) -> tuple[NDArray[Any], ...]:
    """call(*batches of the arrays) -> tuple of tensors, one row per sample, joined over all samples."""
    if len(arrays[0]) == 0:  # what one sample would give, and none of it
        answers = call(*(np.zeros((1, *array.shape[1:]), array.dtype) for array in arrays))
        return tuple(answer.numpy()[:0] for answer in answers)
    parts = batches(len(arrays[0]), at_once)
    rows = [[answer.numpy() for answer in call(*(array[part] for array in arrays))] for part in parts]
    return tuple(np.concatenate(column) for column in zip(*rows, strict=True))


def _any_number(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled once for each shape of its arguments, their first axes left open.

    Left to itself TensorFlow compiles again for every number of samples, which takes longer than most maps.
    """
    compiled: dict[tuple[Any, ...], Callable[..., Any]] = {}

    def call(*arrays: NDArray[Any]) -> Any:
        next_piece()
        key = tuple((array.ndim, array.shape[1:], array.dtype) for array in arrays)
        if key not in compiled:
            specs = [tf.TensorSpec((None, *array.shape[1:])[: array.ndim], array.dtype) for array in arrays]
            # Called as it is, because TensorFlow's own search for the fitting trace takes time at every call.
            compiled[key] = tf.function(function, input_signature=specs, autograph=False).get_concrete_function()
            next_piece()  # compiling takes longer than most calls
        return compiled[key](*(tf.constant(array) for array in arrays))

    return call


def _run(steps: list[Step], values: dict[Key, tf.Tensor], rule: Rule | None) -> dict[Key, tf.Tensor]:
    for step in steps:
        tensors = [values[key] for key in step.reads]
        result = step.apply(*tensors) if rule is None else rule(step, *tensors)
        results = result if isinstance(result, (list, tuple)) else [result]
        values.update(zip(step.writes, results, strict=True))
    return values


def _preprocessing(steps: list[Step], entry: Key) -> int:
    """How many of the first steps scale the images: up to the first Rescaling or Normalization, if it comes at once."""
    key = entry
    for number, step in enumerate(steps):
        if step.reads != (key,) or sum(key in other.reads for other in steps) != 1:
            return 0
        if isinstance(step.layer, (layers.Rescaling, layers.Normalization)):
            return number + 1
        beside = isinstance(step.layer, BESIDE_SCALING) or type(step.layer).__name__.startswith(("Random", "Cast"))
        if not beside:
            return 0
        key = step.writes[0]
    return 0
