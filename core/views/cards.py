"""Cards to download, as PNG files: one for a verdict, one for a saliency map."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.metrics.predictions import Answers
from core.views import pictures
from core.views.palette import LIGHT

SIZE = 900, 460
PORTRAIT, SIDE, MOST_BARS = (600, 800), 336, 10


def verdict_card(
    image: NDArray[np.uint8], answers: Answers, verdict: str, accepted: bool, lines: tuple[str, ...]
) -> bytes:
    """A portrait card with a picture, the verdict, and the probabilities of the most likely classes as bars.

    Args:
        image: (height, width, channels) uint8, what the network saw.
        answers: of this one image. Of more than MOST_BARS classes, the most likely are shown, in descending order.
        verdict: a few words; Pillow's own font has no Japanese.
        accepted: whether the image is answered.
        lines: up to four lines of further text: network, threshold, date and address, for instance.

    Returns:
        The bytes of a PNG file of 600 x 800 pixels.
    """
    card = Image.new("RGB", PORTRAIT, "white")
    draw = ImageDraw.Draw(card)
    side = pictures.to_pil(image).convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST)
    card.paste(side, ((PORTRAIT[0] - SIDE) // 2, 24))
    colour = LIGHT.right if accepted else LIGHT.refused
    draw.text((PORTRAIT[0] // 2, 396), verdict, fill=colour, font=ImageFont.load_default(44), anchor="mm")
    probs = answers.probs[0]
    shown = np.arange(len(probs))
    if len(probs) > MOST_BARS:
        shown = np.argsort(-probs, kind="stable")[:MOST_BARS]
    small = ImageFont.load_default(17)
    for row, index in enumerate(shown.tolist()):
        y = 434 + 24 * row
        draw.text((40, y), answers.class_names[index][:16], fill=LIGHT.ink, font=small)
        draw.rectangle((190, y + 3, 480, y + 19), fill=LIGHT.faint)
        top = index == int(np.argmax(probs))
        draw.rectangle((190, y + 3, 190 + round(290 * probs[index]), y + 19), fill=colour if top else LIGHT.muted)
        draw.text((490, y), f"{100 * probs[index]:.1f} %", fill=LIGHT.ink, font=small)
    for row, line in enumerate(lines):
        draw.text((40, 692 + 24 * row), line, fill=LIGHT.ink, font=small)
    buffer = io.BytesIO()
    card.save(buffer, "PNG")
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
