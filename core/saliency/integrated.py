"""Integrated gradients: the mean gradient on the path from a baseline to the image."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from core.metrics.explanation import Explanation, completeness
from core.saliency.gradients import make_values, slope_of_each
from core.saliency.network import Network, Progress, baseline_images, batches, checked, in_batches, network
from core.saliency.targets import ClassIndex, Target


def integrated_gradients(
    model: keras.Model,
    images: ArrayLike,
    class_index: ClassIndex,
    baseline: ArrayLike = 0,
    steps: int = 50,
    max_steps: int = 400,
    tolerance: float = 0.01,
    progress: Progress | None = None,
) -> Explanation:
    """The gradient's mean along the straight path from a baseline, times the image minus the baseline.

    The mean is taken by the trapezoid rule. Steps double for the images whose map does not yet add up. For ties in max-pooling
    see `core.saliency.pooling_ties`.

    Args:
        model: ends in logits.
        images: (num_samples, height, width, channels), as stored.
        class_index: one per sample, or one for all, or another target.
        baseline: a number, one picture, or one picture per sample, in stored units: where the path begins.
        steps: to begin with, at least 1.
        max_steps: no more than this.
        tolerance: the residual at which to stop, a fraction.
        progress: called with the fraction done, in (0, 1]; raising from it cancels.

    Returns:
        Maps, signed, summed over channels; in the proof "total" (S(x) - S(x0)), "residual", the fraction of it that the
        map does not add up to, and "steps" taken.

    Raises:
        ValueError: steps are below 1, or an argument does not fit the model.

    Source:
        Sundararajan et al. 2017, Axiomatic attribution for deep networks, https://arxiv.org/abs/1703.01365.
    """
    if not 1 <= steps <= max_steps:
        raise ValueError(f"steps must be at least 1 and at most max_steps, got {steps} and {max_steps}.")
    net = network(model)
    images, goal = checked(net, images, class_index)
    starts = baseline_images(baseline, images)
    values, start_values = (in_batches(net.compiled(make_values, goal.function), net.rows(), part, goal.weights)[0]
                            for part in (images, starts))  # fmt: skip
    maps = np.zeros(images.shape[:3], np.float64)
    taken = np.full(len(images), steps)
    todo, now, done = np.arange(len(images)), steps, 0.0
    while len(todo):
        # Where the steps doubled, every second point is one of the previous round: only the others are missing.
        first = now == steps
        points = np.arange(now + 1) / now if first else np.arange(1, now, 2) / now
        shares = np.full(len(points), 1 / now)
        if first:
            shares[[0, -1]] /= 2
        # How often the steps will double is unknown: each round is reported as half of what is left.
        left = (1 - done) * (1 if 2 * now > max_steps else 0.5)
        told = progress and partial(_told, progress, done, left)
        added = _path(net, goal, images, starts, todo, points, shares, told)
        done += left
        maps[todo] = added if first else maps[todo] / 2 + added
        taken[todo] = now
        residual = completeness((values - start_values)[todo], maps[todo])["residual"]
        todo, now = todo[residual > tolerance], now * 2
        if now > max_steps:
            break
    if progress is not None and done < 1:
        progress(1.0)
    rounded = maps.astype(np.float32)
    return Explanation(rounded, {"value": values, **completeness(values - start_values, rounded), "steps": taken})


def _told(progress: Progress, done: float, left: float, fraction: float) -> None:
    progress(done + left * fraction)


def _path(
    net: Network,
    goal: Target,
    images: NDArray[Any],
    starts: NDArray[Any],
    todo: NDArray[np.intp],
    points: NDArray[Any],
    shares: NDArray[Any],
    progress: Progress | None,
) -> NDArray[np.float64]:
    """(len(todo), height, width): image minus baseline, times the gradient's weighted sum over points of the path."""
    call = net.compiled(_make_path, goal.function)
    maps = np.zeros((len(todo), *images.shape[1:3]), np.float64)
    done = 0
    for part in batches(len(todo), net.rows()):
        own = todo[part]
        at_once = max(1, net.rows() // len(own))
        for first in range(0, len(points), at_once):
            now = slice(first, first + at_once)
            alpha, share = points[now].astype(np.float32), shares[now].astype(np.float32)
            answer = call(images[own], starts[own], goal.weights[own], alpha, share)
            maps[part] += answer.numpy()
            done += len(alpha) * len(own)
            if progress is not None:
                progress(done / (len(todo) * len(points)))
    return maps


def _make_path(net: Network, function: Callable[..., Any] | None) -> Callable[..., Any]:
    def path(images: tf.Tensor, starts: tf.Tensor, weights: tf.Tensor, alpha: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
        way = net.scale(images) - net.scale(starts)
        points = net.scale(starts) + tf.reshape(alpha, (-1, 1, 1, 1, 1)) * way
        gradient = slope_of_each(net, points, weights, function)[0]
        return tf.reduce_sum(way * tf.tensordot(share, gradient, 1), axis=-1)

    return path
