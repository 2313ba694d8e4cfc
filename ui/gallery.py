"""A gallery of samples in which a click opens one."""

import json
import math
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
            "label": int(predictions.labels[sample]),
            "predicted": int(predictions.predicted[sample]),
            "note": note,
            **_bars(predictions.probs[sample], all_classes),
        }
        for sample, note in zip(samples.tolist(), notes, strict=True)
    ]
    return _show(cards, None if images is None else images[samples], predictions.class_names, all_classes, key)


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
            "label": -1,
            "predicted": int(answers.predicted[number]),
            "accepted": bool(accepted[number]),
            "note": verdicts[number],
            **_bars(answers.probs[number], all_classes=True),
        }
        for number in range(len(images))
    ]
    _show(cards, images, answers.class_names, True, key)


def _bars(probs: NDArray[np.floating], all_classes: bool) -> dict[str, list[int]]:
    """Probabilities in hundredths of a percent: of all classes, or of the five most likely in descending order and which they are."""
    hundredths = np.rint(10_000 * probs).astype(int)
    if all_classes:
        return {"bars": hundredths.tolist()}
    shown = np.argsort(-probs, kind="stable")[:5]
    return {"bars": hundredths[shown].tolist(), "classes": shown.tolist()}


def _show(
    cards: list[dict], images: NDArray[np.uint8] | None, class_names: tuple[str, ...], all_classes: bool, key: str
) -> int | None:
    columns = math.isqrt(len(cards)) + 1  # about as many as rows: no browser draws a very long image
    said = {"cards": cards, "class_names": list(class_names), "style": "columns" if all_classes else "rows", "columns": columns}  # fmt: skip
    sheet = b"" if images is None or not len(images) else pictures.contact_sheet(images, columns)
    # A line of JSON and then the image as it is: as a text inside the JSON it would be a third longer, and encoded twice.
    data = json.dumps(said, separators=(",", ":")).encode() + b"\n" + sheet
    return _component(key=key, data=data, on_opened_change=lambda: None).opened
