"""A gallery of samples in which a click opens one."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.predictions import Predictions
from core.views import pictures

HERE = Path(__file__).parent
_component = st.components.v2.component(
    "wakaranai_gallery", css=(HERE / "gallery.css").read_text(), js=(HERE / "gallery.js").read_text()
)


def gallery(
    images: NDArray[np.uint8],
    predictions: Predictions,
    samples: NDArray[np.integer],
    notes: list[str],
    *,
    key: str,
    all_classes: bool = False,
) -> int | None:
    """Show samples as cards: the image, true and predicted class, and bars in proportion to the probabilities.

    Args:
        images: (num_samples, height, width, channels) uint8, the whole split.
        predictions: of the same split.
        samples: (num_cards,), indices into both, in the order to show.
        notes: num_cards short texts, the score for instance.
        key: the widget's key.
        all_classes: a column for every class instead of the five most likely as rows.

    Returns:
        The index of the sample just clicked, or None.
    """
    probs = predictions.probs[samples]
    top = np.argsort(-probs, axis=-1, kind="stable")[:, :5]
    cards = []
    for row, sample in enumerate(samples.tolist()):
        shown = range(probs.shape[1]) if all_classes else top[row].tolist()
        cards.append(
            {
                "sample": sample,
                "image": pictures.data_uri(images[sample]),
                "label": int(predictions.labels[sample]),
                "predicted": int(predictions.predicted[sample]),
                "bars": [[index, round(float(probs[row, index]), 5)] for index in shown],
                "note": notes[row],
            }
        )
    clicked = _component(
        key=key,
        data={
            "cards": cards,
            "class_names": list(predictions.class_names),
            "style": "columns" if all_classes else "rows",
        },
        on_opened_change=lambda: None,
    )
    return clicked.opened
