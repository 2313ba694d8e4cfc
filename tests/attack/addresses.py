"""Hostile values for every parameter of every page and view, one at a time: no exception, no link, no picture."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from streamlit.testing.v1 import AppTest

from tests.attack.pages import quick_pages, two_runs_of_ones_own
from tests.pages.conftest import opened
from tests.pages.test_hostile import MARK, SAID, assert_only_text
from tests.pages.test_links import EVERY_VIEW, ODD, READ_BY_HAND, bound, name_of

LONGEST_TOAST = 300  # letters
REPORT_EVERY = 500  # addresses
# Ten odd values, and forty that want to be a number, a place in the file system, markup or a program.
VALUES = (
    *ODD,
    "0", "-0", "00", "1", "2.5", "1_000", "0x10", "1e-400", "-1e308", "-inf", "NaN", "+5", "٣", "½", "99999999999999999999", "1,5",
    "true", "TRUE", "null", "None", "[]", "{}", "a,b", "%00", "\0", "\r\n", "\u202e\u2066", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "../../etc/passwd", "/etc/passwd", "C:\\", "..", ".", "mnist-dense/../mnist-small_cnn",
    SAID, f"<script>{MARK}</script>", f"![x](javascript:{MARK})", f"{{{{{MARK}}}}}", f"'; DROP TABLE {MARK}; --", f"$\\href{{http://{MARK}.example}}{{x}}$",
)  # fmt: skip


@dataclass
class Addresses:
    """What became of the addresses.

    Attributes:
        opened: page and view -> number of addresses.
        broken: a sentence for each address that broke something.
    """

    opened: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def attack(
    num_values: int, seed: int, most: int | None = None, progress: Callable[[str], None] = lambda sentence: None
) -> Addresses:
    """Open every page and view with one hostile value at a time.

    Args:
        num_values: of VALUES, chosen at random for each parameter.
        seed: of the choice.
        most: addresses in all, chosen at random; all by default.
        progress: told how far it is, now and then.
    """
    found, rng = Addresses(), random.Random(seed)
    with quick_pages():
        two_runs_of_ones_own()
        addresses = [
            (state, key, value)
            for state in EVERY_VIEW
            for key in _parameters(state)
            for value in rng.sample(VALUES, min(num_values, len(VALUES)))
        ]
        chosen = addresses if most is None else rng.sample(addresses, min(most, len(addresses)))
        for number, (state, key, value) in enumerate(chosen):
            if number % REPORT_EVERY == 0:
                progress(f"{number:,} of {len(chosen):,} addresses, {len(found.broken)} problems")
            name = name_of(state)
            found.opened[name] = found.opened.get(name, 0) + 1
            if sentence := _problem(state, key, value):
                found.broken.append(f"{name}: {key}={value[:40]!r}: {sentence}")
    return found


def _parameters(state: tuple[str, dict[str, str]]) -> list[str]:
    page, query = state
    return sorted({*bound(opened(page, **query)), *READ_BY_HAND, *query})


def _problem(state: tuple[str, dict[str, str]], key: str, value: str) -> str:
    """What is wrong with the page at this address; empty if nothing is."""
    page, query = state
    try:
        app = opened(page, **query | {key: value})
        assert_only_text(app)
        return _too_long(app)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:300]}"


def _too_long(app: AppTest) -> str:
    return next(
        (f"a toast of {len(toast.value)} letters" for toast in app.toast if len(toast.value) > LONGEST_TOAST), ""
    )


def table(found: Addresses) -> str:
    """How many addresses of each view were opened, and each that broke something."""
    lines = [f"{'page and view':<56}{'addresses':>10}"]
    lines += [f"{name:<56}{count:>10,}" for name, count in found.opened.items()]
    lines.append(f"{sum(found.opened.values()):,} addresses, {len(found.broken)} problems")
    return "\n".join(lines + [f"  {sentence}" for sentence in found.broken])


def num_broken(found: Addresses) -> int:
    return len(found.broken)
