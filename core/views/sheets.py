"""Printable sheets: samples with their labels and most likely classes, as an A4 PDF."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.metrics.predictions import Predictions
from core.views import pictures
from core.views.palette import LIGHT

PAGE = (1240, 1754)  # A4 at 150 dots per inch
MARGIN, HEADER = 60, 70
COLUMNS, ROWS = 4, 11


def printable_sheet(
    images: NDArray[np.uint8], predictions: Predictions, samples: NDArray[np.integer], title: str
) -> bytes:
    """Samples on A4 pages, 44 per page: image, true label, and the five most likely classes with their probabilities as bars.

    Args:
        images: (num_samples, height, width, channels) uint8, the whole split.
        predictions: of the same split.
        samples: (num_shown,) indices, at least one, in the order to print.
        title: the line at the top of every page.

    Returns:
        The bytes of a PDF file.

    Raises:
        ValueError: there is no sample to print.

    Source:
        The sheet of all errors in "TensorFlowでVGG19を使ってMNISTのエラー画像一覧を作ってみた".
    """
    if not len(samples):
        raise ValueError("There is no sample to print: samples is empty, expected at least one index.")
    each = COLUMNS * ROWS
    chunks = [samples[start : start + each] for start in range(0, len(samples), each)]
    pages = []
    for number, chunk in enumerate(chunks, start=1):
        page = Image.new("RGB", PAGE, "white")
        draw = ImageDraw.Draw(page)
        draw.text((MARGIN, MARGIN - 20), title, fill=LIGHT.ink, font=ImageFont.load_default(26))
        draw.text(
            (PAGE[0] - MARGIN - 60, MARGIN - 14),
            f"{number} / {len(chunks)}",
            fill=LIGHT.ink,
            font=ImageFont.load_default(18),
        )
        for place, sample in enumerate(chunk.tolist()):
            _card(page, draw, images[sample], predictions, sample, place)
        pages.append(page)
    buffer = io.BytesIO()
    pages[0].save(buffer, format="PDF", save_all=True, append_images=pages[1:], resolution=150)
    return buffer.getvalue()


def _card(
    page: Image.Image,
    draw: ImageDraw.ImageDraw,
    image: NDArray[np.uint8],
    predictions: Predictions,
    sample: int,
    place: int,
) -> None:
    width, height = (PAGE[0] - 2 * MARGIN) // COLUMNS, (PAGE[1] - 2 * MARGIN - HEADER) // ROWS
    left, top = MARGIN + place % COLUMNS * width, MARGIN + HEADER + place // COLUMNS * height
    small = ImageFont.load_default(14)
    side = height - 50
    thumbnail = pictures.to_pil(image).convert("RGB").resize((side, side), Image.Resampling.NEAREST)
    page.paste(thumbnail, (left, top))
    label, predicted = int(predictions.labels[sample]), int(predictions.predicted[sample])
    names = predictions.class_names
    draw.text((left, top + side + 3), f"{names[label]}  (#{sample})", fill=LIGHT.ink, font=ImageFont.load_default(16))
    probs = predictions.probs[sample]
    for row, index in enumerate(np.argsort(-probs, kind="stable")[:5].tolist()):
        y = top + row * (side // 5)
        colour = LIGHT.right if index == label else LIGHT.wrong if index == predicted else LIGHT.muted
        x = left + side + 10
        draw.text((x, y), names[index][:7], fill=LIGHT.ink, font=small)
        start, length = x + (14 if max(map(len, names)) == 1 else 56), width - side - 90
        if max(map(len, names)) > 1:
            length -= 42
        draw.rectangle((start, y + 3, start + length, y + 13), fill=LIGHT.faint)
        draw.rectangle((start, y + 3, start + round(length * probs[index]), y + 13), fill=colour)
        draw.text((start + length + 5, y), f"{100 * probs[index]:.0f}%", fill=LIGHT.ink, font=small)
