"""How far to trust a map: do the pixels it ranks first matter, and does it depend on what the network learned?"""

from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from core.metrics.explanation import PixelCurve
from core.models.pieces import next_piece
from core.saliency import targets
from core.saliency.graph import seeded
from core.saliency.network import Progress, baseline_images, checked, network
from core.saliency.replaced import share_of, values_of_replaced
from core.saliency.targets import ClassIndex


def deletion_curve(
    model: keras.Model,
    images: ArrayLike,
    class_index: ClassIndex,
    maps: ArrayLike,
    num_steps: int = 28,
    num_random: int = 5,
    value: ArrayLike | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> PixelCurve:
    """The probability while pixels are replaced, those that the map ranks highest first; the smaller the area, the better.

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all (of the probability, not the logit), or another target.
        maps: (num_samples, height, width), an `Explanation` or an array. Equal pixels are ranked at random.
        num_steps: at least 1.
        num_random: random rankings to compare with, at least 1.
        value: a number, one picture, or one picture per sample, in stored units: what replaces pixels. Default: halfway
            between the image's smallest and largest value.
        seed: of the random rankings.
        progress: called with the fraction done, in (0, 1]; raising from it cancels.

    Returns:
        The curve; at fraction 0 the image is whole, at 1 all of it is replaced.

    Raises:
        ValueError: maps do not fit the images or are not finite, or an argument does not fit the model.

    Source:
        Petsiuk et al. 2018, RISE, https://arxiv.org/abs/1806.07421.
    """
    return _curve(model, images, class_index, maps, num_steps, num_random, value, seed, progress, False)


def insertion_curve(
    model: keras.Model,
    images: ArrayLike,
    class_index: ClassIndex,
    maps: ArrayLike,
    num_steps: int = 28,
    num_random: int = 5,
    value: ArrayLike | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> PixelCurve:
    """The probability while pixels appear, those that the map ranks highest first; the larger the area, the better.

    Arguments, result and source as for `deletion_curve`; at fraction 0 all of the image is replaced, at 1 it is whole.
    """
    return _curve(model, images, class_index, maps, num_steps, num_random, value, seed, progress, True)


def randomized(model: keras.Model, num_layers: int, seed: int) -> keras.Model:
    """A copy of the model with random weights in its last layers.

    Args:
        model: a Functional or Sequential model, perhaps with others nested in it.
        num_layers: how many layers with weights get new ones from their own initialisers, counted from the logits.
        seed: of the new weights.

    Returns:
        The copy; the original is not changed.

    Raises:
        ValueError: num_layers is negative or more than there are.

    Source:
        Adebayo et al. 2018, Sanity checks for saliency maps, https://arxiv.org/abs/1810.03292.
    """
    copy = keras.models.clone_model(
        model, clone_function=lambda layer: type(layer).from_config(seeded(layer.get_config(), 0)), recursive=True
    )
    next_piece()
    copy.set_weights(model.get_weights())
    weighted = [layer for layer in network(copy).layers if _learns(layer)]
    if not 0 <= num_layers <= len(weighted):
        raise ValueError(f"num_layers must lie in 0 ... {len(weighted)}, got {num_layers}.")
    # From the logits down, so that a layer's new weights do not depend on how many layers get new ones.
    for number, layer in enumerate(weighted[::-1][:num_layers]):
        drawn = int(np.random.default_rng([seed, number]).integers(2**31))
        next_piece()
        fresh = type(layer).from_config(seeded(layer.get_config(), drawn))
        fresh.build_from_config(layer.get_build_config())
        layer.set_weights(fresh.get_weights())
    return copy


def weighted_layers(model: keras.Model) -> tuple[str, ...]:
    """Names of the layers that `randomized` counts, from the image to the logits."""
    return tuple(layer.name for layer in network(model).layers if _learns(layer))


def rank_correlation(maps: ArrayLike, other_maps: ArrayLike, mask: ArrayLike | None = None) -> NDArray[np.float64]:
    """Spearman's correlation of two maps, sample by sample.

    On a black background the absolute values of two maps correlate for any two networks if the map is multiplied by the image:
    compare signed maps, or give the ink as the mask. For absolute values pass np.abs of both.

    Args:
        maps: (num_samples, height, width), an `Explanation` or an array.
        other_maps: (num_samples, height, width).
        mask: (num_samples, height, width) bool, the pixels that count; default all.

    Returns:
        (num_samples,), in [-1, 1]; NaN where a map is constant or fewer than two pixels count.

    Raises:
        ValueError: the shapes differ.
    """
    maps, other_maps = np.asarray(maps, np.float64), np.asarray(other_maps, np.float64)
    mask = np.ones(maps.shape, bool) if mask is None else np.asarray(mask, bool)
    if maps.ndim != 3 or not maps.shape == other_maps.shape == mask.shape:
        raise ValueError(
            f"maps, other_maps and mask must have one shape (num_samples, height, width), "
            f"got {maps.shape}, {other_maps.shape} and {mask.shape}."
        )
    correlations = np.full(len(maps), np.nan)
    for number, counts in enumerate(mask):
        ranks = [rankdata(each[number][counts]) for each in (maps, other_maps)]
        ranks = [rank - rank.mean() if rank.size else rank for rank in ranks]
        size = np.sqrt((ranks[0] @ ranks[0]) * (ranks[1] @ ranks[1]))
        if size > 0:
            correlations[number] = np.clip(ranks[0] @ ranks[1] / size, -1, 1)
    return correlations


def _curve(
    model: keras.Model,
    images: ArrayLike,
    class_index: ClassIndex,
    maps: ArrayLike,
    num_steps: int,
    num_random: int,
    value: ArrayLike | None,
    seed: int,
    progress: Progress | None,
    inserts: bool,
) -> PixelCurve:
    if num_steps < 1 or num_random < 1:
        raise ValueError(f"num_steps and num_random must be at least 1, got {num_steps} and {num_random}.")
    net = network(model)
    images, goal = checked(net, images, class_index)
    maps = np.asarray(maps, np.float64)
    if maps.shape != images.shape[:3] or not np.isfinite(maps).all():
        raise ValueError(f"maps must be finite, of shape {images.shape[:3]}, got {maps.shape}.")
    fill = baseline_images(value, images)
    num_pixels = maps[0].size if len(maps) else 1
    moved = np.round(np.linspace(0, num_pixels, num_steps + 1))
    probs = np.zeros((len(images), 1 + num_random, num_steps + 1))
    for number, (image, cover) in enumerate(zip(images, fill, strict=True)):
        rng = np.random.default_rng(seed)
        shuffled = np.stack([rng.permutation(num_pixels) for _ in range(1 + num_random)])
        # The first row ranks by the map, equal pixels by chance; the others by chance alone.
        order = np.lexsort((shuffled[0], -maps[number].ravel()))
        ranks = shuffled.reshape(-1, *maps.shape[1:])
        ranks[0].ravel()[order] = np.arange(num_pixels)

        def kept(versions: NDArray[np.intp], ranks: NDArray[np.intp] = ranks) -> NDArray[np.bool_]:
            ranking, step = np.divmod(versions, num_steps + 1)
            return (ranks[ranking] < moved[step][:, None, None]) == inserts

        told = share_of(progress, number, len(images))
        answers = values_of_replaced(
            net, goal, number, image, cover, probs[number].size, kept, targets.probability, told
        )
        probs[number] = answers.reshape(1 + num_random, num_steps + 1)
    return PixelCurve(moved / num_pixels, probs[:, 0], probs[:, 1:].mean(axis=1))


def _learns(layer: Any) -> bool:
    return isinstance(layer, keras.Layer) and not isinstance(layer, keras.layers.Normalization) and bool(layer.weights)
