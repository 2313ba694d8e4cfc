"""The long attack on the app: `python -m tests.attack`, or one part of it, such as `python -m tests.attack files --count 10000`.

    files       damaged files through every entry
    kills       a trainer that is killed at random moments and resumed
    sessions    visitors who click, draw, upload and train at the same time
    addresses   hostile values for every parameter of every page and view
    folders     damaged folders of runs on every page and view

Linux only, because it reads /proc. Exit status: 0 if nothing broke, 1 if anything did.
"""

import argparse
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

PARTS: dict[str, Callable[[ModuleType, argparse.Namespace], Any]] = {
    "files": lambda part, asked: part.attack(asked.count or 10_000, asked.seed, asked.keep),
    "kills": lambda part, asked: part.attack(asked.count or 50, asked.seed),
    "sessions": lambda part, asked: part.attack(asked.count or 30, asked.minutes, asked.seed),
    "addresses": lambda part, asked: part.attack(asked.count or 50, asked.seed, progress=tell),
    "folders": lambda part, asked: part.attack(asked.count or 1_000, asked.seed),
}


def tell(sentence: str) -> None:
    print(f"  {sentence}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.attack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=PARTS, help="by default all, one after the other")
    parser.add_argument(
        "--count",
        type=int,
        help="files (10,000), kills (50), sessions (30), values per parameter (50) or kinds of damage (all)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything that is random")
    parser.add_argument("--minutes", type=float, default=10, help="for which the sessions click")
    parser.add_argument("--keep", type=Path, default=Path("broken"), help="folder for the files that broke something")
    asked = parser.parse_args(arguments)
    if asked.part is None and asked.count is not None:
        parser.error("--count belongs to one part: name it")
    broken = 0
    for name in [asked.part] if asked.part else PARTS:
        print(f"\n{name}, seed {asked.seed}", flush=True)
        begun, part = time.monotonic(), import_module(f"tests.attack.{name}")
        outcome = PARTS[name](part, asked)
        print(f"{part.table(outcome)}\n{time.monotonic() - begun:.0f} s", flush=True)
        broken += part.num_broken(outcome)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
