"""The prediction sets of one image."""

from itertools import groupby

import streamlit as st

from core.metrics.conformal import lac_sets
from core.metrics.predictions import Answers
from core.training.runs import Run
from ui import loaded
from ui.components.plain_text import plain
from ui.components.set_names import set_name
from ui.loaded.sets import lac_quantiles

ALPHAS = (0.1, 0.01, 0.001)


def show_sets(run: Run, answers: Answers) -> None:
    """The prediction sets of one image at several promised coverages; the network is not asked again."""
    num_validation = loaded.predictions(run, "validation").num_samples
    st.caption(
        f"Prediction set {plain(told(answers, lac_quantiles(run, ALPHAS)))}",
        help="Several classes instead of one answer: every class whose probability is at least a limit (least ambiguous sets, LAC). "
        f"The limit was set on the {num_validation:,} validation images so that the set contains the true class for at least 90 %, 99 % "
        "or 99.9 % of the images drawn like them. **A picture that you draw or give is not drawn like them, so the promise does not "
        "hold for it.** An empty set says “I don't know”.",
    )


def told(answers: Answers, quantiles: tuple[float, ...]) -> str:
    """The sets of one image in words; equal sets are said once.

    Args:
        answers: of one image.
        quantiles: of the LAC scores, one for each of ALPHAS.
    """
    probs, names = answers.probs[0], answers.class_names
    sets = [set_name(lac_sets(answers.probs, quantile)[0], probs, names) for quantile in quantiles]
    levels = [f"{100 * (1 - alpha):g} %" for alpha in ALPHAS]
    said = []
    for name, same in groupby(zip(levels, sets, strict=True), key=lambda pair: pair[1]):
        *first, last = (level for level, _ in same)
        said.append(f"at {', '.join(first)}{' and ' if first else ''}{last}: {name}")
    return " · ".join(said)
