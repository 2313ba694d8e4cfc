"""Damaged folders of runs on every page and view: each alone, beside whole runs, and all at once."""

import os
import random
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.attack.pages import quick_pages
from tests.core.training.hostile import HARMS, finished
from tests.pages.conftest import opened
from tests.pages.test_hostile import assert_only_text, elements
from tests.pages.test_links import EVERY_VIEW, TRAIN, name_of

ALL = "all at once"


@dataclass
class Folders:
    """What became of the pages.

    Attributes:
        opened: kind of damage -> number of pages that were opened beside such a folder.
        broken: a sentence for each page that broke.
    """

    opened: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def attack(num_harms: int, seed: int) -> Folders:
    """Open every page and view beside damaged folders, with the damaged run in the address.

    Args:
        num_harms: kinds of damage, chosen at random; at least all at once.
        seed: of the choice.
    """
    found, rng = Folders(), random.Random(seed)
    with quick_pages() as own:
        for harm in (*rng.sample([*HARMS], min(num_harms, len(HARMS))), ALL):
            own.mkdir(parents=True, exist_ok=True)
            for number, kind in enumerate(HARMS if harm == ALL else [harm]):
                HARMS[kind][0](finished(own, f"damaged-{number}"))
            if harm == ALL:
                finished(own, "name").rename(os.fsdecode(bytes(own / "name-") + b"\xff"))
                (own / "link").symlink_to(own / "nowhere")
            for page, query in EVERY_VIEW:
                found.opened[harm] = found.opened.get(harm, 0) + 1
                where = f"{harm} on {name_of((page, query))}"
                found.broken += [f"{where}: {sentence}" for sentence in _problems(page, query, harm)]
            shutil.rmtree(own)
    return found


def _problems(page: str, query: dict[str, str], harm: str) -> Iterable[str]:
    try:
        app = opened(page, **query | {"run": "damaged-0", "watched": "damaged-0"})
        assert_only_text(app)
    except Exception as error:
        yield f"{type(error).__name__}: {str(error)[:300]}"
        return
    if page != TRAIN:
        return
    said = " ".join(str(getattr(each, "value", "")) for each in elements(app._tree))
    for cause in [HARMS[kind][1] for kind in (HARMS if harm == ALL else [harm])]:
        if cause.replace("`", "'") not in said:
            yield f"the cause is not named: {cause}"


def table(found: Folders) -> str:
    """How many pages were opened beside each kind of damage, and each that broke."""
    lines = [f"{'damage':<36}{'pages':>8}", *(f"{harm:<36}{count:>8}" for harm, count in found.opened.items())]
    lines.append(f"{len(found.opened)} kinds, {sum(found.opened.values())} pages, {len(found.broken)} problems")
    return "\n".join(lines + [f"  {sentence}" for sentence in found.broken])


def num_broken(found: Folders) -> int:
    return len(found.broken)
