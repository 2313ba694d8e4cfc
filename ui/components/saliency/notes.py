"""What has to be known to read the maps of one picture: where LRP leaks or cancels, and where a gradient is not unique."""

import numpy as np
from numpy.typing import NDArray

from core.metrics.explanation import Explanation
from core.training.runs import Run
from ui.components.saliency.maps import explanation
from ui.components.saliency.methods import METHODS, MOST_LEAK, number, percent
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
        found = {target.name: explanation(run, picture, image, target, "LRP", options) for target in targets}
        sentences += lrp_notes({target: each for target, each in found.items() if isinstance(each, Explanation)})
    tied = [method for method in methods if METHODS[method].meets_ties]
    return sentences + (ties_note(_ties(run, picture, image), tied) if tied else [])


def lrp_notes(found: dict[str, Explanation]) -> list[str]:
    """What to mind of maps of LRP: that they cancel or leak; none where nothing is the matter.

    Args:
        found: what is explained, in words -> the explanation, of one picture.
    """
    sentences, cancel = [], False
    for target, each in found.items():
        total, pixels = float(each.proof["total"][0]), each.maps[0].astype(float)
        times = np.abs(pixels).sum() / abs(total) if total else 0
        if times > MOST_TIMES:
            cancel = True
            sentences.append(
                f"LRP {target}: pixels for and against nearly cancel. Their absolute values add up to {times:,.0f} times the "
                f"{abs(total):.3g} that they explain: do not read them as shares of it."
            )
        elif each.proof["leak"][0] > MOST_LEAK:
            sentences.append(
                f"LRP {target}: the pixels sum to {number(pixels.sum())}, not to {number(total)}. The rest came from biases inside the "
                "network, or was absorbed by epsilon, and is not in the map."
            )
    if cancel:
        sentences.append("A larger gamma of LRP (Settings; try 10) keeps what convolutions add up from cancelling.")
    return sentences


def ties_note(share: float, methods: list[str]) -> list[str]:
    """What to mind of ties in max-pooling, if there are any.

    Args:
        share: of the active windows, in [0, 1], or NaN, as `core.saliency.pooling_ties` has it.
        methods: labels of the methods that depend on them; at least one.
    """
    if not share > 0:
        return []
    return [
        f"{percent(share)} of the active max-pooling windows of this picture hold their largest value more than once, "
        "and the gradient goes to only one of the equal values. Another choice would be as right and can change single "
        f"pixels of {', '.join(methods)}. SmoothGrad's noise breaks the ties."
    ]


def _ties(run: Run, picture: str, image: NDArray[np.uint8]) -> float:
    def ask() -> float:
        return float(network(run).ask("core.saliency.pooling_ties", image[None])[0])

    found = kept_or_asked(("ties", run.name, run.done()["finished_at"], picture), ask)
    return np.nan if isinstance(found, Refused) else found
