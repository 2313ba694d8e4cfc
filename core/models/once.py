"""What is derived from a model, kept beside it."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

import keras

T = TypeVar("T")


def once_a_model(build: Callable[[keras.Model], T]) -> Callable[[keras.Model], T]:
    """Keeps what was built from a model, compiled functions included, for as long as the model lives."""
    built: WeakKeyDictionary[keras.Model, T] = WeakKeyDictionary()

    @wraps(build)
    def kept(model: keras.Model) -> T:
        if model not in built:
            built[model] = build(model)
        return built[model]

    return kept
