"""How far a share that was counted on a few samples can be trusted."""

from scipy.stats import beta


def share_interval(num_hits: int, num_samples: int, level: float = 0.95) -> tuple[float, float]:
    """The exact confidence interval of a share, for instance of an accuracy: all shares that the count does not refute.

    Args:
        num_hits: how many of the samples count, right answers for instance.
        num_samples: at least one, drawn independently.
        level: how often such an interval holds the true share, at least, a fraction in (0, 1).

    Returns:
        Lower and upper end, fractions in [0, 1].

    Raises:
        ValueError: there is no sample, or more hits than samples.

    Source:
        Clopper & Pearson 1934, https://doi.org/10.1093/biomet/26.4.404
    """
    if num_samples < 1 or not 0 <= num_hits <= num_samples:
        raise ValueError(
            f"A share needs 0 to num_samples hits of at least one sample, got {num_hits} of {num_samples}."
        )
    tail = (1 - level) / 2
    lower = beta.ppf(tail, num_hits, num_samples - num_hits + 1) if num_hits else 0.0
    upper = beta.ppf(1 - tail, num_hits + 1, num_samples - num_hits) if num_hits < num_samples else 1.0
    return float(lower), float(upper)
