"""Long work in pieces: between two calls of a network, others may go first, or the work ends because nobody waits for it.

Whoever calls a network many times calls `next_piece` before each call and keeps each call short (`images_at_once`).
Alone, that does nothing; a process that answers many people says with `in_pieces` what happens there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod

import keras

from core.models.once import once_a_model

# Multiply-adds in one call: about 0.1 s on two cores (40 to 100 thousand million per second, measured).
WORK_AT_ONCE = 5_000_000_000
NUMBERS_AT_ONCE = 1 << 21  # of the images in one call; more is no faster and takes more memory
MOST_IMAGES = 500

_between: ContextVar[Callable[[], None]] = ContextVar("_between", default=lambda: None)


def next_piece() -> None:
    """The place between two pieces of work; raises what `in_pieces` wants raised, to end the work."""
    _between.get()()


@contextmanager
def in_pieces(between: Callable[[], None]) -> Iterator[None]:
    """Within this context and thread, `between` is called before each piece of work; raising from it ends the work."""
    token = _between.set(between)
    try:
        yield
    finally:
        _between.reset(token)


@once_a_model
def multiply_adds(model: keras.Model) -> int:
    """How many multiplications and additions one image takes: each layer's weights times the places they are used at."""
    flat = model._flatten_layers(include_self=False, recursive=True)
    return sum(_places(layer) * _num_weights(layer) for layer in flat if not isinstance(layer, keras.Model))


def images_at_once(model: keras.Model, most: int = MOST_IMAGES) -> int:
    """How many images go through a network in one call, so that it is short and fits into memory: 1 to `most`."""
    shape = model.inputs[0].shape[1:] if getattr(model, "inputs", None) else ()
    numbers = prod(size or 224 for size in shape)
    return max(1, min(most, NUMBERS_AT_ONCE // numbers, WORK_AT_ONCE // max(1, multiply_adds(model))))


def _num_weights(layer: keras.Layer) -> int:
    return sum(prod(weight.shape) for weight in layer.weights)


def _places(layer: keras.Layer) -> int:
    """At how many places of its output a layer uses its weights: a convolution at each pixel, a dense layer once."""
    try:
        return prod(size or 1 for size in layer.output.shape[1:-1])
    except (AttributeError, ValueError):  # inside a subclassed model, whose layers have no symbolic output
        return 1
