"""What every saliency method returns: the maps, and for each map the proof that goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike, NDArray


@dataclass(frozen=True, eq=False)
class Explanation:
    """Maps that carry their proof. NumPy reads an explanation as its maps.

    Attributes:
        maps: (num_samples, height, width) float32, raw, signed where the method is.
        proof: name -> (num_samples,), what the method can say for each map; each method lists its names.
    """

    maps: NDArray[np.float32]
    proof: Mapping[str, NDArray] = field(default_factory=dict)

    def __array__(self, dtype: DTypeLike = None, copy: bool | None = None) -> NDArray:
        return np.array(self.maps, dtype=dtype, copy=copy)


def completeness(total: NDArray, maps: NDArray) -> dict[str, NDArray[np.float64]]:
    """How much of what a map should add up to it leaves out.

    Args:
        total: (num_samples,), what each map should sum to.
        maps: (num_samples, height, width).

    Returns:
        "total" as given, and "residual" (num_samples,), |total - sum| as a fraction of |total|, 0 or more; infinite
        where the total is 0 and the sum is not.
    """
    total = np.asarray(total, np.float64)
    missing = np.abs(total - maps.sum(axis=(1, 2), dtype=np.float64))
    fraction = np.divide(missing, np.abs(total), out=np.where(missing > 0, np.inf, 0.0), where=total != 0)
    return {"total": total, "residual": fraction}
