"""The same predictions under the conventions of papers and libraries, as an HTML table."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from math import isnan

import numpy as np

from core.metrics.conventions import Convention

DASH = "–"
SAME = 1e-9  # relative: the last digits of a sum depend on its order
NEAR = 0.01


def convention_table(rows: Sequence[Convention]) -> str:
    """Each measure here, and below it the same measure as others compute it.

    Args:
        rows: grouped by measure, ours first in each group, as `core.metrics.conventions.conventions` returns them.

    Returns:
        A table in HTML. Its class, `numbers`, is that of a style sheet; a row of ours has the class `ours`.
    """
    head = "".join(
        f'<th scope="col" class="{kind}" title="{escape(meaning)}">{escape(label)}</th>'
        for label, kind, meaning in (
            ("Measure", "text", "What is measured, on the same predictions in all rows."),
            ("Value", "", "What comes out by this convention."),
            ("Against ours", "", "The value divided by the one that this app shows."),
            ("Used by", "text", "The paper or library whose numbers it matches."),
            ("What is done there", "text", "Why the number differs."),
        )
    )
    body = "".join(_group(list(group)) for _, group in groupby(rows, lambda row: row.measure))
    return (
        '<div class="numbers" tabindex="0" role="region" aria-label="Measures by every convention"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def digits(value: float) -> str:
    """A value with five significant digits; a dash where there is none.

    Example:
        >>> digits(0.0012345678), digits(1.2345678), digits(float("nan"))
        ('0.0012346', '1.2346', '–')
    """
    return DASH if isnan(value) else np.format_float_positional(value, precision=5, fractional=False, trim="-")


def against(value: float, ours: float) -> str:
    """How many times ours a value is, in words; a dash where that cannot be said.

    Example:
        >>> against(1000.0, 1.0), against(0.5, 0.5), against(0.25, 0.5)
        ('× 1,000', 'the same', '× 0.5')
        >>> against(1.00044, 1.0)
        '× 1.00044'
    """
    if isnan(value) or isnan(ours):
        return DASH
    if abs(value - ours) <= SAME * abs(ours):
        return "the same"
    if not ours:
        return DASH
    # Near 1 more digits tell that the two differ.
    ratio = value / ours
    said = f"{ratio:,.6g}" if abs(ratio - 1) < NEAR else f"{ratio:,.4g}"
    return "almost the same" if said == "1" else f"× {said}"


def _group(rows: Sequence[Convention]) -> str:
    ours = rows[0].value
    lines = []
    for place, row in enumerate(rows):
        measure = f'<th scope="rowgroup" class="text" rowspan="{len(rows)}">{escape(row.measure)}</th>'
        beside = "" if row.is_ours else against(row.value, ours)
        value = f"<b>{digits(row.value)}</b>" if row.is_ours else digits(row.value)
        lines.append(
            ('<tr class="ours">' if row.is_ours else "<tr>")
            + ("" if place else measure)
            + f'<td>{value}</td><td>{beside}</td><td class="text">{escape(row.used_by)}</td>'
            + f'<td class="text">{escape(row.convention)}</td></tr>'
        )
    return "".join(lines)
