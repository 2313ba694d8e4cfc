"""Simulated students, each in a tab: their clicks, and the results of these.

The same seed gives the same clicks as long as every script finishes; their number in a lesson depends on the server.
"""

import asyncio
import base64
import contextlib
import io
import json
import math
import random
import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.sessions import Problem, Rerun, Session
from core.views.palette import MARKDOWN

PAGES = ("Home", "Train", "Inspect", "Draw", "Reject", "Explain", "Errors", "Shift", "Compare", "Calibrate")
RUNS = ("mnist-small_cnn", "mnist-dense", "fashion_mnist-small_cnn", "cifar10-conv10")
# In this order, so that the first student who begins on one of these pages is also one who does something there.
HABITS = ("Reject", "Explain", "Inspect", "Draw")
NUM_SAMPLES = 1000  # images are chosen among the first ones, which every run has
PASSES, PASSES_RUN, PASSES_PATIENCE = "passes", "fashion_mnist-small_cnn", 900.0
PATIENCE, ARRIVAL = 60.0, 5.0  # seconds: time limit of a script; time in which the class arrives
# Strokes of digits: points (x, y) as shares of the canvas.
DIGITS = (
    (((0.5, 0.15), (0.5, 0.85)),),
    (((0.25, 0.2), (0.75, 0.2), (0.45, 0.85)),),
    (((0.35, 0.15), (0.3, 0.55), (0.75, 0.55)), ((0.65, 0.25), (0.62, 0.88))),
    (tuple((0.5 + 0.22 * math.sin(turn), 0.5 - 0.33 * math.cos(turn)) for turn in np.linspace(0, 2 * math.pi, 24)),),
)


class Bell(Exception):
    """The lesson is over."""


@dataclass
class Lesson:
    """The results of a lesson.

    Attributes:
        reruns: of all students.
        problems: problem -> number of times it occurred.
        num_runs: scripts that ran to their end, including those of fragments with run_every.
        num_verdicts: drawings that were answered or refused on Draw.
        cut_off: pages whose scripts were still running at the time limit.
    """

    reruns: list[Rerun] = field(default_factory=list)
    problems: Counter[Problem] = field(default_factory=Counter)
    num_runs: int = 0
    num_verdicts: int = 0
    cut_off: list[str] = field(default_factory=list)


def drawing(rng: random.Random, side: int, pen: int) -> dict:
    """The value that the canvas of page Draw sends after a digit was drawn, white on black."""
    image = Image.new("RGBA", (side, side), "#000000")
    draw, strokes = ImageDraw.Draw(image), []
    number = rng.randrange(10**12)
    shift = (rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05))
    for stroke in rng.choice(DIGITS):
        points = [tuple(side * (value + moved) for value, moved in zip(point, shift, strict=True)) for point in stroke]
        draw.line(points, "#ffffff", pen, "curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), "#ffffff")
        strokes.append({"points": points, "drawing": number})
    png = io.BytesIO()
    image.save(png, "PNG")
    url = "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
    return {"drawing": {"strokes": strokes, "drawing": number, "picture": url}}


async def draw_digit(tab: Session, rng: random.Random) -> Rerun:
    """Draw a digit on the canvas of the open page."""
    canvas = json.loads(tab.widget("canvas").element.json)
    return await tab.send("canvas", drawing(rng, canvas["side"], canvas["pen"]), "drawing")


def has_verdict(tab: Session) -> bool:
    """Whether Draw shows a verdict: a heading in the colour of answers or of refusals."""
    return any(re.match(rf"#+ :({MARKDOWN['right']}|{MARKDOWN['refused']})\[", text) for text in tab.texts())


async def study(
    tab: Session, number: int, *, pause: float, ends: float, passes: bool, seed: int, lesson: Lesson
) -> None:
    """One student's clicks until the end of the lesson; ends is a time of the event loop."""
    rng = random.Random(seed * 10_007 + number)
    pages, names = _from(PAGES, number), _from(RUNS, number // len(PAGES))

    async def rest() -> None:
        # Random, so that the students do not all click at the same moments.
        await asyncio.sleep(pause * rng.uniform(0.75, 1.25))
        if asyncio.get_running_loop().time() > ends:
            raise Bell

    async def act(page: str, run: str) -> None:
        if page == "Reject":
            for _ in range(3):
                await tab.move("threshold", rng.uniform(0.05, 0.95))
                await rest()
        elif page == "Draw" and tab.has("canvas"):  # there is none for a colour network
            for _ in range(2):
                drawn = await draw_digit(tab, rng)
                lesson.num_verdicts += drawn.finished and has_verdict(tab)
                await rest()
        elif page in ("Inspect", "Explain"):
            for _ in range(3):
                await tab.visit(page, "image", run=run, sample=str(rng.randrange(NUM_SAMPLES)))
                await rest()

    async def compute_passes() -> None:
        await tab.visit("Shift", run=PASSES_RUN)
        await rest()
        await tab.choose("view", -1)
        await rest()
        await tab.press(PASSES, PASSES_PATIENCE)
        await rest()

    try:
        await asyncio.sleep(rng.uniform(0, ARRIVAL))
        while True:
            for run in names:
                for page in pages:
                    seen = await tab.visit(page, run=run)
                    await rest()
                    try:
                        if seen.finished and HABITS[number % len(HABITS)] == page:
                            await act(page, run)
                        if passes and page == "Shift":
                            passes = False
                            await compute_passes()
                    except LookupError as error:
                        tab.problems.append(Problem(page, str(error)))
    except Bell:
        pass


def _from(things: tuple[str, ...], start: int) -> tuple[str, ...]:
    start %= len(things)
    return things[start:] + things[:start]


async def attend(
    address: str, *, sessions: int, seconds: float, pause: float, seed: int, passes: bool = True
) -> tuple[Lesson, list[Session]]:
    """A lesson with a number of students (sessions). Their tabs stay open, and the caller closes them."""
    lesson, loop = Lesson(), asyncio.get_running_loop()
    tabs = [Session(address, PATIENCE) for _ in range(sessions)]
    ends = loop.time() + seconds
    # The student who computes passes is the one who begins on Shift, or the last of a small class.
    with_passes = min(PAGES.index("Shift"), sessions - 1) if passes else None
    students = [
        asyncio.create_task(
            study(tab, number, pause=pause, ends=ends, passes=number == with_passes, seed=seed, lesson=lesson)
        )
        for number, tab in enumerate(tabs)
    ]
    # After the end there are no more clicks, but the scripts of earlier clicks are awaited.
    _, late = await asyncio.wait(students, timeout=seconds + PATIENCE + 2 * pause + 5)
    for student in late:
        student.cancel()
    for student, tab in zip(students, tabs, strict=True):
        with contextlib.suppress(asyncio.CancelledError):
            await student
        if student in late:
            lesson.cut_off.append(tab.page)
        lesson.reruns += tab.reruns
        lesson.problems.update(tab.problems)
        lesson.num_runs += tab.num_runs
    return lesson, tabs
