"""Finished runs in groups that differ in their settings: what differs, and which runs are the seeds of one recipe.

Two runs with the same settings except for the seed belong to one recipe. Importing this module does not import Keras.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType

from core.data import sources
from core.training.config import RunConfig
from core.training.runs import Run

# Fields that do not belong to the recipe: they name a repetition, or where and how it was recorded.
NOT_THE_RECIPE = frozenset({"seed", "versions", "device", "keep_logits"})
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "architecture": "network",
        "batch_size": "images per step",
        "num_train": "training images",
        "shift": "random translation",
        "flip": "horizontal flip",
    }
)


class NotComparable(ValueError):
    """The runs cannot be compared. The message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Group:
    """The runs of one recipe.

    Attributes:
        label: what sets it apart from the other groups, as "loss = superclass".
        short: the same without the name of the setting, if only one differs: "superclass".
        by_seed: seed -> run, seeds ascending; at least one.
    """

    label: str
    short: str
    by_seed: Mapping[int, Run]


@dataclass(frozen=True)
class Grouped:
    """Runs of one data set, in groups.

    Attributes:
        dataset: the name of the data set.
        groups: in the order in which their first runs were given; at least one.
        differing: what differs between the groups, in words; empty for one group.
        shared: the settings that all runs share: name in words -> value.
        replaced: older runs whose settings and seed another run has, too; they are in no group.
    """

    dataset: str
    groups: tuple[Group, ...]
    differing: tuple[str, ...]
    shared: Mapping[str, str]
    replaced: tuple[Run, ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run of every group, group by group."""
        return tuple(run for group in self.groups for run in group.by_seed.values())


def grouped(runs: Sequence[Run]) -> Grouped:
    """Finished runs grouped by their settings.

    Of runs with the same settings and the same seed, only the newest is kept.

    Args:
        runs: finished, at least one.

    Raises:
        NotComparable: the runs are of different data sets.
        Damaged: a run's record cannot be read.
    """
    titles = dict.fromkeys(sources.source(run.config.dataset).title for run in runs)
    if len(titles) > 1:
        raise NotComparable(
            f"Runs of different data sets cannot be compared, got {' and '.join(titles)}. Choose runs of one data set."
        )
    recipes = [_recipe(run.config) for run in runs]
    differing = [name for name in recipes[0] if any(recipe[name] != recipes[0][name] for recipe in recipes)]
    groups: dict[tuple[object, ...], dict[int, Run]] = {}
    replaced = []
    for run, recipe in zip(runs, recipes, strict=True):
        by_seed = groups.setdefault(tuple(recipe[name] for name in differing), {})
        other = by_seed.get(run.config.seed)
        newest = run if other is None or run.done()["finished_at"] > other.done()["finished_at"] else other
        by_seed[run.config.seed] = newest
        if other is not None:
            replaced.append(other if newest is run else run)
    return Grouped(
        runs[0].config.dataset,
        tuple(_group(differing, values, by_seed) for values, by_seed in groups.items()),
        tuple(_words(name) for name in differing),
        {
            _words(name): _shown(value)
            for name, value in recipes[0].items()
            if name not in differing and value is not None
        },
        tuple(replaced),
    )


def _recipe(config: RunConfig) -> dict[str, object]:
    recipe = {name: value for name, value in asdict(config).items() if name not in NOT_THE_RECIPE}
    # None means all images, so it is the same recipe as their number.
    return recipe | {"num_train": config.num_train or sources.source(config.dataset).num_samples["train"]}


def _group(names: Sequence[str], values: Sequence[object], by_seed: Mapping[int, Run]) -> Group:
    # Of epochs and steps one is None.
    shown = [(_words(name), _shown(value)) for name, value in zip(names, values, strict=True) if value is not None]
    label = ", ".join(f"{name} = {value}" for name, value in shown) or next(iter(by_seed.values())).config.title
    short = shown[0][1] if len(names) == 1 else label
    return Group(label, short, dict(sorted(by_seed.items())))


def _words(name: str) -> str:
    return WORDS.get(name, name.replace("_", " "))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
