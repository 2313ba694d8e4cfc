"""What has to be known to read the maps of one picture: where LRP leaks or cancels, and where a gradient is not unique."""

import numpy as np
from numpy.typing import NDArray

from core.metrics.explanation import Explanation
from core.training.runs import Run
from ui.components.saliency.maps import explanation
from ui.components.saliency.methods import METHODS, MOST_LEAK, percent_of
from ui.components.saliency.options import Options
from ui.components.saliency.store import Refused, kept_or_asked
from ui.components.saliency.targets import Target
from ui.serving import network

MOST_TIMES = 10  # of the total: what the sizes of a map's pixels may add up to before the map is said to cancel


def notes(
    run: Run, picture: str, image: NDArray[np.uint8], targets: list[Target], methods: list[str], options: Options
) -> list[str]:
    """Sentences about a picture's maps by some methods; none where nothing is the matter. Arguments as for `explanation`."""
    sentences = []
    if "LRP" in methods:
        for target in targets:
            found = explanation(run, picture, image, target, "LRP", options)
            if isinstance(found, Explanation):
                sentences += lrp_note(found, target.name)
    tied = [method for method in methods if METHODS[method].meets_ties]
    return sentences + (ties_note(_ties(run, picture, image), tied) if tied else [])


def lrp_note(found: Explanation, target: str) -> list[str]:
    """What to mind of the first map of LRP: that it cancels, that it leaks, or nothing.

    Args:
        found: the explanation by LRP.
        target: what is explained, in words.
    """
    total, pixels = float(found.proof["total"][0]), found.maps[0].astype(float)
    times = np.abs(pixels).sum() / abs(total) if total else 0
    if times > MOST_TIMES:
        return [
            f"LRP {target}: pixels for and against are together {times:,.0f} times as large as {total:.3g} and nearly "
            "cancel, so that they cannot be read as shares of it. A gamma above 0 (Settings, try 10) prevents that."
        ]
    if found.proof["leak"][0] > MOST_LEAK:
        return [
            f"LRP {target}: the pixels sum to {percent_of(pixels.sum(), total)} of {total:.3g}. The rest came from biases "
            "inside the network, or was absorbed by epsilon, and is not in the map."
        ]
    return []


def ties_note(share: float, methods: list[str]) -> list[str]:
    """What to mind of ties in max-pooling, if there are any.

    Args:
        share: of the active windows, in [0, 1], or NaN, as `core.saliency.pooling_ties` has it.
        methods: labels of the methods that depend on them; at least one.
    """
    if not share > 0:
        return []
    return [
        f"{percent_of(share, 1)} of the active max-pooling windows of this picture hold their largest value more than once, "
        "and the gradient goes to only one of the equal values. Single pixels are therefore partly a matter of chance: "
        f"{', '.join(methods)}. SmoothGrad's noise breaks the ties."
    ]


def _ties(run: Run, picture: str, image: NDArray[np.uint8]) -> float:
    def ask() -> float:
        return float(network(run).ask("core.saliency.pooling_ties", image[None])[0])

    found = kept_or_asked(("ties", run.name, run.done()["finished_at"], picture), ask)
    return np.nan if isinstance(found, Refused) else found
