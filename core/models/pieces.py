"""Long computations in short pieces: between two pieces other requests can run, or the computation can be cancelled.

Code that calls a network many times calls `next_piece` before each call and keeps each call short (`images_at_once`). By
default this does nothing; a process that serves several users sets with `in_pieces` what happens between two pieces.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod

import keras

from core.models.once import once_per_model

# Multiply-adds in one call: about 0.1 s on two cores (40 to 100 billion per second, measured).
WORK_AT_ONCE = 5_000_000_000
NUMBERS_AT_ONCE = 1 << 21  # input values in one call; more is no faster and takes more memory
MOST_IMAGES = 500

_between: ContextVar[Callable[[], None]] = ContextVar("_between", default=lambda: None)


def next_piece() -> None:
    """Called before each piece of work; may raise an exception of `in_pieces` that ends the work."""
    _between.get()()


@contextmanager
def in_pieces(between: Callable[[], None]) -> Iterator[None]:
    """Within this context and thread, `between` is called before each piece of work; raising from it ends the work."""
    token = _between.set(between)
    try:
        yield
    finally:
        _between.reset(token)


@once_per_model
def multiply_adds(model: keras.Model) -> int:
    """Multiply-adds per image: each layer's number of weights times the number of positions where they are used."""
    flat = model._flatten_layers(include_self=False, recursive=True)
    return sum(_num_positions(layer) * _num_weights(layer) for layer in flat if not isinstance(layer, keras.Model))


def images_at_once(model: keras.Model, most: int = MOST_IMAGES) -> int:
    """Number of images, 1 to `most`, with which one call of a network is short and fits into memory."""
    shape = model.inputs[0].shape[1:] if getattr(model, "inputs", None) else ()
    numbers = prod(size or 224 for size in shape)
    return max(1, min(most, NUMBERS_AT_ONCE // numbers, WORK_AT_ONCE // max(1, multiply_adds(model))))


def _num_weights(layer: keras.Layer) -> int:
    return sum(prod(weight.shape) for weight in layer.weights)


def _num_positions(layer: keras.Layer) -> int:
    """Number of positions where a layer uses its weights: for a convolution its output pixels, for a dense layer one."""
    try:
        return prod(size or 1 for size in layer.output.shape[1:-1])
    except (AttributeError, ValueError):  # inside a subclassed model, whose layers have no symbolic output
        return 1
