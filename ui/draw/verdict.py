"""The verdict on one image, the Grad-CAM overlay, and every score."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from core.data.digits import Step
from core.metrics.evidence import Evidence
from core.metrics.predictions import Answers
from core.metrics.samples import share_more_certain
from core.metrics.scores import FROM_LOGITS, SCORES, labels_from
from core.training.runs import Run
from core.views import drawing, overlays, pictures
from core.views.palette import DONT_KNOW, WAKARANAI, coloured
from ui import loaded, serving
from ui.components.controls import percent
from ui.components.plain_text import plain
from ui.components.score_names import score_name
from ui.loaded.scores import reference_of_logits


class Places(NamedTuple):
    """Parts of the verdict that are filled later: the second verdict, Save and Share, the prediction sets, and Grad-CAM."""

    second: DeltaGenerator
    buttons: DeltaGenerator
    sets: DeltaGenerator
    why: DeltaGenerator


def show_verdict(image: NDArray[np.uint8], steps: tuple[Step, ...], answers: Answers, accepted: bool) -> Places:
    """The verdict in big letters, the probabilities, and what the network sees."""
    top, share = plain(answers.class_names[answers.predicted[0]]), percent(answers.probs[0].max(), 1)
    st.markdown(f"# {coloured(top, 'right')}" if accepted else f"## {coloured(WAKARANAI, 'refused')}")
    st.caption(
        f"Answer {top} · confidence {share}" if accepted else f"I {DONT_KNOW}. Best guess: {top} · confidence {share}"
    )
    second, buttons, sets = st.container(), st.container(), st.container()
    chart = drawing.probability_bars(answers.probs[0], answers.class_names, "right" if accepted else "refused")
    st.vega_lite_chart(spec=chart, alt="Probability of each class")
    seen, why = st.columns(2, wrap=False)
    with seen:
        st.image(pictures.enlarged(image, 4).squeeze(), alt="the picture as the network sees it")
        if steps:
            with st.popover("Steps", help="How the picture became what the network sees."):
                for step in steps:
                    st.image(step.image, width=140, caption=f"{step.name}: {step.explanation}", alt=step.name)
    return Places(second, buttons, sets, why.container())


def show_why(run: Run, image: NDArray[np.uint8], answers: Answers) -> None:
    """The Grad-CAM overlay of the most likely class; nothing for a network without convolutions."""
    if not serving.about(run).feature_layers:
        return
    shown = overlays.shown(serving.network(run).explain("grad_cam", image[None], answers.predicted).maps[0])
    overlaid = overlays.overlay(image, overlays.coloured(shown), 0.7)
    st.image(pictures.enlarged(overlaid, max(1, 112 // len(image))), alt="Grad-CAM of the most likely class")
    st.caption(
        "Grad-CAM" if shown.limit else "no positive evidence", help="Which pixels support the most likely class."
    )


def show_scores(run: Run, answers: Answers) -> None:
    """Every score of the logits, with its percentile among the test images."""
    seen, compared = Evidence(answers.logits), reference_of_logits(run)
    values = {label: float(SCORES[label].values(seen, compared)[0]) for label in labels_from(FROM_LOGITS)}
    shares = [
        100 * share_more_certain(loaded.scored(run, "test", label).uncertainty, value)
        for label, value in values.items()
    ]
    st.dataframe(
        pa.table(
            {"Score": [score_name(label) for label in values], "Value": list(values.values()), "Percentile": shares}
        ),
        hide_index=True,
        row_height=27,
        column_config={
            "Value": st.column_config.NumberColumn(format="%.3f", width="small", help="Higher = more uncertain."),
            "Percentile": st.column_config.NumberColumn(
                format="%.1f %%",
                width="small",
                help="Share of the test images that are more certain; equal scores count half.",
            ),
        },
    )
