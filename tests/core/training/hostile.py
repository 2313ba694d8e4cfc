"""Ways in which a run's folder can be wrong, each made by a function that gets the folder of a finished run."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.training import runs

CLEAN = runs.STARTER / "mnist-dense"


def finished(parent: Path, name: str) -> Path:
    """The folder of a finished run, without its network."""
    folder = parent / name
    shutil.copytree(CLEAN, folder, ignore=shutil.ignore_patterns("model.keras"))
    return folder


def changed(file: str, **values: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / file
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return change


def written(file: str, content: str | bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def replaced(file: str, make: Callable[[Path], object]) -> Callable[[Path], None]:
    def replace(folder: Path) -> None:
        (folder / file).unlink(missing_ok=True)
        make(folder / file)

    return replace


def torn(file: str) -> Callable[[Path], None]:
    def tear(folder: Path) -> None:
        whole = (folder / file).read_bytes()
        (folder / file).write_bytes(whole[: len(whole) // 2])

    return tear


def unfinished(harm: Callable[[Path], None]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "done.json").unlink()
        harm(folder)

    return make


def circle(path: Path) -> None:
    path.symlink_to(path)


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**33)  # without a block on the disk


# What is wrong -> (how it is made, a part of the cause).
HARMS: dict[str, tuple[Callable[[Path], None], str]] = {
    "deeply nested config": (written("config.json", "[" * 100_000), "config.json is not valid JSON"),
    "torn config": (torn("config.json"), "config.json is not valid JSON"),
    "missing config": (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
    "config is a named pipe": (replaced("config.json", os.mkfifo), "config.json is not a regular file"),
    "config is a circle of links": (replaced("config.json", circle), "Too many levels of symbolic links"),
    "config is huge": (replaced("config.json", huge), "config.json is too large"),
    "device is a number": (changed("config.json", device=5), "device must be a text, got int"),
    "epochs are a list": (changed("config.json", epochs=[1]), "epochs must be an integer, got list"),
    "unknown data set": (changed("config.json", dataset="moon"), "no data set 'moon'"),
    "unknown network": (changed("config.json", architecture="quantum"), "architecture must be one of"),
    "unknown option": (changed("config.json", colour="red"), "colour"),
    "a lone surrogate": (changed("config.json", loss="\ud800"), "loss must be one of"),
    "infinite rate": (written("config.json", (CLEAN / "config.json").read_text().replace("0.025", "1e400")), "finite"),
    "endless steps": (changed("config.json", steps=10**30), "steps must be at most"),
    "done is empty": (written("done.json", ""), "done.json is empty"),
    "done is a list": (written("done.json", "[]"), "done.json must be a JSON object, got list"),
    "done is a folder": (replaced("done.json", Path.mkdir), "done.json is not a regular file"),
    "accuracy is a text": (changed("done.json", test_accuracy="high"), "test_accuracy must be a number from 0 to 1"),
    "accuracy is NaN": (changed("done.json", test_accuracy=float("nan")), "got nan"),
    "machine is a text": (changed("done.json", machine="mine"), "on which processor"),
    "history of numbers": (written("history.jsonl", "5\n"), "Line 1 of history.jsonl must be a JSON object"),
    "history with a torn first line": (written("history.jsonl", '{"step": 1\n{}\n'), "Line 1 of history.jsonl"),
    "history without losses": (written("history.jsonl", '{"step": 1}\n'), "epoch must be a number"),
    "progress of wrong types": (written("progress.json", '{"phase": "training", "step": "x"}'), "step must be"),
    "error is a named pipe": (replaced("error.txt", os.mkfifo), "error.txt is not a regular file"),
    "log is a named pipe": (replaced("log.txt", os.mkfifo), "log.txt is not a regular file"),
    "lock is a folder": (unfinished(replaced("lock", Path.mkdir)), "lock is not a regular file"),
    "lock is a link": (unfinished(replaced("lock", lambda lock: lock.symlink_to("/dev/null"))), "lock is not a regular"),
    "predictions are missing": (replaced("predictions/test.npz", lambda path: None), "predictions/test.npz is missing"),
    "predictions are torn": (torn("predictions/validation.npz"), "predictions/validation.npz is incomplete"),
}  # fmt: skip
