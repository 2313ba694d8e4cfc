"""The randomisation check: how a map changes while the network's layers get random weights, one after the other."""

from collections.abc import Callable

import keras
import numpy as np
from numpy.typing import ArrayLike

from core.metrics.explanation import Cascade, Explanation
from core.saliency.network import Progress
from core.saliency.targets import ClassIndex
from core.saliency.trust import randomized, rank_correlation, weighted_layers


def cascade(
    model: keras.Model,
    images: ArrayLike,
    class_index: ClassIndex,
    method: Callable[[keras.Model, ArrayLike, ClassIndex], Explanation],
    seed: int = 0,
    progress: Progress | None = None,
) -> Cascade:
    """Maps of one method while the layers get random weights, from the logits down to the image.

    Args:
        model: ends in logits; it is not changed.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or another target.
        method: (model, images, class_index) -> Explanation.
        seed: of the new weights.
        progress: called with the fraction done, in (0, 1]; raising from it cancels.

    Raises:
        ValueError: the method refuses the model or its arguments.

    Source:
        Adebayo et al. 2018, Sanity checks for saliency maps, https://arxiv.org/abs/1810.03292.
    """
    layers = weighted_layers(model)[::-1]
    maps = []
    for num_layers in range(len(layers) + 1):
        changed = randomized(model, num_layers, seed) if num_layers else model
        maps.append(method(changed, images, class_index).maps)
        if progress is not None:
            progress((num_layers + 1) / (len(layers) + 1))
    ink = np.asarray(images).max(axis=-1) > 0
    signed, absolute, inked = (
        np.stack([rank_correlation(form(maps[0]), form(level), mask) for level in maps])
        for form, mask in ((np.asarray, None), (np.abs, None), (np.asarray, ink))
    )
    return Cascade(layers, np.stack(maps), signed, absolute, inked)
