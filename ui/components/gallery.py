"""A gallery of samples in which a click opens one."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.predictions import Answers, Predictions
from core.views import pictures
from ui import loaded
from ui.components.own import own_component

_component = own_component("gallery")


def gallery(
    images: NDArray[np.uint8] | None,
    predictions: Predictions,
    samples: NDArray[np.integer],
    notes: list[str],
    *,
    key: str,
    all_classes: bool = False,
    source: tuple[str, str] | None = None,
    refused: NDArray[np.bool_] | None = None,
) -> int | None:
    """Show samples as cards: the image, true and predicted class, and bars in proportion to the probabilities.

    Args:
        images: (num_samples, height, width, channels) uint8, the whole split; None shows the cards without.
        predictions: of the same split.
        samples: (num_cards,), indices into both, in the order to show.
        notes: num_cards short texts, the score for instance.
        key: the widget's key.
        all_classes: a column for every class instead of the five most likely as rows.
        source: data set and split of the images, if these are all of it: what several viewers look at is encoded once.
        refused: (num_samples,), whether each image of the split is refused; None where the page has no threshold.

    Returns:
        The index of the sample just clicked, or None.
    """
    said = {
        "sample": samples.tolist(),
        "label": predictions.labels[samples].tolist(),
        "predicted": predictions.predicted[samples].tolist(),
        "note": notes,
    } | _bars(predictions.probs[samples], all_classes)
    if refused is not None:
        said["refused"] = refused[samples].tolist()
    if images is None or not len(samples):
        sheet = b""
    else:
        sheet = loaded.contact_sheet(*source, samples) if source else pictures.contact_sheet(images[samples])
    return _show(said, sheet, predictions.class_names, key)


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
    said = {
        "sample": list(range(len(images))),
        "accepted": accepted.tolist(),
        "predicted": answers.predicted.tolist(),
        "note": verdicts,
    } | _bars(answers.probs, all_classes=True)
    _show(said, pictures.contact_sheet(images), answers.class_names, key)


def _bars(probs: NDArray[np.floating], all_classes: bool) -> dict[str, list[list[int]]]:
    """Probabilities in hundredths of a percent: of all classes, or of the five most likely in descending order and which they are."""
    hundredths = np.rint(10_000 * probs).astype(int)
    if all_classes:
        return {"bars": hundredths.tolist()}
    shown = np.argsort(-probs, axis=-1, kind="stable")[:, :5]
    return {"bars": np.take_along_axis(hundredths, shown, axis=-1).tolist(), "classes": shown.tolist()}


def _show(cards: dict[str, list[Any]], sheet: bytes, class_names: tuple[str, ...], key: str) -> int | None:
    said = json.dumps({"cards": cards, "names": class_names}, separators=(",", ":"))
    # A line of JSON and then the image as it is: as a text inside the JSON it would be a third longer, and encoded twice.
    shown = _component(key=key, data=said.encode() + b"\n" + sheet, on_opened_change=lambda: None)
    opened: int | None = shown.opened
    return opened
