"""Cards to download, as PNG files: one for a verdict, one for a saliency map."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.metrics.predictions import Answers
from core.views import pictures
from core.views.palette import LIGHT

SIZE, SIDE = (900, 460), 336


def verdict_card(
    image: NDArray[np.uint8], answers: Answers, verdict: str, accepted: bool, lines: tuple[str, ...]
) -> bytes:
    """A card with a picture, the probability of each class as bars, and the verdict.

    Args:
        image: (height, width, channels) uint8, what the network saw.
        answers: of this one image.
        verdict: a few words; Pillow's own font has no Japanese.
        accepted: whether the image is answered.
        lines: further text, the run and the threshold for instance.

    Returns:
        The bytes of a PNG file of 900 x 460 pixels.
    """
    card = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(card)
    side = pictures.to_pil(image).convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST)
    card.paste(side, (30, 30))
    colour = LIGHT.right if accepted else LIGHT.refused
    draw.text((400, 26), verdict, fill=colour, font=ImageFont.load_default(40))
    probs = answers.probs[0]
    height = min(280 // len(probs), 28)
    for index, (name, share) in enumerate(zip(answers.class_names, probs, strict=True)):
        y = 86 + index * height
        draw.text((400, y), name[:12], fill=LIGHT.ink, font=ImageFont.load_default(height * 0.6))
        draw.rectangle((520, y + 3, 800, y + height - 5), fill=LIGHT.faint)
        top = index == int(np.argmax(probs))
        draw.rectangle((520, y + 3, 520 + round(280 * share), y + height - 5), fill=colour if top else LIGHT.muted)
        draw.text((810, y), f"{100 * share:.1f} %", fill=LIGHT.ink, font=ImageFont.load_default(height * 0.6))
    for index, line in enumerate(lines):
        draw.text((30, 385 + 24 * index), line, fill=LIGHT.ink, font=ImageFont.load_default(17))
    buffer = io.BytesIO()
    card.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def saliency_card(image: NDArray[np.uint8], overlay: NDArray[np.uint8], title: str, lines: tuple[str, ...]) -> bytes:
    """A card with an image, its saliency overlay, and how the map was computed.

    Args:
        image: (height, width, channels) uint8, what the network saw.
        overlay: (height, width, 3) uint8.
        title: the method and what it explains; Pillow's own font has no Japanese.
        lines: parameters, badge, run.

    Returns:
        The bytes of a PNG file of 900 x 460 pixels.
    """
    card = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(card)
    draw.text((30, 18), title, fill=LIGHT.ink, font=ImageFont.load_default(26))
    side = 290
    for place, picture in enumerate((image, overlay)):
        small = min(picture.shape[:2]) < side
        filter_ = Image.Resampling.NEAREST if small else Image.Resampling.LANCZOS
        card.paste(
            pictures.to_pil(picture).convert("RGB").resize((side, side), filter_), (30 + place * (side + 20), 64)
        )
    for index, line in enumerate(lines):
        draw.text((30, 366 + 22 * index), line, fill=LIGHT.ink, font=ImageFont.load_default(15))
    buffer = io.BytesIO()
    card.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
