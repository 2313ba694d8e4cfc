"""What saliency methods take and return: plain values that need no Keras.

Axis 0 is the sample. Maps are (num_samples, height, width) float32, raw, signed where the method is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
    """Maps with figures that show how far to trust them. NumPy reads an explanation as its maps.

    Attributes:
        maps: (num_samples, height, width) float32, raw, signed where the method is.
        proof: name -> (num_samples,), what the method can say for each map; each method lists its names.
    """

    maps: NDArray[np.float32]
    proof: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.maps, dtype=dtype, copy=copy)


def completeness(total: NDArray[np.floating], maps: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """How much the sum of a map differs from what it should be.

    Args:
        total: (num_samples,), what each map should sum to.
        maps: (num_samples, height, width).

    Returns:
        "total" as given, and "residual" (num_samples,), |total - sum| as a fraction of |total|, 0 or more; infinite
        where the total is 0 and the sum is not.

    Example:
        >>> completeness(np.array([4.0]), np.array([[[1.0, 2], [0, 0]]]))["residual"].tolist()
        [0.25]
    """
    wanted = np.asarray(total, np.float64)
    missing = np.abs(wanted - maps.sum(axis=(1, 2), dtype=np.float64))
    fraction = np.where(missing > 0, np.inf, 0.0)
    np.divide(missing, np.abs(wanted), out=fraction, where=wanted != 0)
    return {"total": wanted, "residual": fraction}


@dataclass(frozen=True, eq=False)
class Contrast:
    """The logit of one class minus that of another: why the one class and not the other.

    Attributes:
        class_index: (num_samples,) int, or one for all.
        other_index: (num_samples,) int, or one for all.
    """

    class_index: ArrayLike
    other_index: ArrayLike


@dataclass(frozen=True, eq=False)
class PixelCurve:
    """The probability of a class while pixels are deleted, or inserted, in the order of a map.

    If the curve is of another target (a `Contrast` or a function of logits), so are its values, and their range is another.

    Attributes:
        fraction: (num_steps + 1,), of the pixels that are deleted or inserted, from 0 to 1.
        probs: (num_samples, num_steps + 1), in [0, 1].
        random_probs: (num_samples, num_steps + 1), the mean over random orders of the pixels.
    """

    fraction: NDArray[np.float64]
    probs: NDArray[np.float64]
    random_probs: NDArray[np.float64]

    @property
    def auc(self) -> NDArray[np.float64]:
        """(num_samples,), the area under `probs`, in [0, 1]."""
        return np.asarray(np.trapezoid(self.probs, self.fraction, axis=-1))

    @property
    def random_auc(self) -> NDArray[np.float64]:
        """(num_samples,), the area of a random order, which a map should beat."""
        return np.asarray(np.trapezoid(self.random_probs, self.fraction, axis=-1))


@dataclass(frozen=True, eq=False)
class Cascade:
    """Maps of a trained network while its layers get random weights, one after the other, and how similar they are.

    Attributes:
        layers: num_layers names in the order in which they get random weights, from the logits down.
        maps: (num_layers + 1, num_samples, height, width) float32, the trained network's first.
        signed, absolute, ink: (num_layers + 1, num_samples), Spearman's correlation with the trained network's map: of
            the maps as they are, of their absolute values, and of only the pixels that are not black. NaN where a map
            is constant.
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
        num_passes: the number of passes.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    num_passes: int
