"""What simulated visitors do on a server that they share, and what none of them may see of the others."""

import asyncio
import io
import random
import secrets
import zipfile
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import numpy as np
from google.protobuf.message import Message
from PIL import Image

from benchmarks.sessions import Problem, Rerun, Session
from benchmarks.students import Lesson, draw_digit, has_verdict, study
from benchmarks.uploads import upload

RUN = "mnist-small_cnn"
ACTIONS = {"Stop", "Resume", "Delete…"}
PATIENCE = 300.0  # seconds in which a script must end, however busy the machine is
TRAINING_PATIENCE = 600.0  # seconds in which a small training must begin and end


@dataclass
class Secrets:
    """What belongs to one visitor each.

    Attributes:
        of: visitor -> marks that no other visitor may be sent.
        runs: (visitor, name) of each run that was started.
    """

    of: dict[int, set[bytes]] = field(default_factory=dict)
    runs: list[tuple[int, str]] = field(default_factory=list)

    def add(self, visitor: int, mark: str) -> None:
        self.of.setdefault(visitor, set()).add(mark.encode())

    def leaked(self, visitor: int, message: bytes) -> list[bytes]:
        """The marks of others in what a visitor was sent."""
        return [mark for other, marks in self.of.items() if other != visitor for mark in marks if mark in message]


class Guarded(Session):
    """A tab that looks into everything it is sent for what belongs to other visitors."""

    def __init__(self, address: str, number: int, known: Secrets) -> None:
        super().__init__(address, PATIENCE)
        self.number, self.known = number, known

    async def visit(self, page: str, what: str = "visit", **query: str) -> Rerun:
        seen = await super().visit(page, what, **query)
        if seen.finished and "run" in query and parse_qs(self.query).get("run", [query["run"]]) != [query["run"]]:
            self.problems.append(Problem(page, f"{query['run']} was asked for, and the address says {self.query}"))
        return seen

    async def send(self, key: str, value: Any, what: str) -> Rerun:
        if key == "canvas":
            self.known.add(self.number, str(value["drawing"]["drawing"]))
        return await super().send(key, value, what)

    def says(self, text: str) -> bool:
        """Whether a text is on the page, outside of its widgets."""
        shown = (element.body for kind, element, _ in self._elements.values() if kind in ("markdown", "alert"))
        return any(text in body.replace("\\", "") for body in shown)

    def _take(self, message: Message) -> None:
        for mark in self.known.leaked(self.number, message.SerializeToString()):
            self.problems.append(Problem(self.page, f"another visitor's {mark.decode()} was sent to this one"))
        super()._take(message)


@dataclass(frozen=True)
class Visit:
    """One visitor's tab with what its clicks need.

    Attributes:
        tab: the tab.
        rng: where all chance comes from.
        pause: seconds between two clicks.
        ends: time of the event loop when the visitor leaves.
    """

    tab: Guarded
    rng: random.Random
    pause: float
    ends: float

    @property
    def is_over(self) -> bool:
        return asyncio.get_running_loop().time() > self.ends

    async def rest(self) -> None:
        await asyncio.sleep(self.pause * self.rng.uniform(0.75, 1.25))

    def problem(self, sentence: str) -> None:
        self.tab.problems.append(Problem(self.tab.page, sentence))


async def click(visit: Visit, seed: int, lesson: Lesson) -> None:
    """A student who clicks through all pages, draws and moves thresholds."""
    await study(visit.tab, visit.tab.number, pause=visit.pause, ends=visit.ends, passes=False, seed=seed, lesson=lesson)


async def train(visit: Visit) -> None:
    """A visitor who starts one small training after the other, and may change none but their own."""
    tab, secret = visit.tab, secrets.token_hex(16)
    tab.known.add(tab.number, secret)
    while not visit.is_over:
        name = f"of-{tab.number}-{secrets.token_hex(4)}"
        await tab.visit("Train", architecture="softmax_regression", num_epochs="1", images="500")
        await tab.send("visitor", {"secret": secret}, "secret")
        await tab.write("visitor_name", f"Visitor {tab.number}")
        await tab.write("run_name", name)
        await visit.rest()
        await tab.press("Start training")
        tab.known.runs.append((tab.number, name))
        if not tab.says(f"· {name}"):
            visit.problem(f"the training {name} was not started")
        await _until_trained(visit)
        if not visit.is_over:
            await tab.visit("Train", watched=name)
            if "Delete…" not in tab.buttons():
                visit.problem(f"the owner may not change {name}")
            await _look_at_others(visit)


async def _until_trained(visit: Visit) -> None:
    for _ in range(int(TRAINING_PATIENCE)):
        if visit.is_over or visit.tab.says("of the test images correct"):
            return
        await asyncio.sleep(1)
    visit.problem("a training of 500 images has not ended")


async def _look_at_others(visit: Visit) -> None:
    """Others' runs can be looked at, and have no buttons."""
    others = [name for number, name in visit.tab.known.runs if number != visit.tab.number]
    if not others:
        return
    other = visit.rng.choice(others)
    await visit.tab.select("Run to watch", other)
    if not visit.tab.says(f"· {other}"):
        visit.problem(f"{other} cannot be looked at")
    elif actions := visit.tab.buttons() & ACTIONS:
        visit.problem(f"visitor {visit.tab.number} may {', '.join(sorted(actions))} {other}")


async def send_pictures(visit: Visit) -> None:
    """A visitor who uploads pictures on each page that takes some."""
    tab = visit.tab
    while not visit.is_over:
        mark = secrets.token_hex(8)
        tab.known.add(tab.number, mark)
        await tab.visit("Draw", run=RUN)
        await tab.choose("way", 2)
        await upload(tab, "file", {f"{mark}.png": picture(visit.rng)})
        if not has_verdict(tab):
            visit.problem("an uploaded digit got no verdict")
        await visit.rest()
        # From a page without views: Explain has a parameter of the same name.
        await tab.visit("Shift", run=RUN, view="Out-of-distribution data", foreign="My own images")
        await upload(tab, "own_images", {f"{mark}.zip": archive(visit.rng, mark), f"{mark}-broken.png": b"no picture"})
        if not tab.says(f"{mark}-broken.png"):
            visit.problem("the broken file of an upload is not named")
        await visit.rest()
        await tab.visit("Draw", run=RUN)
        await tab.choose("way", 0)  # the page remembers that pictures were uploaded
        await draw_digit(tab, visit.rng)
        await visit.rest()
        await tab.visit("Explain", run=RUN, of="Upload")
        await upload(tab, "explained_file", {f"{mark}.png": picture(visit.rng)})
        await visit.rest()


def picture(rng: random.Random) -> bytes:
    """A stroke somewhere."""
    pixels = np.full((200, 200), 255, np.uint8)
    row, column = rng.randrange(20, 80), rng.randrange(20, 160)
    pixels[row : row + 100, column : column + 18] = 0
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def archive(rng: random.Random, mark: str) -> bytes:
    """A ZIP of ten pictures."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as pictures:
        for number in range(10):
            pictures.writestr(f"{mark}-{number}.png", picture(rng))
    return packed.getvalue()
