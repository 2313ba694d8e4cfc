"""A report as one HTML file that needs nothing from elsewhere: sentences, figures and tables."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

STYLE = (
    "body{font:16px/1.5 'Source Sans',system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;"
    "color:FOREGROUND;background:BACKGROUND}"
    "figure{display:inline-block;margin:0 1rem 1rem 0;vertical-align:top}svg{max-width:100%;height:auto}"
    "table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}"
    "td,th{padding:.2rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid color-mix(in srgb,currentColor 40%,transparent)}td:first-child,th:first-child{text-align:left}"
    ".wide{overflow-x:auto}"
)


class Table(NamedTuple):
    """A table of texts.

    Attributes:
        title: what it shows.
        columns: their names.
        rows: each with one text per column.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def report(
    title: str, sentences: Sequence[str], figures: Sequence[str], tables: Sequence[Table], meanings: Mapping[str, str]
) -> str:
    """The HTML file; for each figure and for the two colours of the page it has a mark that is to be replaced.

    Args:
        title: of the report.
        sentences: paragraphs; text between two asterisks on each side is bold.
        figures: their names; the mark of one is what `mark_of` returns. The colours are FOREGROUND and BACKGROUND.
        tables: in their order.
        meanings: term -> sentence that explains it.

    Example:
        >>> page = report("A & B", ["**5** seeds"], [], [], {})
        >>> "<h1>A &amp; B</h1>" in page, "<p><b>5</b> seeds</p>" in page
        (True, True)
    """
    parts = [f"<h1>{escape(title)}</h1>", *(f"<p>{_bold(sentence)}</p>" for sentence in sentences)]
    parts += [f"<figure>{mark_of(figure)}</figure>" for figure in figures]
    parts += [_table(table) for table in tables]
    if meanings:
        terms = "".join(f"<dt><b>{escape(term)}</b></dt><dd>{escape(what)}</dd>" for term, what in meanings.items())
        parts.append(f"<h2>What the numbers mean</h2><dl>{terms}</dl>")
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'


def mark_of(figure: str) -> str:
    """What stands in the report where this figure belongs.

    Example:
        >>> mark_of("Every seed")
        '<!--figure: Every seed-->'
    """
    return f"<!--figure: {escape(figure)}-->"


def _bold(sentence: str) -> str:
    # Every second piece stands between asterisks.
    pieces = escape(sentence).split("**")
    return "".join(f"<b>{piece}</b>" if place % 2 else piece for place, piece in enumerate(pieces))


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return (
        f'<h2>{escape(table.title)}</h2><div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
