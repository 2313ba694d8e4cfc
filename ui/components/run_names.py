"""Short names of runs for a narrow list, in which what tells two runs apart comes first."""

from collections import Counter
from collections.abc import Mapping

SEPARATOR = " · "


def short_names(titles: Mapping[str, str]) -> dict[str, str]:
    """A short name for each run: data set and network, and before these whatever else it takes to tell runs apart.

    Args:
        titles: name of a run -> its title, with data set and network as its first two parts.

    Returns:
        name of a run -> short name; different wherever the titles are.

    Example:
        >>> short_names({"a": "MNIST · dense · 1,000 steps", "b": "CIFAR-10 · conv10 · 15 epochs", "c": "CIFAR-10 · conv10 · 9 epochs"})
        {'a': 'MNIST · dense', 'b': '15 epochs · CIFAR-10 · conv10', 'c': '9 epochs · CIFAR-10 · conv10'}
    """
    parts = {name: title.split(SEPARATOR) for name, title in titles.items()}
    alike = Counter(tuple(split[:2]) for split in parts.values())
    short = {}
    for name, split in parts.items():
        beginning, rest = split[:2], split[2:]
        if alike[tuple(beginning)] == 1:
            short[name] = SEPARATOR.join(beginning)
            continue
        others = [other[2:] for key, other in parts.items() if key != name and other[:2] == beginning]
        # A part that all of them have tells nothing apart.
        telling = [part for part in rest if not all(part in other for other in others)]
        short[name] = SEPARATOR.join([*reversed(telling), *beginning])
    return _distinct(short, titles)


def _distinct(short: dict[str, str], titles: Mapping[str, str]) -> dict[str, str]:
    """The same, with the whole title where two short names are equal."""
    times = Counter(short.values())
    return {name: titles[name] if times[text] > 1 else text for name, text in short.items()}
