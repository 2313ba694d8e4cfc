"""What Monte Carlo dropout says of many samples, without the passes themselves: 10,000 images fit into a megabyte."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.metrics import uncertainty

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PassSummary:
    """Mean and scores over the passes, one row a sample. Entropies are in nats.

    Attributes:
        mean_probs: (num_samples, num_classes).
        predictive_entropy, expected_entropy, mutual_information, predictive_variance, variation_ratio: (num_samples,),
            as `core.metrics.uncertainty` defines them.
    """

    mean_probs: Array
    predictive_entropy: Array
    expected_entropy: Array
    mutual_information: Array
    predictive_variance: Array
    variation_ratio: Array

    def save(self, path: Path) -> None:
        """Write to an .npz file, so that a reader sees all of it or none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            np.savez_compressed(file, **{field.name: getattr(self, field.name) for field in fields(self)})
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> "PassSummary":
        """Read what `save` wrote."""
        # Opened here: of a broken file NumPy would leave it open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            return cls(**{field.name: saved[field.name] for field in fields(cls)})


def pass_summary(mc_probs: Array) -> PassSummary:
    """The summary of (num_samples, num_passes, num_classes) probabilities."""
    scores = {field.name: getattr(uncertainty, field.name)(mc_probs) for field in fields(PassSummary)[1:]}
    return PassSummary(mc_probs.mean(axis=1), **scores)


def joined(parts: Iterable[PassSummary]) -> PassSummary:
    """The summary of all samples from those of some at a time."""
    parts = list(parts)
    return PassSummary(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(PassSummary))
    )
