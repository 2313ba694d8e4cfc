"""What an experiment is, and the text in TOML that describes one.

    title = "Two optimizers on MNIST"
    about = "The question, and how long it takes on what."
    seeds = [0, 1, 2]

    [settings]                  # fields of `RunConfig` that all runs share
    dataset = "mnist"
    architecture = "dense"
    epochs = 2

    [[variants]]
    name = "adam"
    optimizer = "adam"          # fields that differ; they win over the settings

    [[variants]]
    name = "sgd"
    optimizer = "sgd"

Importing this module does not import Keras.
"""

import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.training import records, runs
from core.training.config import RunConfig

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MOST_LETTERS = 60  # of the name of a run
MOST_RUNS = 300
MOST_BYTES = 100_000  # of a text
MOST_TITLE, MOST_ABOUT = 100, 300  # letters
KEYS = ("title", "about", "seeds", "settings", "variants")
SETTINGS = tuple(entry.name for entry in fields(RunConfig) if entry.name not in ("seed", "versions"))


class ExperimentInvalid(ValueError):
    """An experiment cannot be read. The message is one sentence."""


@dataclass(frozen=True)
class Cell:
    """One run of an experiment, whether or not it is there yet.

    Attributes:
        variant: the name of its variant.
        seed: of the run.
        config: its settings.
        run_name: the name of its run's folder.
    """

    variant: str
    seed: int
    config: RunConfig = field(hash=False)
    run_name: str

    @property
    def folder(self) -> Path:
        """Where its run is, or will be."""
        return runs.folder() / self.run_name


@dataclass(frozen=True)
class Experiment:
    """Many runs that answer one question.

    Attributes:
        name: of its file, without the ending.
        title: for the screen.
        about: the question, and how long it takes.
        cells: its runs, ordered by seed and then by variant, so that an interrupted experiment has whole pairs.
    """

    name: str
    title: str
    about: str
    cells: tuple[Cell, ...]

    @property
    def folder(self) -> Path:
        """Where its lock, its log, its owner and the request to stop lie, and results of runs that came with the app."""
        return runs.folder() / runs.BESIDE / self.name

    @property
    def variants(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cell.variant for cell in self.cells))

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(cell.seed for cell in self.cells))

    @property
    def datasets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cell.config.dataset for cell in self.cells))


def parsed(name: str, text: str) -> Experiment:
    """The experiment of this name that a text in TOML describes.

    Raises:
        ExperimentInvalid: something is wrong.

    Example:
        >>> text = '''
        ... title = "Two batch sizes"
        ... seeds = [0, 1]
        ... settings = {dataset = "mnist", architecture = "dense", epochs = 1}
        ... variants = [{name = "small", batch_size = 32}, {name = "large", batch_size = 512}]
        ... '''
        >>> [cell.run_name for cell in parsed("batches", text).cells]
        ['batches--small--seed-0', 'batches--large--seed-0', 'batches--small--seed-1', 'batches--large--seed-1']
    """
    _check_name("The experiment's name", name)
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise ExperimentInvalid(f"The text is too long: {len(text):,} letters. Expected at most {MOST_BYTES:,} bytes.")
    try:
        values = tomllib.loads(text)
    # RecursionError: brackets in brackets, thousands deep.
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ExperimentInvalid(f"It is not valid TOML: {str(error) or 'too many brackets'}.") from error
    _check_keys(values, KEYS, "an experiment")
    title = _text(values, "title", MOST_TITLE)
    about = _text(values, "about", MOST_ABOUT) if "about" in values else ""
    seeds = _seeds(values.get("seeds"))
    settings = values.get("settings", {})
    if not isinstance(settings, dict):
        raise ExperimentInvalid(f"settings must be a table, got {_shown(settings)}. Write [settings] above them.")
    _check_keys(settings, SETTINGS, "settings")
    variants = _variants(values.get("variants"))
    if len(seeds) * len(variants) > MOST_RUNS:
        raise ExperimentInvalid(
            f"{len(seeds)} seeds of {len(variants)} variants are {len(seeds) * len(variants):,} runs. Expected at most "
            f"{MOST_RUNS}."
        )
    configs = _configs(settings, variants)
    cells = [
        Cell(variant, seed, replace(config, seed=seed), f"{name}--{variant}--seed-{seed}")
        for seed in seeds
        for variant, config in configs.items()
    ]
    longest = max((cell.run_name for cell in cells), key=len)
    if len(longest) > MOST_LETTERS:
        raise ExperimentInvalid(
            f"The run {longest} would have a name of {len(longest)} letters. Expected at most {MOST_LETTERS}: shorten the "
            "name of the experiment or of the variant."
        )
    return Experiment(name, title, about, tuple(cells))


def _check_name(what: str, name: object) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name) or "--" in name:
        raise ExperimentInvalid(
            f"{what} must have letters A to Z, digits, dots, underscores and single hyphens, and begin with a letter or a "
            f"digit, got {_shown(name)}."
        )
    return name


def _check_keys(values: dict[str, Any], expected: tuple[str, ...], what: str) -> None:
    for key in values:
        if key not in expected:
            near = get_close_matches(key, expected, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Expected some of {', '.join(expected)}."
            hint = "The seeds stand in seeds = [...] at the top." if key == "seed" else hint
            raise ExperimentInvalid(f"{_shown(key)} is nothing that {what} can have. {hint}")


def _text(values: dict[str, Any], key: str, most: int) -> str:
    text = values.get(key)
    if not isinstance(text, str) or not 0 < len(text.strip()) <= most:
        raise ExperimentInvalid(f"{key} must be a text of 1 to {most:,} letters, got {_shown(text)}.")
    return " ".join(text.split())


def _seeds(seeds: object) -> list[int]:
    if not isinstance(seeds, list) or not seeds or not all(type(seed) is int and seed >= 0 for seed in seeds):
        raise ExperimentInvalid(f"seeds must be a list of integers from 0, such as [0, 1, 2], got {_shown(seeds)}.")
    for seed in seeds:
        if seeds.count(seed) > 1:
            raise ExperimentInvalid(f"seeds has {seed} more than once. Name each seed once.")
    return seeds


def _variants(variants: object) -> dict[str, dict[str, Any]]:
    """Name -> the fields that differ."""
    if not isinstance(variants, list) or not variants or not all(isinstance(variant, dict) for variant in variants):
        raise ExperimentInvalid(
            f"variants must be at least one table [[variants]] with a name and the settings that differ, got {_shown(variants)}."
        )
    found: dict[str, dict[str, Any]] = {}
    for variant in variants:
        name = _check_name("The name of a variant", variant.get("name"))
        if name.lower() in map(str.lower, found):
            raise ExperimentInvalid(f"Two variants have the name {name}. Give each its own name.")
        _check_keys(variant, ("name", *SETTINGS), f"the variant {name}")
        found[name] = {key: value for key, value in variant.items() if key != "name"}
    return found


def _configs(settings: dict[str, Any], variants: dict[str, dict[str, Any]]) -> dict[str, RunConfig]:
    """The settings of the runs of each variant, but their seed."""
    configs: dict[str, RunConfig] = {}
    for name, differing in variants.items():
        chosen = settings | differing
        for key in ("dataset", "architecture"):
            if key not in chosen:
                raise ExperimentInvalid(f"The variant {name} has no {key}. Name it in [settings] or in the variant.")
        try:
            config = RunConfig(**chosen)
        except ValueError as error:
            raise ExperimentInvalid(f"The variant {name} cannot be trained: {error}") from error
        for other, same in configs.items():
            if same == config:
                raise ExperimentInvalid(f"The variants {other} and {name} have the same settings. Remove one of them.")
        configs[name] = config
    return configs


def _shown(value: object) -> str:
    """What came, for a sentence about it."""
    if value is None:
        return "nothing"
    text = records.printable(repr(value))
    return text if len(text) <= 80 else f"{text[:80]}…"
