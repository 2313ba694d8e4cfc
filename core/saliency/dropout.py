"""How much a map varies when random units are dropped: maps under Monte Carlo dropout."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import ArrayLike

from core.metrics.explanation import Explanation, Spread
from core.models.once import once_per_model
from core.saliency.gradients import vanilla_gradient
from core.saliency.graph import seeded
from core.saliency.network import Progress, network
from core.saliency.targets import ClassIndex

DROPOUTS = (layers.Dropout, layers.SpatialDropout2D)


def spread(
    model: keras.Model,
    images: ArrayLike,
    class_index: ClassIndex,
    method: Callable[..., Explanation] = vanilla_gradient,
    num_passes: int = 30,
    seed: int = 0,
    progress: Progress | None = None,
    **arguments: Any,
) -> Spread:
    """Mean and standard deviation of a map over several passes with Dropout left on.

    In one pass the same units are dropped for every image and, if the method asks the network many times, for the whole
    map.

    Args:
        model: ends in logits and has a Dropout.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or another target.
        method: any of `core.saliency`.
        num_passes: at least 2.
        seed: of what is dropped.
        progress: called with the fraction done, in (0, 1]; raising from it cancels.
        arguments: of the method.

    Raises:
        ValueError: the model has no Dropout, num_passes is below 2, or the method refuses its arguments.

    Source:
        Gal & Ghahramani 2016, Dropout as a Bayesian approximation, https://arxiv.org/abs/1506.02142.
    """
    if num_passes < 2:
        raise ValueError(f"num_passes must be at least 2, got {num_passes}.")
    originals = network(model).layers
    if not any(isinstance(layer, DROPOUTS) and layer.rate > 0 for layer in originals):
        raise ValueError(
            f"{model.name} has no Dropout, so every pass would say the same. Train an architecture with Dropout, "
            "such as small_cnn."
        )
    maps = []
    with _thinned(model) as thin:
        copies = network(thin).layers
        for original, copy in zip(originals, copies, strict=True):
            if isinstance(original, keras.Layer) and not isinstance(copy, Thinning):
                copy.set_weights(original.get_weights())
        masked = [copy for copy in copies if isinstance(copy, Thinning)]
        for number in range(num_passes):
            for place, layer in enumerate(masked):
                layer.draw(np.random.default_rng([seed, place, number]))
            maps.append(method(thin, images, class_index, **arguments).maps)
            if progress is not None:
                progress((number + 1) / num_passes)
    stacked = np.stack(maps)
    mean, std = stacked.mean(axis=0, dtype=np.float64), stacked.std(axis=0, ddof=1, dtype=np.float64)
    return Spread(mean.astype(np.float32), std.astype(np.float32), num_passes)


class Thinning(layers.Dropout):
    """A Dropout whose units stay dropped until the next `draw`."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = self.noise_shape or input_shape
        shape = (1, *(size or 1 for size in shape[1:]))
        self.mask = self.add_weight(name="mask", shape=shape, initializer="ones", trainable=False)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return inputs * keras.ops.cast(self.mask, inputs.dtype)

    def draw(self, rng: np.random.Generator) -> None:
        """Drops each unit with probability `rate`; what stays is enlarged, so that the mean is 1."""
        stays = rng.random(self.mask.shape) >= self.rate
        self.mask.assign(stays / max(1 - self.rate, np.finfo(np.float32).eps))


@contextmanager
def _thinned(model: keras.Model) -> Iterator[keras.Model]:
    """A copy with `Thinning` layers, used by one caller at a time, who writes masks into it; kept for the next caller."""
    free = _free_copies(model)
    try:
        copy = free.pop()
    except IndexError:
        copy = _copy(model)
    try:
        yield copy
    finally:
        free.append(copy)


@once_per_model
def _free_copies(model: keras.Model) -> list[keras.Model]:
    return []


def _copy(model: keras.Model) -> keras.Model:
    def swap(layer: keras.Layer) -> keras.Layer:
        config = seeded(layer.get_config(), 0)
        if isinstance(layer, layers.SpatialDropout2D):
            whole_maps = {"noise_shape": (1, 1, 1, layer.input.shape[-1])}
            config = {name: config[name] for name in ("name", "dtype", "rate")} | whole_maps
        return Thinning.from_config(config) if isinstance(layer, DROPOUTS) else type(layer).from_config(config)

    return keras.models.clone_model(model, clone_function=swap, recursive=True)
