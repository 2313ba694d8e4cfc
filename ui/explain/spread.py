"""How much a map varies between passes with Monte Carlo dropout."""

import numpy as np
import streamlit as st

from core.metrics.explanation import Spread
from core.training.runs import Run
from ui.components.overlays import Figure, Look, show_figures
from ui.components.plain_text import plain
from ui.components.saliency.maps import key_of
from ui.components.saliency.methods import METHODS
from ui.components.saliency.options import Options
from ui.components.saliency.store import Refused, kept_or_asked
from ui.components.saliency.targets import Target
from ui.explain.subject import Subject
from ui.serving import network

SPREAD_PASSES = 30


def show_spread(run: Run, subject: Subject, target: Target, methods: list[str], options: Options, look: Look) -> None:
    """Mean and standard deviation of the map of a chosen method, on request."""
    if not st.toggle(
        "Map uncertainty (MC dropout)",
        key="spread",
        bind="query-params",
        help="How much does the map change when random units are dropped?",
    ):
        return
    method = st.selectbox("Uncertainty of", methods, key="spread_of", bind="query-params", width=240)

    def ask() -> Spread:
        function = METHODS[method].function(options)
        with st.spinner(f"{SPREAD_PASSES} passes…"):
            found: Spread = network(run).spread(
                subject.image[None], target.for_network(), function, SPREAD_PASSES, options.seed
            )
        return found

    found = kept_or_asked(("spread", *key_of(run, subject.name, target, method, options)), ask)
    if isinstance(found, Refused):
        st.info(plain(found.sentence), icon=":material/casino:")
        return
    ratio = float(found.std.mean() / max(float(np.abs(found.mean).mean()), 1e-12))
    rows = [[
        Figure(subject.image, f"{method}, mean of {SPREAD_PASSES} passes", target.name, found.mean[0], f"standard deviation {ratio:.2g} x the mean absolute value", ratio > 1),
        Figure(subject.image, "Standard deviation over the passes", target.name, found.std[0]),
    ]]  # fmt: skip
    show_figures(rows, look, key="spread_maps")
