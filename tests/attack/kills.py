"""A trainer that is killed at random moments, and resumed each time: it must end as if nothing had happened."""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from core.training import runs
from core.training.config import RunConfig
from core.training.runs import Damaged, Run

CONFIG = RunConfig(
    "mnist", "softmax_regression", "adam", epochs=20, batch_size=50, num_train=1_000, shift=2, patience=6
)
PATIENCE = 300  # seconds for one trainer
LOOK_EVERY = 0.0005  # seconds
MOST_TRAINED = 3.0  # seconds until the kill, from the first step on
# What is on the disk while the trainer writes it; in all other moments, it loads or computes.
WRITTEN = (
    "queued.part", "progress.json.part", "history.jsonl.part", ".part-best.keras", ".part-checkpoint.keras", ".part-model.keras",
    "predictions/validation.npz.part", "predictions/test.npz.part", "done.json.part", "done.json",
)  # fmt: skip
# Python reads this module before any other: the trainer's clock stands at another time at every start.
CLOCK = """
import os, time
moved, now = float(os.environ["ATTACK_CLOCK"]), time.time
time.time = lambda: now() + moved
"""


@dataclass
class Kills:
    """What became of the trainers.

    Attributes:
        moments: what the trainer was doing when it was killed -> how often.
        broken: a sentence for each thing that went wrong.
        num_runs: that were trained to their end.
    """

    moments: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    num_runs: int = 0


def attack(count: int, seed: int, config: RunConfig = CONFIG) -> Kills:
    """Kill trainers so often, and compare each run that they end with one that was left alone.

    Args:
        count: number of kills.
        seed: of the moments and the clock; how fast the machine is decides, too.
        config: of the runs.
    """
    rng, kills = random.Random(seed), Kills()
    with tempfile.TemporaryDirectory(prefix="wakaranai-attack-") as folder, pytest.MonkeyPatch.context() as patch:
        parent = Path(folder) / "runs"
        patch.setenv("WAKARANAI_RUNS", str(parent))
        (Path(folder) / "sitecustomize.py").write_text(CLOCK)
        patch.setenv("PYTHONPATH", os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")]))
        patch.setenv("ATTACK_CLOCK", "0")
        whole = runs.create(config, "whole")
        begun = time.monotonic()
        _started(whole).wait(PATIENCE)
        seconds = time.monotonic() - begun
        while kills.moments.total() < count:
            broken = runs.create(config, f"broken-{kills.num_runs}")
            left = count - kills.moments.total()
            _killed_to_its_end(broken, rng, kills, left, seconds)
            kills.num_runs += 1
            kills.broken += [f"{broken.name}: {sentence}" for sentence in differences(broken, whole)]
    return kills


def _killed_to_its_end(run: Run, rng: random.Random, kills: Kills, most: int, seconds: float) -> None:
    """Kill the run's trainer at most so often, and then let it come to its end."""
    for _ in range(most):
        os.environ["ATTACK_CLOCK"] = str(rng.choice((0, -86_400 * 365, -3_600, 3_600, 86_400 * 365)))
        trainer = _started(run)
        try:
            moment = _wait_for_a_moment(run, trainer, rng, seconds)
        finally:
            trainer.kill()
            trainer.wait()
        if moment is None:
            return  # it has ended by itself
        kills.moments[moment] += 1
        kills.broken += [f"{run.name}, killed at {moment}: {sentence}" for sentence in _unreadable(run)]
        _move_times(run, rng)
    trainer = _started(run)
    try:
        trainer.wait(PATIENCE)
    finally:
        trainer.kill()


def _started(run: Run) -> subprocess.Popen[bytes]:
    with (run.folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "core.training.trainer", str(run.folder)],
            cwd=runs.ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


def _wait_for_a_moment(run: Run, trainer: subprocess.Popen[bytes], rng: random.Random, seconds: float) -> str | None:
    """Wait until a random moment. Returns what the trainer is doing then, None if it has ended before."""
    at = time.monotonic() + rng.uniform(0, seconds)
    # Writing takes a thousandth of the time, so that half of the kills wait for it; others wait for the training.
    wanted = rng.choice(WRITTEN) if rng.random() < 0.5 else ""
    if not wanted and rng.random() < 0.6:
        at = _trains(run, trainer) + rng.uniform(0, MOST_TRAINED)
    while trainer.poll() is None:
        if not wanted and time.monotonic() > at:
            return run.progress().get("phase", "loading")
        if wanted and (run.folder / wanted).exists():
            return f"writing {wanted.removesuffix('.part').removeprefix('.part-')}"
        time.sleep(LOOK_EVERY)
    return None


def _trains(run: Run, trainer: subprocess.Popen[bytes]) -> float:
    """Wait for the first step, or for the end of a trainer that has none to do. Returns when that was."""
    begun = False
    while trainer.poll() is None:
        phase = run.progress().get("phase")
        begun = begun or phase == "loading"  # until then, it is what an earlier trainer has said
        if begun and phase in ("training", "evaluating"):
            break
        time.sleep(LOOK_EVERY)
    return time.monotonic()


def _move_times(run: Run, rng: random.Random) -> None:
    """The files were last changed at some other time, as after a clock was set."""
    for file in run.folder.rglob("*"):
        moved = time.time() + rng.choice((-1, 0, 1)) * 86_400 * 365
        os.utime(file, (moved, moved))


def _unreadable(run: Run) -> Iterable[str]:
    """What a page would stumble over now."""
    found = runs.read_run(run.folder)
    if not isinstance(found, Run):
        yield f"the run cannot be read: {found}"
        return
    try:
        found.history(), found.progress(), found.done(), found.log()
    except Damaged as error:
        yield str(error)
    if found.status not in ("interrupted", "waiting", "done"):
        yield f"its status is {found.status}"


def differences(run: Run, whole: Run) -> Iterable[str]:
    """How a run differs from one that was left alone."""
    if (run.status, whole.status) != ("done", "done"):
        yield f"the statuses are {run.status} and {whole.status}: {run.error or run.log(5)}"
        return
    if left := sorted(
        file.name for file in run.folder.rglob("*") if "part" in file.name or file.name.endswith("point.keras")
    ):
        yield f"it left {', '.join(left)}"
    mine, theirs = ([weight.tobytes() for weight in each.model().get_weights()] for each in (run, whole))
    if mine != theirs:
        yield "its weights differ"
    for split in ("validation", "test"):
        if not np.array_equal(run.predictions(split).logits, whole.predictions(split).logits):
            yield f"its logits on {split} differ"
    for key in ("step", "loss", "validation_loss", "accuracy"):
        if [line[key] for line in run.history()] != [line[key] for line in whole.history()]:
            yield f"its history of {key} differs"


def table(kills: Kills) -> str:
    """How often a trainer was killed while doing what, and each thing that broke."""
    lines = [f"{'killed while':<36}{'times':>6}"]
    lines += [f"{moment:<36}{count:>6}" for moment, count in sorted(kills.moments.items())]
    lines.append(
        f"{kills.moments.total()} kills, {kills.num_runs} runs came to their end, {len(kills.broken)} problems"
    )
    return "\n".join(lines + [f"  {sentence}" for sentence in kills.broken])


def num_broken(kills: Kills) -> int:
    return len(kills.broken)
