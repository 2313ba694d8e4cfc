"""Scores of uncertainty. One convention: **larger is less certain**, always.

Each is a plain function: an array in, one number per sample out. Axis 0 is the sample, the last axis the class.
Entropies are in nats unless the name says normalized.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, xlogy

Array = NDArray[np.floating]


def least_confidence(probs: Array) -> Array:
    """One minus the largest probability.

    Args:
        probs: (num_samples, num_classes).

    Returns:
        (num_samples,), in [0, 1 - 1/num_classes].

    Source:
        Hendrycks & Gimpel 2017, https://arxiv.org/abs/1610.02136

    Example:
        >>> least_confidence(np.array([[0.75, 0.25, 0], [0.5, 0.5, 0]])).tolist()
        [0.25, 0.5]
    """
    largest: Array = probs.max(axis=-1)
    return 1 - largest


def least_confidence_of_logits(logits: Array) -> Array:
    """`least_confidence` of the softmax, up to rounding, in a fifth of the time: only the largest probability is computed.

    Args:
        logits: (num_samples, num_classes), finite.

    Returns:
        (num_samples,), in [0, 1 - 1/num_classes].

    Source:
        As `least_confidence`.

    Example:
        >>> least_confidence_of_logits(np.log([[3.0, 1.0], [1.0, 1.0]])).round(3).tolist()
        [0.25, 0.5]
    """
    # One row per class: NumPy is slow over an axis as short as that of the classes.
    shifted: Array = np.ascontiguousarray(logits.T, dtype=np.float64)
    shifted = shifted - shifted.max(axis=0)
    np.exp(shifted, out=shifted)
    largest: Array = 1 / shifted.sum(axis=0)
    return 1 - largest


def normalized_entropy(probs: Array) -> Array:
    """Shannon entropy divided by its largest possible value, the logarithm of the number of classes.

    Args:
        probs: (num_samples, num_classes), num_classes >= 2.

    Returns:
        (num_samples,), in [0, 1].

    Source:
        Shannon 1948, https://doi.org/10.1002/j.1538-7305.1948.tb01338.x
        "MNISTを題材にしてモデル予測の不確実性を推定する" divides by the logarithm of the number of *rows* instead (10,000
        of them: a quarter of this value), so its threshold 0.005 is 0.02 here.

    Example:
        >>> normalized_entropy(np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.25, 0.25, 0.25]])).tolist()
        [0.0, 0.5, 1.0]
    """
    return np.asarray(_entropy(probs) / np.log(probs.shape[-1]))


def margin_uncertainty(probs: Array) -> Array:
    """One minus the gap between the two largest probabilities; 1 is a tie.

    Args:
        probs: (num_samples, num_classes).

    Returns:
        (num_samples,), in [0, 1].

    Source:
        Scheffer, Decomain & Wrobel 2001, https://doi.org/10.1007/3-540-44816-0_31

    Example:
        >>> margin_uncertainty(np.array([[0.75, 0.25, 0], [0.5, 0.5, 0]])).tolist()
        [0.5, 1.0]
    """
    return 1 - _top_two_gap(probs)


def gen(probs: Array, gamma: float = 0.1) -> Array:
    """Generalised entropy: the sum over the classes of (p (1 - p))^gamma.

    A small gamma makes the small probabilities count, which Shannon's entropy hardly sees.

    Args:
        probs: (num_samples, num_classes).
        gamma: in (0, 1).

    Returns:
        (num_samples,), from 0 for certainty to K (1/K (1 - 1/K))^gamma for K equal probabilities: 7.86 for ten classes.

    Raises:
        ValueError: gamma is not in (0, 1).

    Source:
        Liu, Lochman & Zach 2023 (CVPR), "GEN: Pushing the Limits of Softmax-Based Out-of-Distribution Detection", with
        all classes in the sum.

    Example:
        >>> gen(np.array([[1, 0], [0.99, 0.01], [0.5, 0.5]])).round(2).tolist()
        [0.0, 1.26, 1.74]
    """
    if not 0 < gamma < 1:
        raise ValueError(f"gamma must lie between 0 and 1, got {gamma}.")
    # Rounding may leave a probability slightly over 1, whose power would be NaN.
    total: Array = (np.maximum(probs * (1 - probs), 0) ** gamma).sum(axis=-1)
    return total


def max_logit_uncertainty(logits: Array) -> Array:
    """Minus the largest logit. Adding a constant to all logits changes it, though it changes no probability.

    Args:
        logits: (num_samples, num_classes), before the softmax.

    Returns:
        (num_samples,), any real number.

    Source:
        Hendrycks et al. 2022, https://arxiv.org/abs/1911.11132

    Example:
        >>> max_logit_uncertainty(np.array([[5.0, 3, 0], [4, 4, 4]])).tolist()
        [-5.0, -4.0]
    """
    largest: Array = logits.max(axis=-1)
    return -largest


def logit_margin_uncertainty(logits: Array) -> Array:
    """Minus the gap between the two largest logits; 0 is a tie. Does not saturate as probabilities do.

    Args:
        logits: (num_samples, num_classes), before the softmax.

    Returns:
        (num_samples,), at most 0.

    Example:
        >>> logit_margin_uncertainty(np.array([[5.0, 3, 0], [4, 3.5, 1]])).tolist()
        [-2.0, -0.5]
    """
    return -_top_two_gap(np.asarray(logits, dtype=np.float64))


def energy(logits: Array, temperature: float = 1.0) -> Array:
    """Free energy, -T log sum exp(z / T). It needs logits: log-probabilities give 0 for every sample.

    Args:
        logits: (num_samples, num_classes), before the softmax.
        temperature: T, positive.

    Returns:
        (num_samples,), any real number.

    Raises:
        ValueError: the temperature is not positive.

    Source:
        Liu et al. 2020, https://arxiv.org/abs/2010.03759

    Example:
        >>> energy(np.log([[2.0, 6], [1, 3]])).round(3).tolist()
        [-2.079, -1.386]
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}.")
    scaled: Array = logsumexp(np.asarray(logits, dtype=np.float64) / temperature, axis=-1)
    return -temperature * scaled


def predictive_entropy(mc_probs: Array) -> Array:
    """Entropy of the mean distribution over passes: the total uncertainty.

    Args:
        mc_probs: (num_samples, num_passes, num_classes).

    Returns:
        (num_samples,), in nats, in [0, log(num_classes)].

    Source:
        Gal & Ghahramani 2016, https://arxiv.org/abs/1506.02142

    Example:
        >>> predictive_entropy(np.array([[[1.0, 0], [0, 1]]])).round(3).tolist()  # two passes that disagree
        [0.693]
    """
    return _entropy(mc_probs.mean(axis=1))


def expected_entropy(mc_probs: Array) -> Array:
    """Mean over passes of the entropy of each: the aleatoric part.

    Args:
        mc_probs: (num_samples, num_passes, num_classes).

    Returns:
        (num_samples,), in nats, in [0, log(num_classes)].

    Source:
        Depeweg et al. 2018, https://arxiv.org/abs/1710.07283

    Example:
        >>> expected_entropy(np.array([[[1.0, 0], [0, 1]]])).tolist()  # each pass is certain
        [0.0]
    """
    return _within(_entropy(mc_probs).mean(axis=1), mc_probs.shape[-1])


def mutual_information(mc_probs: Array) -> Array:
    """Predictive minus expected entropy: how much the passes disagree, the epistemic part (BALD).

    Args:
        mc_probs: (num_samples, num_passes, num_classes).

    Returns:
        (num_samples,), in nats, in [0, log(min(num_classes, num_passes))]; rounding below 0 is clipped.

    Source:
        Houlsby et al. 2011, https://arxiv.org/abs/1112.5745

    Example:
        >>> mutual_information(np.array([[[1.0, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]])).round(3).tolist()
        [0.693, 0.0]
    """
    return np.asarray(np.maximum(predictive_entropy(mc_probs) - expected_entropy(mc_probs), 0))


def predictive_variance(mc_probs: Array) -> Array:
    """Mean over classes of the variance over passes (ddof 0), so that a single pass gives 0.

    Args:
        mc_probs: (num_samples, num_passes, num_classes).

    Returns:
        (num_samples,), in [0, 1/4].

    Source:
        Gal & Ghahramani 2016, https://arxiv.org/abs/1506.02142

    Example:
        >>> predictive_variance(np.array([[[1.0, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]])).tolist()
        [0.25, 0.0]
    """
    mean: Array = mc_probs.var(axis=1).mean(axis=-1)
    return mean


def variation_ratio(mc_probs: Array) -> Array:
    """One minus the share of passes that vote for the class with the most votes.

    Args:
        mc_probs: (num_samples, num_passes, num_classes). A pass votes for its most likely class; ties go to the lowest
            index.

    Returns:
        (num_samples,), in [0, 1 - 1/num_classes].

    Source:
        Gal, Islam & Ghahramani 2017, https://arxiv.org/abs/1703.02910

    Example:
        >>> variation_ratio(np.array([[[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]]])).tolist()
        [0.25]
    """
    votes = mc_probs.argmax(axis=-1)
    counts = (votes[..., None] == np.arange(mc_probs.shape[-1])).sum(axis=1)
    most: NDArray[np.intp] = counts.max(axis=-1)
    return np.asarray(1 - most / mc_probs.shape[1])


def _entropy(probs: Array) -> NDArray[np.float64]:
    # xlogy(0, 0) is 0, the limit of p log p.
    return _within(-xlogy(probs, probs).sum(axis=-1, dtype=np.float64), probs.shape[-1])


def _within(entropy: Array, num_classes: int) -> NDArray[np.float64]:
    """Rounding, above all that of float32 probabilities, may leave the range of an entropy; -0.0 becomes 0.0."""
    return np.asarray(np.minimum(np.maximum(entropy, 0.0), np.log(num_classes)), np.float64)


def _top_two_gap(values: Array) -> Array:
    top_two = np.partition(values, -2, axis=-1)[..., -2:]
    return np.asarray(top_two[..., 1] - top_two[..., 0])
