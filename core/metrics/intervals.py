"""How exact a share is that was counted on a few samples."""

from scipy.stats import beta


def share_interval(num_hits: int, num_samples: int, level: float = 0.95) -> tuple[float, float]:
    """The exact confidence interval of a share, for example of an accuracy.

    Args:
        num_hits: number of samples that count, for example right answers.
        num_samples: at least one, drawn independently.
        level: the probability, at least, that such an interval contains the true share, a fraction in (0, 1).

    Returns:
        Lower and upper end, fractions in [0, 1].

    Raises:
        ValueError: there is no sample, or num_hits is not in [0, num_samples].

    Source:
        Clopper & Pearson 1934, https://doi.org/10.1093/biomet/26.4.404

    Example:
        >>> lower, upper = share_interval(95, 100)
        >>> round(lower, 3), round(upper, 3)
        (0.887, 0.984)
    """
    if num_samples < 1 or not 0 <= num_hits <= num_samples:
        raise ValueError(
            f"A share needs 0 to num_samples hits of at least one sample, got {num_hits} of {num_samples}."
        )
    tail = (1 - level) / 2
    lower = beta.ppf(tail, num_hits, num_samples - num_hits + 1) if num_hits else 0.0
    upper = beta.ppf(1 - tail, num_hits + 1, num_samples - num_hits) if num_hits < num_samples else 1.0
    return float(lower), float(upper)
