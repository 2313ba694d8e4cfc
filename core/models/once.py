"""Objects derived from a model, such as submodels, cached for as long as the model lives."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

import keras

T = TypeVar("T")


def once_per_model(build: Callable[[keras.Model], T]) -> Callable[[keras.Model], T]:
    """Decorator: caches the result, with its compiled functions, for as long as the model lives."""
    built: WeakKeyDictionary[keras.Model, T] = WeakKeyDictionary()

    @wraps(build)
    def kept(model: keras.Model) -> T:
        if model not in built:
            built[model] = build(model)
        return built[model]

    return kept
