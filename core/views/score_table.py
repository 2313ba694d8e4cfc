"""The table of all scores and their measures, as HTML: bold numbers, intervals, and what a column means on hover."""

from collections.abc import Mapping
from html import escape
from math import isnan
from typing import NamedTuple

from core.metrics.selective_table import MEASURES, Cell, Measure

DASH, MINUS = "–", "\N{MINUS SIGN}"
Table = Mapping[str, Mapping[str, Cell]]  # score -> key of a measure -> cell


class Named(NamedTuple):
    """A score on screen: its name, and a sentence about it that is shown on hover."""

    name: str
    meaning: str


def score_table(table: Table, names: Mapping[str, Named]) -> str:
    """Every measure of every score, the lowest AURC first.

    Bold is the best of each column, and with intervals what the paired difference does not tell from it.

    Args:
        table: as `core.metrics.selective_table` returns it.
        names: score -> what it is called.

    Returns:
        A table in HTML. Its class, `numbers`, is that of a style sheet; a value that leads has the class `best`.
    """
    head = "".join(_head(measure) for measure in MEASURES.values())
    rows = "".join(_row(score, table, names) for score in by_aurc(table))
    return (
        '<div class="numbers" tabindex="0" role="region" aria-label="Measures of every score"><table>'
        f'<thead><tr><th scope="col">Uncertainty score</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def by_aurc(table: Table) -> list[str]:
    """The scores, the lowest AURC first.

    Example:
        >>> from core.metrics.selective_table import selective_table
        >>> by_aurc(selective_table({"bad": [0.9, 0.1], "good": [0.1, 0.9]}, [True, False]))
        ['good', 'bad']
    """
    # Rounded as for `Cell.is_best`, so that equal orders keep the order of the table.
    return sorted(table, key=lambda score: round(table[score]["aurc"].value, 12))


def direction(measure: Measure) -> str:
    """Which way is better, in words."""
    return "higher is better" if measure.higher_is_better else "lower is better"


def name(measure: Measure) -> str:
    """What a measure is called here: areas are shown times 1,000, as in papers, because they are small.

    Example:
        >>> name(MEASURES["aurc"]), name(MEASURES["error_auroc"])
        ('AURC ×\\xa01,000', 'AUROC of errors')
    """
    return measure.label if measure.in_percent else f"{measure.label} ×\N{NO-BREAK SPACE}1,000"


def number(measure: Measure, value: float, *, with_unit: bool = True) -> str:
    """A value on screen, of an area times 1,000; a dash where there is none.

    Example:
        >>> number(MEASURES["aurc"], 0.0123456), number(MEASURES["accuracy_at_90"], 0.98765)
        ('12.346', '98.77\\xa0%')
    """
    if isnan(value):
        return DASH
    if not measure.in_percent:
        return f"{1000 * value:.3f}"
    return f"{100 * value:.2f}" + ("\N{NO-BREAK SPACE}%" if with_unit else "")


def paired_difference(measure: Measure, cell: Cell) -> str:
    """The interval of the paired difference to the best score, with signs; a dash where there is none.

    Example:
        >>> paired_difference(MEASURES["augrc"], Cell(0.3, (0.2, 0.4), (-0.01, 0.02), False, True))
        '−10.000 to +20.000'
    """
    if cell.behind_best is None or isnan(cell.behind_best[0]):
        return DASH
    ends = (f"{100 * end:+.2f}" if measure.in_percent else f"{1000 * end:+.3f}" for end in cell.behind_best)
    return " to ".join(ends).replace("-", MINUS) + (" points" if measure.in_percent else "")


def _head(measure: Measure) -> str:
    meaning = f"{measure.meaning} {direction(measure).capitalize()}. {measure.source}"
    return f'<th scope="col" title="{escape(meaning)}">{escape(name(measure))}<small>{direction(measure)}</small></th>'


def _row(score: str, table: Table, names: Mapping[str, Named]) -> str:
    cells = "".join(_cell(key, score, table, names) for key in MEASURES)
    shown = names[score]
    return f'<tr><th scope="row" title="{escape(shown.meaning)}">{escape(shown.name)}</th>{cells}</tr>'


def _cell(key: str, score: str, table: Table, names: Mapping[str, Named]) -> str:
    cell, measure = table[score][key], MEASURES[key]
    shown = number(measure, cell.value)
    if isnan(cell.value):
        return f"<td>{shown}</td>"
    lead = "<td"
    if cell.among_best:
        lead, shown = '<td class="best"', f"<b>{shown}</b>"
    if cell.interval is None:
        return f"{lead}>{shown}</td>"
    best = next(other for other, cells in table.items() if cells[key].is_best)
    said = (
        "The best in this column."
        if cell.is_best
        else f"Minus {names[best].name}, the best: 95 % interval of the paired difference {paired_difference(measure, cell)}."
    )
    ends = " – ".join(number(measure, end, with_unit=False) for end in cell.interval)
    return f'{lead} title="{escape(said)}">{shown}<small>{ends}</small></td>'
