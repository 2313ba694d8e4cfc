"""A gallery of samples in which a click opens one."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.metrics.predictions import Answers, Predictions
from core.views import pictures

HERE = Path(__file__).parent
_component = st.components.v2.component(
    "wakaranai_gallery", css=(HERE / "gallery.css").read_text(), js=(HERE / "gallery.js").read_text()
)


def gallery(
    images: NDArray[np.uint8] | None,
    predictions: Predictions,
    samples: NDArray[np.integer],
    notes: list[str],
    *,
    key: str,
    all_classes: bool = False,
) -> int | None:
    """Show samples as cards: the image, true and predicted class, and bars in proportion to the probabilities.

    Args:
        images: (num_samples, height, width, channels) uint8, the whole split; None shows the cards without.
        predictions: of the same split.
        samples: (num_cards,), indices into both, in the order to show.
        notes: num_cards short texts, the score for instance.
        key: the widget's key.
        all_classes: a column for every class instead of the five most likely as rows.

    Returns:
        The index of the sample just clicked, or None.
    """
    cards = [
        {
            "sample": sample,
            "image": None if images is None else pictures.data_uri(images[sample]),
            "label": int(predictions.labels[sample]),
            "predicted": int(predictions.predicted[sample]),
            "bars": _bars(predictions.probs[sample], all_classes),
            "note": note,
        }
        for sample, note in zip(samples.tolist(), notes, strict=True)
    ]
    return _show(cards, predictions.class_names, all_classes, key)


def answer_cards(
    images: NDArray[np.uint8], answers: Answers, verdicts: list[str], accepted: NDArray[np.bool_], *, key: str
) -> None:
    """Show pictures whose truth is unknown as cards: the image, the verdict, and a bar for every class.

    Args:
        images: (num_cards, height, width, channels) uint8.
        answers: of the same pictures.
        verdicts: num_cards short texts.
        accepted: (num_cards,), whether each is answered.
        key: the widget's key.
    """
    cards = [
        {
            "sample": number,
            "image": pictures.data_uri(image),
            "label": -1,
            "predicted": int(answers.predicted[number]),
            "accepted": bool(accepted[number]),
            "bars": _bars(answers.probs[number], all_classes=True),
            "note": verdicts[number],
        }
        for number, image in enumerate(images)
    ]
    _show(cards, answers.class_names, True, key)


def _bars(probs: NDArray[np.floating], all_classes: bool) -> list[list[float]]:
    """Pairs of class and probability: of all classes, or of the five most likely in descending order."""
    shown = np.arange(len(probs)) if all_classes else np.argsort(-probs, kind="stable")[:5]
    return [[int(index), round(float(probs[index]), 5)] for index in shown]


def _show(cards: list[dict], class_names: tuple[str, ...], all_classes: bool, key: str) -> int | None:
    data = {"cards": cards, "class_names": list(class_names), "style": "columns" if all_classes else "rows"}
    return _component(key=key, data=data, on_opened_change=lambda: None).opened
