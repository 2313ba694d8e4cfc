"""Draw the example drawings of the page Draw: `python starter/drawings/make.py`. Strokes have hand-written coordinates."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).parent
SIDE, PEN = 280, 22
DRAWINGS = {  # name -> strokes, each a list of points (x, y) in pixels
    "1 plain": [[(140, 50), (140, 230)]],
    "2 round": [[(80, 95), (100, 60), (145, 48), (190, 70), (195, 110), (160, 155), (85, 225), (205, 225)]],
    "3 open": [[(80, 60), (190, 55), (135, 125), (185, 150), (190, 200), (140, 232), (80, 215)]],
    "4 closed": [[(175, 235), (175, 45), (75, 165), (215, 165)]],
    "7 with a bar": [[(75, 60), (205, 60), (120, 235)], [(95, 150), (190, 150)]],
    "1 with a hat and a foot": [[(95, 100), (145, 50), (145, 230)], [(90, 230), (200, 230)]],
    "4 or 9": [[(185, 60), (115, 55), (85, 100), (120, 145), (180, 130), (185, 60), (175, 235)]],
    "1 or 7": [[(110, 75), (165, 55), (140, 235)]],
    "scribble": [
        [(60, 200), (110, 70), (130, 220), (170, 60), (180, 215), (225, 90), (60, 110), (220, 180), (70, 160)]
    ],
    "letter A": [[(70, 235), (140, 45), (210, 235)], [(95, 170), (185, 170)]],
    "two strokes": [[(60, 70), (220, 210)], [(220, 70), (60, 210)]],
}


def drawn(strokes: list[list[tuple[int, int]]], ink: int = 255, paper: int = 0, pen: int = PEN) -> Image.Image:
    """A drawing, by default white on black, with round ends and soft edges: drawn four times as large, then reduced."""
    large = Image.new("L", (4 * SIDE, 4 * SIDE), paper)
    brush, radius = ImageDraw.Draw(large), 2 * pen
    for stroke in strokes:
        points = [(4 * x, 4 * y) for x, y in stroke]
        brush.line(points, fill=ink, width=4 * pen, joint="curve")
        for x, y in points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return large.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def photographed(strokes: list[list[tuple[int, int]]], seed: int) -> Image.Image:
    """A drawing as in a phone's photograph: dark pencil on paper in uneven light, tilted, grainy, a little out of focus."""
    rng = np.random.default_rng(seed)
    page = drawn(strokes, ink=70, paper=215, pen=12).rotate(8, fillcolor=215).filter(ImageFilter.GaussianBlur(1.2))
    across, down = np.meshgrid(np.linspace(1.08, 0.62, SIDE), np.linspace(1.0, 0.8, SIDE))
    lit = np.asarray(page) * across * down + rng.normal(0, 5, (SIDE, SIDE))
    return Image.fromarray(lit.clip(0, 255).astype(np.uint8))


def main() -> None:
    for name, strokes in DRAWINGS.items():
        drawn(strokes).quantize(16).save(HERE / f"{name}.png", optimize=True)
    photographed(DRAWINGS["2 round"], seed=0).quantize(64).save(HERE / "2 as if photographed.png", optimize=True)


if __name__ == "__main__":
    main()
