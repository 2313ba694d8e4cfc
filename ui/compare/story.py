"""What page Compare says in sentences, with the numbers of the chosen runs."""

from collections.abc import Mapping, Sequence
from math import isnan, nan
from statistics import fmean

import numpy as np

from core.metrics.comparison import PairedComparison, fewest_seeds
from core.metrics.contrasts import Contrast
from core.metrics.measures import Measure
from core.views.compare import Difference
from core.views.palette import WAKARANAI
from ui.compare.choice import Compared

MOST_NAMED = 4  # differences in a sentence
DASH, MINUS = "–", "\N{MINUS SIGN}"
EXPLAINED = (
    "The difference is the mean over pairs of runs with the same seed, which begin with the same weights and see the same batches. "
    "The 95 % interval is the paired t interval of that mean. p is exact: the share of all ways to flip the signs of the "
    "differences whose mean is at least as far from 0. A difference is settled if p is at most 0.05. With n seeds p cannot be less than "
    "2 / 2ⁿ, so five seeds settle nothing. The number of seeds that would settle it assumes that the true difference is the one seen."
)


def value(measure: Measure, number: float) -> str:
    """A value of a measure; a dash where there is none."""
    if isnan(number):
        return DASH
    return f"{100 * number:.2f} %" if measure.in_percent else f"{number:.4f}"


def signed(measure: Measure, number: float) -> str:
    """A difference without its unit; a dash where there is none."""
    if isnan(number):
        return DASH
    text = f"{100 * number:+.2f}" if measure.in_percent else f"{number:+.4f}"
    return text.replace("-", MINUS)


def unit(measure: Measure) -> str:
    """What stands behind a difference."""
    return " points" if measure.in_percent else ""


def p_value(p: float) -> str:
    """A p value with three significant digits; a dash where there is none."""
    return DASH if isnan(p) else np.format_float_positional(p, precision=3, fractional=False, trim="-")


def interval(measure: Measure, comparison: PairedComparison) -> str:
    """The 95 % interval of a difference; a dash where there is none."""
    low, high = comparison.interval
    return DASH if isnan(low) else f"{signed(measure, low)} to {signed(measure, high)}"


def needed(contrast: Contrast) -> str:
    """How many seeds would settle a difference like this one, in words."""
    if contrast.comparison.num_seeds < 2:
        return DASH
    return "more than 1,000" if contrast.seeds_needed is None else f"about {contrast.seeds_needed:,}"


def beginning(compared: Compared, measure: Measure, key: str) -> str:
    """What is compared, and the means."""
    means = {
        name: fmean(found) if (found := _values(by_seed, key)) else nan for name, by_seed in compared.values.items()
    }
    seeds = sorted({len(by_seed) for by_seed in compared.values.values()})
    counted = f"{seeds[0]} seed{'s' if seeds != [1] else ''}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"
    said = ", ".join(f"{name} **{value(measure, mean)}**" for name, mean in means.items())
    num_runs = len(compared.runs.runs)
    runs = f"{num_runs} run{'s' if num_runs != 1 else ''} on {compared.num_test:,} {compared.dataset.title} test images"
    if len(means) == 1:
        return f"{runs}{' with the same settings' if num_runs > 1 else ''}, {counted}. Mean {_label(measure)}: {said}."
    what = what_differs(compared.runs.differing)
    return f"{runs}, {counted} per recipe; the recipes differ in **{what}**. Mean {_label(measure)}: {said}."


def what_differs(settings: Sequence[str]) -> str:
    """The settings in which recipes differ, in words; the first of many.

    Example:
        >>> what_differs(["network", "loss"]), what_differs(["network", "loss", "epochs", "steps"])
        ('network and loss', 'network, loss and 2 more')
    """
    if len(settings) <= 2:
        return " and ".join(settings)
    return f"{', '.join(settings[:2])} and {len(settings) - 2} more"


def to_try(compared: Compared) -> str:
    """What to try next."""
    if len(compared.values) == 1:
        return "There is nothing to compare with: choose runs that differ in a setting as well."
    return "Press Play to let the curves grow, or choose another measure: is it settled, too?"


def _pairs(contrast: Contrast) -> str:
    """How many pairs there are, and why there is none."""
    if contrast.comparison.num_seeds:
        return str(contrast.comparison.num_seeds)
    return "0: never computed for these runs" if contrast.seeds else "0: no seed is in both"


def _values(by_seed: Mapping[int, Mapping[str, float]], key: str) -> list[float]:
    return [values[key] for values in by_seed.values() if not isnan(values[key])]


def _label(measure: Measure) -> str:
    """The label in the middle of a sentence; abbreviations stay as they are."""
    label = measure.label
    return label if label[:2].isupper() else label[0].lower() + label[1:]


def verdict(contrast: Contrast, measure: Measure, reference: str, num_groups: int) -> str:
    """Whether the difference on one measure is settled, in one or two sentences.

    Args:
        contrast: of the measure.
        measure: which.
        reference: the name of the group that it is compared with.
        num_groups: how many groups are compared with the reference.
    """
    comparison, found = contrast.comparison, contrast.alone
    if not comparison.num_seeds:
        why = "no seed is in both" if not contrast.seeds else "the runs lack it"
        return f"**{contrast.group}** against {reference}: {WAKARANAI}, {why}."
    difference = f"**{contrast.group}** against {reference}: **{signed(measure, comparison.mean)}{unit(measure)}**"
    if comparison.num_seeds == 1:
        return (
            f"{difference} for one pair of runs: {WAKARANAI}. One seed cannot tell a difference from chance; "
            f"at least {fewest_seeds(num_groups)} can."
        )
    seeds = f"{comparison.num_seeds} seeds"
    said = f"{difference}, 95 % interval {interval(measure, comparison)}"
    holm = f"p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{p_value(found.p)}" + (
        f" by Holm over {num_groups} differences" if num_groups > 1 else ""
    )
    reach = f"the smallest that {seeds} can reach is {p_value(comparison.smallest_p)}"
    if found.settled:
        good = (comparison.mean > 0) == measure.higher_is_better
        return f"{said}: **settled by {seeds}**, {'better' if good else 'worse'} ({holm}; {reach})."
    more = f"{needed(contrast)} would settle a difference like this"
    if not found.within_reach:
        return f"{said}: {WAKARANAI}, **{seeds} cannot settle it** ({holm}; {reach}); {more}."
    return f"{said}: {WAKARANAI}, **not settled by {seeds}** ({holm}; {reach}); {more}."


def verdict_of_many(contrasts: Sequence[Contrast], measure: Measure, reference: str) -> str:
    """Which of several differences on one measure are settled, in two sentences.

    Args:
        contrasts: of the measure, at least two.
        measure: which.
        reference: the name of the group that all are compared with.
    """
    settled = [each for each in contrasts if each.alone.settled]
    others = [each for each in contrasts if not each.alone.settled]
    seeds = sorted({each.comparison.num_seeds for each in contrasts})
    counted = f"{seeds[0]} seeds" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"
    parts = []
    if settled:
        parts.append(f"**settled by {counted}**: {_differences(settled, measure)}")
    if others:
        cannot = "" if any(each.alone.within_reach for each in others) else f", and {counted} cannot settle it"
        parts.append(f"{WAKARANAI}, **not settled**{cannot}: {_differences(others, measure)}")
    smallest = min((each.comparison.smallest_p for each in contrasts), default=nan)
    return (
        f"against {reference}, {'; '.join(parts)}. The p are adjusted by Holm's method for {len(contrasts)} differences, which take "
        f"at least {fewest_seeds(len(contrasts))} seeds; before the adjustment {seeds[-1]} seeds reach {p_value(smallest)} at best."
    )


def how_to_read(contrasts: Sequence[Contrast]) -> list[str]:
    """What stands above the differences: what is drawn, and the smallest p that these seeds can reach."""
    smallest = min((each.comparison.smallest_p for each in contrasts if each.comparison.num_seeds), default=nan)
    seeds = max(each.comparison.num_seeds for each in contrasts)
    counted = f"{seeds} seed{'s' if seeds != 1 else ''}"
    return ["Line: 95 % interval. Filled: settled", f"Smallest p that {counted} can reach: {p_value(smallest)}"]


def _differences(contrasts: Sequence[Contrast], measure: Measure) -> str:
    shown = [
        f"{each.group} {signed(measure, each.comparison.mean)}{unit(measure)} (p\N{NO-BREAK SPACE}{p_value(each.alone.p)})"
        for each in contrasts[:MOST_NAMED]
    ]
    more = len(contrasts) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def looked_at_all(contrast: Contrast, num_contrasts: int) -> str:
    """The warning that belongs to a settled difference that many others stand beside; empty if there is none to give."""
    if not contrast.alone.settled or contrast.among_all.settled:
        return ""
    return (
        f"This counts only if you chose the measure beforehand. Of {num_contrasts} differences that were looked at, one may be "
        f"chance: by Holm over all of them p is {p_value(contrast.among_all.p)}."
    )


def difference(contrast: Contrast, measure: Measure, name: str, scale: float, *, chosen: bool) -> Difference:
    """A row of the forest plot.

    Args:
        contrast: what the row shows.
        measure: of the contrast.
        name: of the row.
        scale: what the numbers are multiplied by to be drawn; negative to draw smaller values on the right.
        chosen: whether the row is what the viewer asked for.
    """
    comparison = contrast.comparison
    low, high = comparison.interval
    return Difference(
        name=name,
        said=f"{signed(measure, comparison.mean)}{unit(measure) if comparison.num_seeds else ''}",
        p=f"p {p_value(comparison.p)}",
        hover=(
            interval(measure, comparison) + unit(measure),
            p_value(comparison.p),
            p_value(comparison.smallest_p) if comparison.num_seeds else DASH,
            p_value(contrast.among_all.p),
            needed(contrast),
            _pairs(contrast),
        ),
        mean=scale * comparison.mean,
        low=scale * low,
        high=scale * high,
        group=contrast.group,
        # Whoever looks at all measures finds one that differs by chance.
        settled=(contrast.alone if chosen else contrast.among_all).settled,
        chosen=chosen,
    )
