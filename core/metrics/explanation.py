"""What saliency methods take and return, as plain values that can be read where there is no Keras.

Axis 0 is the sample. Maps are (num_samples, height, width) float32, raw, signed where the method is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

# The saliency methods, functions of `core.saliency`, by name, so that they can be listed where there is no Keras.
# True: the method asks the network many times and takes `progress`.
METHOD_IS_SLOW = {
    "vanilla_gradient": False,
    "saliency": False,
    "gradient_x_input": False,
    "grad_cam": False,
    "deconvnet": False,
    "guided_backprop": False,
    "deep_lift": False,
    "lrp": False,
    "smooth_grad": True,
    "integrated_gradients": True,
    "occlusion": True,
    "lime": True,
}


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


@dataclass(frozen=True, eq=False)
class Contrast:
    """The logit of one class minus that of another: why this and not that.

    Attributes:
        class_index: (num_samples,) int, or one for all.
        other_index: (num_samples,) int, or one for all.
    """

    class_index: ArrayLike
    other_index: ArrayLike


@dataclass(frozen=True, eq=False)
class PixelCurve:
    """The class's probability while pixels go, or come, in the order of a map.

    Attributes:
        fraction: (num_steps + 1,), of the pixels that went or came, from 0 to 1.
        probs: (num_samples, num_steps + 1), in [0, 1].
        random_probs: (num_samples, num_steps + 1), the mean over random orders of the pixels.
    """

    fraction: NDArray[np.float64]
    probs: NDArray[np.float64]
    random_probs: NDArray[np.float64]

    @property
    def auc(self) -> NDArray[np.float64]:
        """(num_samples,), the area under `probs`, in [0, 1]."""
        return np.trapezoid(self.probs, self.fraction, axis=-1)

    @property
    def random_auc(self) -> NDArray[np.float64]:
        """(num_samples,), the area that a random ranking has: what a map has to beat."""
        return np.trapezoid(self.random_probs, self.fraction, axis=-1)


@dataclass(frozen=True, eq=False)
class Cascade:
    """Maps of the trained network and of what is left of it, and how alike they are.

    Attributes:
        layers: num_layers names in the order in which they forget, from the logits down.
        maps: (num_layers + 1, num_samples, height, width) float32, the trained network's first.
        signed, absolute, ink: (num_layers + 1, num_samples), Spearman's correlation with the trained network's map: of
            the maps as they are, of their sizes, and of the pixels alone that are not black. NaN where a map is
            constant.
    """

    layers: tuple[str, ...]
    maps: NDArray[np.float32]
    signed: NDArray[np.float64]
    absolute: NDArray[np.float64]
    ink: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spread:
    """Maps over passes with Dropout left on.

    Attributes:
        mean: (num_samples, height, width) float32.
        std: (num_samples, height, width) float32, the standard deviation of one pass; 0 or more.
        num_passes: how many there were.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    num_passes: int
