"""A summary of Monte Carlo dropout over many samples: its size does not depend on the number of passes."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.metrics import uncertainty

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PassSummary:
    """Mean and scores over the passes, one row per sample. Entropies are in nats.

    Attributes:
        mean_probs: (num_samples, num_classes).
        predictive_entropy, expected_entropy, mutual_information, predictive_variance, variation_ratio: (num_samples,),
            as `core.metrics.uncertainty` defines them.

    Raises:
        ValueError: the shapes do not fit together.
    """

    mean_probs: Array
    predictive_entropy: Array
    expected_entropy: Array
    mutual_information: Array
    predictive_variance: Array
    variation_ratio: Array

    def __post_init__(self) -> None:
        shapes = {getattr(self, field.name).shape for field in fields(self)[1:]}
        if self.mean_probs.ndim != 2 or shapes != {self.mean_probs.shape[:1]}:
            raise ValueError(
                f"mean_probs must have shape (num_samples, num_classes) and each score (num_samples,), got "
                f"{self.mean_probs.shape} and {', '.join(map(str, sorted(shapes)))}."
            )

    def save(self, path: Path) -> None:
        """Write to an .npz file; a reader never sees a part of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            np.savez_compressed(file, **{field.name: getattr(self, field.name) for field in fields(self)})
        part.replace(path)


def pass_summary(mc_probs: Array) -> PassSummary:
    """The summary of probabilities.

    Args:
        mc_probs: (num_samples, num_passes, num_classes).

    Example:
        >>> summary = pass_summary(np.array([[[1.0, 0], [0, 1]]]))
        >>> summary.mean_probs.tolist(), summary.predictive_variance.tolist()
        ([[0.5, 0.5]], [0.25])
    """
    scores = {field.name: getattr(uncertainty, field.name)(mc_probs) for field in fields(PassSummary)[1:]}
    return PassSummary(mc_probs.mean(axis=1), **scores)


def joined(parts: Iterable[PassSummary]) -> PassSummary:
    """The summary of all samples from the summaries of parts of them.

    Example:
        >>> first = pass_summary(np.array([[[1.0, 0], [0, 1]]]))
        >>> joined([first, first]).mean_probs.tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    parts = list(parts)
    return PassSummary(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(PassSummary))
    )
