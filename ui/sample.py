"""One sample, opened from a gallery: image, bars, every score with its place in the split."""

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from core.metrics.predictions import Predictions
from core.metrics.samples import share_more_certain
from core.training.runs import Run
from core.views import bars, pictures
from ui import loaded
from ui.scores import SCORES


def open_sample(sample: int | None) -> None:
    """Open a sample, or close the one that is open; the address follows."""
    if sample is None:
        st.query_params.pop("sample", None)
    else:
        st.query_params["sample"] = str(sample)


def _walk(among: NDArray[np.integer], steps: int) -> None:
    """From the sample that is open now, which may have changed since the button was drawn."""
    place = np.flatnonzero(among.astype(str) == st.query_params.get("sample"))
    if len(place):
        open_sample(int(among[np.clip(place[0] + steps, 0, len(among) - 1)]))


def opened_sample(num_samples: int) -> int | None:
    """The sample that the address names, None if it names none; one that this split does not have is said, and dropped."""
    text = st.query_params.get("sample")
    if text is None:
        return None
    if text.isdecimal() and int(text) < num_samples:
        return int(text)
    st.toast(
        f"There is no sample {text!r} here; they are numbered 0 to {num_samples - 1:,}.", icon=":material/warning:"
    )
    open_sample(None)
    return None


@st.dialog("One sample", width="large", on_dismiss=lambda: open_sample(None))
def sample_dialog(
    images: NDArray[np.uint8] | None,
    predictions: Predictions,
    among: NDArray[np.integer],
    split: str,
    run: Run,
) -> None:
    """The opened sample; the arrow keys walk through `among`, the samples listed behind the dialog."""
    sample = opened_sample(len(predictions.labels))
    if sample is None:
        return
    names, label, predicted = (
        predictions.class_names,
        predictions.labels[sample],
        predictions.predicted[sample],
    )
    place = np.flatnonzero(among == sample)
    place = int(place[0]) if len(place) else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous", icon=":material/arrow_back:", shortcut="Left", disabled=place in (None, 0),
            on_click=_walk, args=(among, -1),
        )  # fmt: skip
        st.button(
            "Next", icon=":material/arrow_forward:", shortcut="Right", disabled=place in (None, len(among) - 1),
            on_click=_walk, args=(among, 1),
        )  # fmt: skip
        where = f"{place + 1:,} of {len(among):,} in this list" if place is not None else "not in the list behind"
        st.markdown(f"**Sample {sample}** of {split} · {where}")
    facts, probabilities, logits = st.columns([1.4, 1.5, 1.5])
    with facts:
        if images is not None:
            side = 224 // images.shape[1] or 1
            st.image(pictures.enlarged(images[sample], side).squeeze(), alt=f"sample {sample}, a {names[label]}")
        verdict = ":blue[**right**]" if label == predicted else ":orange[**wrong**]"
        st.markdown(f"True **{names[label]}**, predicted **{names[predicted]}**: {verdict}")
        scores = [loaded.scored(run, split, score).uncertainty for score in SCORES]
        st.dataframe(
            pa.table(
                {
                    "Score": list(SCORES),
                    "Value": [float(values[sample]) for values in scores],
                    "More certain": [100 * share_more_certain(values, values[sample]) for values in scores],
                }
            ),
            hide_index=True,
            column_config={
                "Value": st.column_config.NumberColumn(format="%.4f", width="small", help="Larger is less certain."),
                "More certain": st.column_config.ProgressColumn(
                    format="%.1f %%",
                    min_value=0,
                    max_value=100,
                    help="The share of this split that is more certain.",
                ),
            },
        )
    with probabilities:
        chart = bars.class_bars(
            predictions.probs[sample], names, label, "What it believes", "Probability", percent=True
        )
        st.vega_lite_chart(spec=chart, alt="Probability of each class")
    with logits:
        chart = bars.class_bars(predictions.logits[sample], names, label, "Before the softmax", "Logit", percent=False)
        st.vega_lite_chart(spec=chart, alt="Logit of each class")
    if images is not None:
        _why(images[sample], predictions, sample, split, run)


def _why(image: NDArray[np.uint8], predictions: Predictions, sample: int, split: str, run: Run) -> None:
    """Grad-CAM and SmoothGrad on request, as they need the network, and the way to all methods."""
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.toggle("Why? Grad-CAM and SmoothGrad", key="why", help="For the predicted and the true class.")
        if split == "test":
            query = {"run": run.name, "sample": str(sample)}
            label, icon = "Explain it by twelve methods", ":material/troubleshoot:"
            st.page_link("pages/5_Explain.py", label=label, icon=icon, query_params=query)
    if wanted:
        from ui.explain.one import two_maps
        from ui.overlays import Look, show_figures

        classes = dict.fromkeys((int(predictions.predicted[sample]), int(predictions.labels[sample])))
        figures = two_maps(run, f"{split} {sample}", image, classes, predictions.class_names)
        show_figures([figures], Look(), key="why_maps", side=150)
